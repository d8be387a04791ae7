// The part of Storage that reserves space.
#include <fcntl.h>
#include <linux/falloc.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "bt/core/assert.hpp"
#include "disk/storage_state.hpp"
#include "disk/system.hpp"

namespace bt::disk {

namespace {

/// Beyond the end of the file, which grows as it is written: what is there stays told from what is
/// not. Returns errno.
int reserve(int fd, std::uint64_t length) {
    int error = 0;
    do {
        error =
            ::fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(length)) == 0 ? 0 : errno;
    } while (error == EINTR);
    return error;
}

}  // namespace

Result<bool> Storage::allocate() {
    BT_ASSERT(state_->access == Access::read_write);
    for (std::uint32_t i = 0; i < metainfo().files.size(); ++i) {
        const auto& file = metainfo().files[i];
        if (!file.is_wanted() || file.length == 0) continue;
        const auto handle = state_->tree->writer(FileIndex(i));
        if (!handle) return handle.error();
        const int fd = (*handle)->fd.get();
        int error = 0;
        {
            const Ledger::Writing writing(state_->ledger, FileIndex(i), fd);
            if (writing.replaced()) return in_the_way(file.path, "file of this download");
            error = reserve(fd, file.length);
        }
        if (error == EOPNOTSUPP || error == ENOSYS) return false;
        if (error != 0) {
            state_->release_up_to(FileIndex(i));
            return system_error(Errc::io_failed, "reserve space for", file.path, error);
        }
    }
    return true;
}

void Storage::State::release_up_to(FileIndex last) {
    for (FileIndex file(0); file <= last; ++file) {
        if (!metainfo->files[file.value()].is_wanted()) continue;
        const auto handle = tree->writer(file);
        if (!handle) continue;
        const int fd = (*handle)->fd.get();
        const Ledger::Writing writing(ledger, file, fd);
        struct stat status {};
        if (writing.replaced() || ::fstat(fd, &status) != 0) continue;
        // Blocks behind the end go when the end is set anew. What is left of them harms nobody.
        [[maybe_unused]] const int cut = ::ftruncate(fd, status.st_size);
    }
}

}  // namespace bt::disk
