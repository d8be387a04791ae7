// Journal: the resume state of one torrent as a file, and the claim on the torrent that this file
// is. Owned by Storage, callable from any thread.
//
// The file lies beside the data, so that it moves with the data, needs no home folder, and is seen
// by whoever shares the folder. It is replaced when a run begins, appended to while it lasts, and
// removed when all is there.
//
// Invariants
// - A record is appended after the write that it tells of has returned: what the file says of a
//   process that was killed is true.
// - A piece is said to be durable after its files have been synced, and that itself is synced.
// - A record that could not be appended whole is cut off again; if that fails, nothing more is
//   appended behind it.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>

#include "bt/core/result.hpp"
#include "bt/disk/claim.hpp"
#include "bt/resume/journal.hpp"
#include "bt/resume/state_builder.hpp"
#include "disk/ledger.hpp"

namespace bt::disk {

class Journal {
public:
    Journal(std::unique_ptr<Claim> claim, const metainfo::Metainfo& metainfo)
        : claim_(std::move(claim)),
          metainfo_(metainfo),
          writer_(metainfo),
          builder_(resume::State(metainfo)) {}

    /// What an earlier run left, or what this one has come to. None: nothing that can be used.
    [[nodiscard]] std::optional<resume::State> state() const;
    /// An earlier run put the files of this torrent elsewhere.
    [[nodiscard]] bool is_of_other_paths() const;
    [[nodiscard]] bool started() const { return claim_->started(); }
    [[nodiscard]] bool begun() const {
        const std::lock_guard lock(mutex_);
        return begun_;
    }

    /// Says `state` from here on. Of a download that is new, only synced() makes sure that it is on
    /// the device, as it has to be before any data is: after a power cut it tells that the files
    /// are ours. Errc::io_failed, no_space, create_failed.
    [[nodiscard]] Result<> begin(resume::State state);
    /// These pieces lie in `files` and are written. Errc::io_failed, no_space; as all that follow.
    [[nodiscard]] Result<> pieces(std::span<const PieceIndex> pieces,
                                  std::span<const FileIndex> files, const Ledger& ledger);
    [[nodiscard]] Result<> prefix(PieceIndex piece, const resume::Prefix& prefix,
                                  std::span<const FileIndex> files, const Ledger& ledger);
    [[nodiscard]] Result<> parked(PieceIndex piece, const ParkedBlocks& blocks,
                                  std::span<const std::uint32_t> given_up,
                                  std::span<const FileIndex> files, const Ledger& ledger);
    [[nodiscard]] Result<> sync_begun();
    /// The files have been synced: syncs the journal too, and makes it shorter if it has grown. Not
    /// beside begin().
    [[nodiscard]] Result<> synced(std::span<const FileIndex> files, const Ledger& ledger);
    [[nodiscard]] Result<> stamps(std::span<const FileIndex> files, const Ledger& ledger);
    [[nodiscard]] Result<> lost(std::span<const FileIndex> files);
    /// All is there, or nothing was begun: removes the file.
    void finish() { claim_->finish(); }

private:
    [[nodiscard]] ByteVector content() const;
    [[nodiscard]] Result<> replace(const resume::State& state);
    [[nodiscard]] Result<> append(Bytes record);

    mutable std::mutex mutex_;
    const std::unique_ptr<Claim> claim_;
    const metainfo::Metainfo& metainfo_;
    bool begun_ = false;
    resume::JournalWriter writer_;
    resume::StateBuilder builder_;
    std::uint64_t size_ = 0;        // bytes of whole records
    std::uint64_t begun_size_ = 0;  // when it was last replaced
    std::optional<Error> sealed_;   // why something that is no record may lie at its end
};

}  // namespace bt::disk
