// Storage: the files of one torrent below one output folder. Everything here blocks.
//
// Made on the io thread, used by disk workers, shared by the jobs that name it: the one shared_ptr
// to a domain object in the program. Positioned reads and writes of distinct ranges can run side by
// side. Files are made lazily and sparse, are opened beneath the output folder only (no symlink
// below it is followed), and are kept open within a bound on descriptors.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bt/core/bitfield.hpp"
#include "bt/core/block.hpp"
#include "bt/core/bytes.hpp"
#include "bt/core/result.hpp"
#include "bt/metainfo/metainfo.hpp"
#include "bt/metainfo/selection.hpp"
#include "bt/resume/state.hpp"

namespace bt::disk {

enum class Access : std::uint8_t { read_only, read_write };

/// What stands on disk at the place of one file of the torrent.
struct FileState {
    bool exists = false;          // as a regular file
    bool foreign = false;         // something else: folder, symlink, device
    std::uint64_t size = 0;       // bytes
    std::uint64_t allocated = 0;  // bytes that the file system holds; less than size: has holes
};

/// What an earlier run, and whoever was there since, left.
struct Survey {
    std::vector<FileState> files;
    bool known = false;  // there is a resume state, and it was asked
    /// Its suspects are only those of which some byte may be there.
    resume::Verdict verdict;
    /// Other files have taken the place of ours.
    std::vector<FileIndex> replaced;
};

/// How far a sync() that is under way has come.
struct SyncProgress {
    std::uint64_t done = 0;   // bytes of the files that it is about
    std::uint64_t total = 0;  // bytes
};

class Storage {
public:
    /// Opens, and with read_write makes, the output folder. Errc::mkdir_failed, open_failed;
    /// torrent if a path would lead elsewhere than below it.
    [[nodiscard]] static Result<std::shared_ptr<Storage>> open(
        std::shared_ptr<const metainfo::Metainfo> metainfo, const std::filesystem::path& directory,
        Access access, const metainfo::Selection& selection = {});
    ~Storage();
    Storage(const Storage&) = delete;
    Storage& operator=(const Storage&) = delete;

    /// The torrent as it is stored: with a selection, what it says of a file's use.
    [[nodiscard]] const metainfo::Metainfo& metainfo() const;
    /// The file, or the torrent's top folder.
    [[nodiscard]] std::filesystem::path target() const;

    /// Both have the same output folder, whatever path leads there.
    [[nodiscard]] bool shares_folder(const Storage& other) const;

    /// Looks at every file without opening any. Errc::io_failed.
    [[nodiscard]] Result<std::vector<FileState>> inspect() const;
    /// The pieces of which some non-hole byte may be on disk: all files under them exist and reach
    /// far enough, or it is a hole where zeros belong. The others need not be hashed. Opens files
    /// that have holes; the rest is arithmetic.
    [[nodiscard]] Bitfield present(const std::vector<FileState>& files) const;
    /// A file of other content, by its path in the torrent: it exists and is not empty, or is no
    /// regular file, or is longer than the torrent's; and no piece in `have` touches it.
    [[nodiscard]] std::optional<std::string> intruder(const std::vector<FileState>& files,
                                                      const Bitfield& have) const;
    /// The same of an unfinished download, whose files are ours but for those that were replaced.
    [[nodiscard]] std::optional<std::string> intruder(const Survey& survey,
                                                      const Bitfield& have) const;
    /// Removes what intruder() would name (--overwrite), a folder only if it is empty, and shortens
    /// other files that are longer than the torrent's. Errc::in_the_way, io_failed.
    [[nodiscard]] Result<> clear(const std::vector<FileState>& files, const Bitfield& have);

