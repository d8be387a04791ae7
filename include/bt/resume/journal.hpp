// The journal: a State as the bytes of a file that is only ever appended to.
//
//   header   "bt-state", version, info-hash, digest of the layout, epoch, time, checksum
//   record   type (1), length of the payload (3), payload, checksum (4)
//
// If not all files are wanted, the first record says which are. The parts file (metainfo/
// selection.hpp) has the number behind that of the torrent's last file.
//
// Integers are in network byte order. A checksum is the CRC-32C of the one before it, then of the
// header or record: so a record counts only behind the very records that it was written behind, and
// the first that is damaged, cut off or unknown ends the journal. What follows it is not believed.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "bt/core/bytes.hpp"
#include "bt/core/ids.hpp"
#include "bt/metainfo/metainfo.hpp"
#include "bt/resume/state.hpp"

namespace bt::resume {

inline constexpr std::uint32_t kJournalVersion = 3;
/// A longer journal is not read. One of the most pieces and 100,000 files takes 5 MiB when compact.
inline constexpr std::size_t kMaxJournalBytes = 64u << 20;

struct StampedFile {
    FileIndex file;
    FileStamp stamp;
};

/// Makes the bytes of one journal, front to back. Each call returns what is to be appended next.
class JournalWriter {
public:
    explicit JournalWriter(const metainfo::Metainfo& metainfo);

    /// The beginning of a journal that says `state`. Only once, and first.
    [[nodiscard]] ByteVector begin(const State& state);
    /// These pieces are verified and written; `files`: all that they lie in, looked at afterwards.
    [[nodiscard]] ByteVector pieces(std::span<const PieceIndex> pieces,
                                    std::span<const StampedFile> files);
    /// The first bytes of a piece are written; length 0: they are not to be used.
    [[nodiscard]] ByteVector prefix(PieceIndex piece, const Prefix& prefix,
                                    std::span<const StampedFile> files);
    /// Some blocks of a piece that were parked have been given up, then others written, unverified.
    [[nodiscard]] ByteVector parked(PieceIndex piece, const ParkedBlocks& blocks,
                                    std::span<const std::uint32_t> given_up,
                                    std::span<const StampedFile> files);
    /// What has been told so far is about to be synced.
    [[nodiscard]] ByteVector sync_begun(std::int64_t time);
    /// What had been told before the last sync_begun() is durable; `files`: those synced.
    [[nodiscard]] ByteVector synced(std::int64_t time, std::span<const StampedFile> files);
    /// The files have been looked at.
    [[nodiscard]] ByteVector stamps(std::span<const StampedFile> files);
    /// Somebody else changed this file: pieces in it are not to be believed.
    [[nodiscard]] ByteVector lost(FileIndex file);

private:
    void seal(ByteVector& record, std::size_t begin);

    const metainfo::Metainfo* metainfo_;
    std::uint32_t checksum_ = 0;
};

/// What a journal says. None if it is of another torrent, layout or version, or damaged in its
/// header. Of one that was written while other files were wanted it is believed what both have in
/// common: pieces that lie in files wanted then and now alone.
[[nodiscard]] std::optional<State> read_journal(Bytes journal, const metainfo::Metainfo& metainfo);
/// A journal of this torrent that puts its files elsewhere.
[[nodiscard]] bool is_of_other_paths(Bytes journal, const metainfo::Metainfo& metainfo);

}  // namespace bt::resume
