#include "disk/mount.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/statfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include "bt/core/bytes.hpp"
#include "disk/descriptor.hpp"
#include "disk/system.hpp"

namespace bt::disk {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
/// The slowest tick by which a kernel's file times advance, with as much again for safety.
constexpr std::int64_t kTickTime = 20'000'000;
/// FAT tells time in steps of two seconds.
constexpr std::int64_t kCoarseTime = 3 * kSecond;

constexpr unsigned kMountId = 0x1000;        // STATX_MNT_ID: can be given again after an unmount
constexpr unsigned kUniqueMountId = 0x4000;  // STATX_MNT_ID_UNIQUE, Linux 6.8: never again

std::int64_t nanoseconds(const timespec& time) {
    return std::int64_t{time.tv_sec} * kSecond + time.tv_nsec;
}

std::int64_t clock_time(clockid_t clock) {
    timespec now{};
    ::clock_gettime(clock, &now);
    return nanoseconds(now);
}

/// 32 hexadecimal digits among dashes. Zeros where the kernel does not tell: then nothing tells one
/// boot from another but the mount.
std::array<std::byte, 16> boot_id() {
    std::array<std::byte, 16> out{};
    const Descriptor file(::open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC));
    std::array<std::byte, 64> text{};
    if (!file) return out;
    const auto read = read_at(file.get(), 0, text);
    std::size_t digits = 0;
    for (const auto c : as_text(Bytes(text).first(read.length))) {
        const auto digit = c >= '0' && c <= '9'   ? c - '0'
                           : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                                  : -1;
        if (digit < 0 || digits == 32) continue;
        out[digits / 2] |= static_cast<std::byte>(digits % 2 == 0 ? digit << 4 : digit);
        ++digits;
    }
    return out;
}

std::uint64_t mount_id(int folder) {
    for (const auto kind : {kUniqueMountId, kMountId}) {
        struct statx status {};
        if (::statx(folder, "", AT_EMPTY_PATH, kind, &status) != 0) continue;
        if ((status.stx_mask & kind) == 0) continue;
        // glibc of the oldest system that we build on has no name for the field.
        std::uint64_t id = 0;
        constexpr std::size_t kMountIdAt = 0x90;
        std::copy_n(reinterpret_cast<const std::byte*>(&status) + kMountIdAt, sizeof id,
                    reinterpret_cast<std::byte*>(&id));
        return id;
    }
    return 0;
}

bool has_fine_times(int folder) {
    utsname system{};
    unsigned major = 0;
    unsigned minor = 0;
    if (::uname(&system) != 0) return false;
    if (std::sscanf(system.release, "%u.%u", &major, &minor) != 2) return false;
    if (major < 6 || (major == 6 && minor < 13)) return false;
    struct statfs status {};
    if (::fstatfs(folder, &status) != 0) return false;
    constexpr long kXfs = 0x58465342;
    constexpr std::array kFine{long{EXT4_SUPER_MAGIC}, kXfs, long{BTRFS_SUPER_MAGIC},
                               long{TMPFS_MAGIC}};
    return std::ranges::find(kFine, long{status.f_type}) != kFine.end();
}

}  // namespace

Mount::Mount(int folder) : epoch_{boot_id(), mount_id(folder)}, fine_(has_fine_times(folder)) {}

resume::FileStamp Mount::stamp(const struct stat& file) const {
    resume::FileStamp out;
    out.size = static_cast<std::uint64_t>(file.st_size);
    out.modified = nanoseconds(file.st_mtim);
    out.changed = nanoseconds(file.st_ctim);
    out.inode = file.st_ino;
    // An ext4 with small inodes keeps whole seconds on any kernel.
    const bool coarse = out.modified % kSecond == 0 && out.changed % kSecond == 0;
    out.settled = fine_ && !coarse;
    if (!out.settled) {
        const auto latest = std::max(out.modified, out.changed);
        out.settled =
            clock_time(CLOCK_REALTIME_COARSE) - latest > (coarse ? kCoarseTime : kTickTime);
    }
    return out;
}

void Mount::await_tick() {
    const timespec wait{0, 2 * kTickTime};
    ::clock_nanosleep(CLOCK_MONOTONIC, 0, &wait, nullptr);
}

std::int64_t wall_time() {
    return clock_time(CLOCK_REALTIME);
}

}  // namespace bt::disk
