#include "bt/disk/small_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "bt/text/escape.hpp"
#include "disk/descriptor.hpp"
#include "disk/system.hpp"

namespace bt::disk {
namespace {

constexpr mode_t kFileMode = 0600;
constexpr mode_t kFolderMode = 0700;  // as the XDG base directories are to be made
// Each turn means that another process has done the same in between.
constexpr int kMaxTurns = 100;

Result<> make_folders(const std::filesystem::path& folder) {
    std::filesystem::path so_far;
    for (const auto& part : folder) {
        so_far /= part;
        if (::mkdir(so_far.c_str(), kFolderMode) == 0 || errno == EEXIST) continue;
        const int error = errno;
        struct stat info {};
        // A parent on a medium that is only read is there all the same.
        if (::stat(so_far.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) continue;
        return system_error(Errc::mkdir_failed, "make folder", so_far.string(), error);
    }
    return {};
}

bool is_named(const std::string& path, int file) {
    struct stat opened {};
    struct stat named {};
    return ::fstat(file, &opened) == 0 && ::lstat(path.c_str(), &named) == 0 &&
           opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

/// The file that is written to: nobody else has it, as long as it has this name.
Result<Descriptor> open_next(const std::string& path) {
    constexpr int flags = O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    for (int turn = 0; turn < kMaxTurns; ++turn) {
        Descriptor file(::open(path.c_str(), flags, kFileMode));
        if (!file) return system_error(Errc::create_failed, "create", path, errno);
        if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
            return fail(Errc::duplicate,
                        '\'' + text::escape(path) + "' is being written by another process");
        }
        struct stat info {};
        if (::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
            return in_the_way(path, "regular file");
        }
        if (is_named(path, file.get())) return file;
    }
    return fail(Errc::duplicate, '\'' + text::escape(path) + "' is written all the time");
}

}  // namespace

Result<ByteVector> read_small_file(const std::filesystem::path& path, std::size_t most) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (!file) {
        const auto kind = errno == ENOENT ? Errc::not_found : Errc::open_failed;
        return system_error(kind, "open", path.string(), errno);
    }
    struct stat info {};
    if (::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
        return in_the_way(path.string(), "regular file");
    }
    if (static_cast<std::uint64_t>(info.st_size) > most) {
        return fail(Errc::io_failed, '\'' + text::escape(path.string()) + "' is too long");
    }
    ByteVector out(static_cast<std::size_t>(info.st_size));
    const auto read = read_at(file.get(), 0, out);
    if (read.error != 0) return system_error(Errc::io_failed, "read", path.string(), read.error);
    out.resize(read.length);  // it may have become shorter
    return out;
}

Result<> replace_small_file(const std::filesystem::path& path, Bytes content) {
    const auto made = make_folders(path.parent_path());
    if (!made) return made;
    const auto next = path.string() + ".new";
    auto opened = open_next(next);
    if (!opened) return opened.error();
    const auto file = std::move(*opened);
    // It may be left over, of a run that was cut off here.
    int error = ::ftruncate(file.get(), 0) != 0 ? errno : 0;
    if (error == 0 && ::fchmod(file.get(), kFileMode) != 0) error = errno;
    if (error == 0) error = Gather({&content, 1}).write(file.get(), 0, content.size());
    if (error == 0 && ::rename(next.c_str(), path.c_str()) != 0) error = errno;
    if (error == 0) return {};
    ::unlink(next.c_str());
    return system_error(Errc::io_failed, "write", path.string(), error);
}

}  // namespace bt::disk