    /// Writes `parts` one after the other at `offset` bytes from the start of the torrent: one
    /// gathered, positioned write a file. Pad files are left out; what falls
    /// into a file that is not wanted goes into the parts file. A file grows as it is written and
    /// is never shortened, so that it has its size when all pieces under it are written, unless it
    /// was too long before (see clear()). Errc::create_failed, io_failed, no_space, mkdir_failed,
    /// in_the_way.
    [[nodiscard]] Result<> write(std::uint64_t offset, std::span<const Bytes> parts);
    /// Fills `out`; pad files read as zeros. Errc::open_failed, in_the_way, io_failed (also when a
    /// file is short, or one that is skipped is not there).
    [[nodiscard]] Result<> read(std::uint64_t offset, MutableBytes out);
    /// Where bytes of skipped files are read from, of a piece that shares them with a wanted one:
    /// the files themselves, as somebody else left them, or the parts file (as at first, and once
    /// the piece is written). False, and of no effect, for any other piece.
    [[nodiscard]] bool read_outside(PieceIndex piece, bool outside);
    /// Makes wanted files of length zero, and with them their folders.
    [[nodiscard]] Result<> make_empty_files();
    /// Reserves the space that wanted files will take; they do not grow by it. False: the file
    /// system cannot. Errc::no_space (then nothing stays reserved), io_failed and as write().
    [[nodiscard]] Result<bool> allocate();
    /// Waits until what has been written, or owed, since the last sync() is on the device, and says
    /// so in the resume state. Errc::open_failed, io_failed, no_space: then it may be lost, and is
    /// not believed by a later run.
    [[nodiscard]] Result<> sync();
    /// Of the last sync(), from any thread.
    [[nodiscard]] SyncProgress sync_progress() const;

    /// Claims the torrent in this folder, with a resume state beside the data: once, and before all
    /// that follows. Errors as Claim::acquire().
    [[nodiscard]] Result<> claim();
    /// Files that are there are those of an earlier run that was not finished.
    [[nodiscard]] bool started() const;
    /// Looks at every file without opening any, and weighs what the resume state says of them; not
    /// if `believe` is false. Errc::io_failed.
    [[nodiscard]] Result<Survey> survey(bool believe);
    /// Begins a new resume state: of pieces in `have`, those that the verdict names are durable; of
    /// others, its suspects are still to be hashed. If started() was false, it is for sync() to
    /// have it on the device before the first write. Errc::io_failed, no_space, create_failed.
    [[nodiscard]] Result<> begin(const Bitfield& have, const resume::Verdict& verdict);
    /// The next sync() is to cover the files of pieces in `have` that are not in `durable`.
    void owe(const Bitfield& have, const Bitfield& durable);
    /// These pieces are verified and written. Errc::io_failed, no_space.
    [[nodiscard]] Result<> record(std::span<const PieceIndex> pieces);
    /// These pieces of an earlier run have been hashed and are good. Errc::io_failed, no_space.
    [[nodiscard]] Result<> record_found(std::span<const PieceIndex> pieces);
    /// The beginning of this piece is written. Errc::io_failed, no_space.
    [[nodiscard]] Result<> record(PieceIndex piece, const resume::Prefix& prefix);
    /// These blocks of the piece are written, unverified, and those given up before are not to be
    /// used. Errc::io_failed, no_space.
    [[nodiscard]] Result<> record_parked(PieceIndex piece, const ParkedBlocks& blocks,
                                         std::span<const std::uint32_t> given_up);
    /// What was recorded of the beginning or of blocks of this piece is not to be used.
    /// Errc::io_failed, no_space.
    [[nodiscard]] Result<> forget(PieceIndex piece);
    /// Compares every file with how this run last saw it. The path of one that somebody else
    /// changed, if any: pieces in such files are no longer believed. Errc::io_failed, no_space.
    [[nodiscard]] Result<std::optional<std::string>> confirm();
    /// Nothing more will be written: has the resume state know the files as they are now.
    void settle();
    /// All is there, or nothing was begun: removes the resume state and the parts file.
    void finish();
    /// Gives up the claim. No job names this storage any more.
    void release();

    /// Closes every descriptor; a later access opens again.
    void close_files();
    /// Free bytes on the file system of the output folder.
    [[nodiscard]] std::uint64_t free_space() const;

private:
    struct State;
    explicit Storage(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace bt::disk
