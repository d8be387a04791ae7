#include "disk/system.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <string>
#include <system_error>

#include "bt/core/assert.hpp"
#include "bt/text/escape.hpp"
#include "disk/descriptor.hpp"

namespace bt::disk {
namespace {

// A piece of 4 MiB in blocks of 16 KiB; the kernel takes up to 1024.
constexpr std::size_t kMaxGathered = 256;

// A call that signals interrupt is made again; their number is bounded against a broken system.
constexpr int kMaxInterrupted = 1000;

std::string quoted(std::string_view path) {
    return '\'' + text::escape(path) + '\'';
}

}  // namespace

Error system_error(Errc otherwise, std::string_view deed, std::string_view path, int code) {
    const bool full = code == ENOSPC || code == EDQUOT;
    return fail(full ? Errc::no_space : otherwise, "cannot " + std::string(deed) + ' ' +
                                                       quoted(path) + ": " +
                                                       std::generic_category().message(code));
}

Error in_the_way(std::string_view path, std::string_view wanted) {
    return fail(Errc::in_the_way, quoted(path) + " is in the way: it is no " + std::string(wanted));
}

Error too_short(std::string_view path) {
    return fail(Errc::io_failed, quoted(path) + " is shorter than it should be");
}

int open_beneath(int folder, const char* name, int flags, unsigned mode, Beneath with) {
    flags |= O_NOFOLLOW | O_CLOEXEC;
    if (with == Beneath::openat2) {
        open_how how{};
        how.flags = static_cast<std::uint64_t>(flags);
        how.mode = (flags & O_CREAT) != 0 ? mode : 0;  // refused where it has no meaning
        how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
        const auto fd = ::syscall(SYS_openat2, folder, name, &how, sizeof how);
        // EPERM is also what some sandboxes say of a call that they do not know.
        if (fd >= 0 || (errno != ENOSYS && errno != EPERM)) return static_cast<int>(fd);
    }
    return ::openat(folder, name, flags, mode);
}

int sync_file(int fd, bool times) {
    for (int tries = 0; tries < kMaxInterrupted; ++tries) {
        if ((times ? ::fsync(fd) : ::fdatasync(fd)) == 0) return 0;
        if (errno == EINTR) continue;
        // Some file systems have no way to sync, or nothing to sync.
        return errno == EINVAL || errno == ENOTSUP || errno == EROFS ? 0 : errno;
    }
    return EINTR;
}

int sync_folder(int folder) {
    for (int tries = 0; tries < kMaxInterrupted; ++tries) {
        const Descriptor opened(::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (opened) return sync_file(opened.get(), true);
        if (errno != EINTR) return errno == EACCES ? 0 : errno;
    }
    return EINTR;
}

ReadResult read_at(int fd, std::uint64_t offset, MutableBytes out) {
    ReadResult result;
    while (result.length < out.size()) {
        const auto rest = out.subspan(result.length);
        const auto n =
            ::pread(fd, rest.data(), rest.size(), static_cast<off_t>(offset + result.length));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) result.error = errno;
        if (n <= 0) break;
        result.length += static_cast<std::size_t>(n);
    }
    return result;
}

MutableBytes read_buffer() {
    thread_local const auto buffer = std::make_unique_for_overwrite<std::byte[]>(kReadBytes);
    return {buffer.get(), kReadBytes};
}

int Gather::write(int fd, std::uint64_t offset, std::uint64_t length) {
    while (length > 0) {
        std::array<iovec, kMaxGathered> vectors;
        std::size_t count = 0;
        std::uint64_t gathered = 0;
        auto within = within_;
        for (const auto& part : parts_) {
            if (gathered == length || count == vectors.size()) break;
            const auto rest = part.subspan(within);
            const auto size =
                static_cast<std::size_t>(std::min<std::uint64_t>(rest.size(), length - gathered));
            // pwritev() only reads through the pointer.
            vectors[count++] = {const_cast<std::byte*>(rest.data()), size};
            gathered += size;
            within = 0;
        }
        const auto n =
            ::pwritev(fd, vectors.data(), static_cast<int>(count), static_cast<off_t>(offset));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno;
        if (n == 0) return EIO;  // no progress and no reason: do not spin
        const auto written = static_cast<std::uint64_t>(n);
        skip(written);
        offset += written;
        length -= written;
    }
    return 0;
}

void Gather::skip(std::uint64_t length) {
    while (length > 0) {
        BT_ASSERT(!parts_.empty());
        const std::uint64_t rest = parts_.front().size() - within_;
        if (length < rest) {
            within_ += static_cast<std::size_t>(length);
            return;
        }
        length -= rest;
        parts_ = parts_.subspan(1);
        within_ = 0;
    }
}

}  // namespace bt::disk
