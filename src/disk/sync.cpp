// The half of Storage that waits for the device.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "bt/core/assert.hpp"
#include "disk/storage_state.hpp"
#include "disk/system.hpp"

namespace bt::disk {
namespace {

/// Above this, one syncfs() is quicker than waiting for each file.
constexpr std::size_t kMaxSyncedFiles = 64;
/// A file is waited for in parts, so that there is a progress to show: of this size at least, and
/// not more parts than this.
constexpr std::uint64_t kMinSyncedPart = 8u << 20;
constexpr std::uint64_t kMaxSyncedParts = 1000;

}  // namespace

Result<> Storage::sync() {
    const std::lock_guard one(state_->syncing);
    const bool tells = state_->journal && state_->journal->begun();
    if (tells) {
        const auto told = state_->journal->sync_begun();
        if (!told) return told;
    }
    // Taken after that record: every piece that it covers has marked its files before.
    const auto files = state_->ledger.take_dirty();
    const auto synced = files.size() > kMaxSyncedFiles ? state_->tree->sync_file_systems(files)
                                                       : state_->sync_one_by_one(files);
    if (!synced) return synced;
    const auto told = state_->tell_untold();
    if (!told || !tells) return told;
    return state_->journal->synced(files, state_->ledger);
}

SyncProgress Storage::sync_progress() const {
    return {state_->sync_done, state_->sync_total};
}

Result<> Storage::State::sync_one_by_one(std::span<const FileIndex> files) {
    std::uint64_t total = 0;
    for (const auto file : files)
        total += metainfo->files[file.value()].length;
    sync_done = 0;
    sync_total = total;
    std::vector<FileIndex> fresh;
    for (const auto file : files) {
        const auto& [path, length, offset, pad, use] = metainfo->files[file.value()];
        const auto handle = tree->reader(file);
        if (!handle) {
            // Somebody took it away: there is nothing to sync, and it is for confirm() to tell.
            ledger.disturb(file);
            continue;
        }
        const int fd = (*handle)->fd.get();
        int error = sync_bytes(fd, length);
        if (error == 0) error = sync_file(fd, true);
        if (error != 0) return system_error(Errc::io_failed, "make durable", path, error);
        if (ledger.take_new(file)) fresh.push_back(file);
    }
    return tree->sync_folders(fresh);
}

int Storage::State::sync_bytes(int fd, std::uint64_t length) {
    constexpr unsigned kAll =
        SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
    const auto size = std::max(kMinSyncedPart, length / kMaxSyncedParts);
    bool able = true;
    for (std::uint64_t at = 0; at < length; at += size) {
        const auto part = std::min(size, length - at);
        if (able && ::sync_file_range(fd, static_cast<off_t>(at), static_cast<off_t>(part), kAll)) {
            // An error of the device is told once: fsync() would not tell it again.
            if (errno == EIO || errno == ENOSPC || errno == EDQUOT) return errno;
            able = false;
        }
        sync_done += part;
    }
    return 0;
}

}  // namespace bt::disk
