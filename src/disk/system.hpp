// What the operating system says, as the program's errors; and reads and writes that finish.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "bt/core/bytes.hpp"
#include "bt/core/result.hpp"

namespace bt::disk {

/// "cannot <deed> '<path>': <meaning of code>". A full disk, quota or file size limit is
/// Errc::no_space whatever was tried; anything else is `otherwise`.
[[nodiscard]] Error system_error(Errc otherwise, std::string_view deed, std::string_view path,
                                 int code);
/// "'<path>' is in the way: it is no <wanted>".
[[nodiscard]] Error in_the_way(std::string_view path, std::string_view wanted);
[[nodiscard]] Error too_short(std::string_view path);

/// Opens `name`, which is one part of a path, in the folder `folder`. Nothing but what lies right
/// in that folder is opened, and no symlink is followed: openat2 with RESOLVE_BENEATH says so to
/// the kernel; where it is missing or forbidden (before Linux 5.6, or by a sandbox), O_NOFOLLOW on
/// one part does the same. Returns a descriptor, or -1 with errno set.
enum class Beneath : std::uint8_t { openat2, openat };
[[nodiscard]] int open_beneath(int folder, const char* name, int flags, unsigned mode,
                               Beneath with = Beneath::openat2);

/// Waits until what was written to a file is on the device; `times` too, if wanted. Returns errno,
/// 0 for success, also where the file system cannot do it.
[[nodiscard]] int sync_file(int fd, bool times);
/// Waits until the names in a folder (a descriptor of any kind) are on the device. Returns errno, 0
/// for success, also where the file system cannot do it or the folder may not be read.
[[nodiscard]] int sync_folder(int folder);

struct ReadResult {
    std::size_t length = 0;  // bytes; less than asked for at the end of the file
    int error = 0;           // errno
};
[[nodiscard]] ReadResult read_at(int fd, std::uint64_t offset, MutableBytes out);

/// Long enough that a read costs little beside the hashing, short enough to stay in cache.
inline constexpr std::size_t kReadBytes = 1 << 20;
/// The calling thread's own room for kReadBytes.
[[nodiscard]] MutableBytes read_buffer();

/// The bytes of several buffers as one run, written front to back in gathered writes.
class Gather {
public:
    explicit Gather(std::span<const Bytes> parts) : parts_(parts) {}

    /// Writes the next `length` bytes at `offset` of the file; returns errno, 0 for success.
    [[nodiscard]] int write(int fd, std::uint64_t offset, std::uint64_t length);
    void skip(std::uint64_t length);

private:
    std::span<const Bytes> parts_;
    std::size_t within_ = 0;  // bytes of parts_[0] that are done
};

}  // namespace bt::disk
