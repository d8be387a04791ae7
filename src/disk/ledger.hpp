// Ledger: what this run knows of each file: how it last saw it, what it still owes the device, and
// whether somebody else wrote to it meanwhile. Owned by Storage, callable from any thread.
//
// Invariant: between two looks at a file, only its writer (one at a time) may have changed it. A
// difference that a writer finds before it writes is somebody else's doing.
#pragma once

#include <sys/stat.h>

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "bt/core/ids.hpp"
#include "bt/resume/journal.hpp"
#include "disk/mount.hpp"

namespace bt::disk {

class Ledger {
public:
    Ledger(std::size_t files, Mount mount) : entries_(files), mount_(mount) {}

    [[nodiscard]] const Mount& mount() const { return mount_; }

    /// Keeps other writers of the file away until it is destroyed.
    class Writing {
    public:
        Writing(Ledger& ledger, FileIndex file, int fd);
        /// Looks at the file as the write has left it. It counts as dirty from here on: a sync that
        /// was begun before does not cover all of the write.
        ~Writing();
        Writing(const Writing&) = delete;
        Writing& operator=(const Writing&) = delete;

        /// Another file has taken the place of ours: it must not be written to.
        [[nodiscard]] bool replaced() const { return replaced_; }

    private:
        bool replaced_ = false;
        Ledger& ledger_;
        const FileIndex file_;
        const int fd_;
        const std::unique_lock<std::mutex> alone_;
    };

    /// How the file is now; null if there is none. Whatever it was before is forgotten.
    void set(FileIndex file, const struct stat* status);
    /// How the file is now is how it was last seen. If not, it counts as disturbed.
    [[nodiscard]] bool confirm(FileIndex file, const struct stat* status);
    void mark_dirty(FileIndex file);
    /// Files that were written, or marked, since they were last taken.
    [[nodiscard]] std::vector<FileIndex> take_dirty();
    /// The file's names are not known to be on the device. False from the second call on.
    [[nodiscard]] bool take_new(FileIndex file);
    /// How the files were last seen: those that exist, and that nobody else has changed. Without a
    /// stamp a file is hashed by the next run, whatever was written to it meanwhile.
    [[nodiscard]] std::vector<resume::StampedFile> stamps(std::span<const FileIndex> files) const;
    [[nodiscard]] std::vector<std::optional<resume::FileStamp>> all_stamps() const;
    /// Somebody else changed the file, or took it away.
    void disturb(FileIndex file);
    /// Files that are disturbed and have not been told of yet.
    [[nodiscard]] std::vector<FileIndex> take_untold();
    /// Any file that has been disturbed since set() last told how it is.
    [[nodiscard]] std::optional<FileIndex> disturbed() const;

private:
    struct Entry {
        std::optional<resume::FileStamp> stamp;
        bool dirty = false;
        bool named = false;  // its names have been synced
        bool disturbed = false;
        bool untold = false;  // it is among `untold_`
    };
    // With `mutex_` held.
    void note_disturbed(FileIndex file);
    void note_dirty(FileIndex file);

    std::mutex& writers_of(FileIndex file) { return writers_[file.value() % writers_.size()]; }

    mutable std::mutex mutex_;  // over the entries
    std::vector<Entry> entries_;
    std::vector<FileIndex> dirty_;
    std::vector<FileIndex> untold_;
    std::array<std::mutex, 32> writers_;
    const Mount mount_;
};

}  // namespace bt::disk
