#include "bt/disk/claim.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "bt/text/escape.hpp"
#include "disk/descriptor.hpp"
#include "disk/system.hpp"

namespace bt::disk {
namespace {

// Each turn means that another process removed or made the file in between.
constexpr int kMaxTurns = 100;
constexpr mode_t kFileMode = 0644;

/// Still the file of that name: not removed while we waited for the lock.
bool is_named(int folder, const char* name, const struct stat& file) {
    struct stat named {};
    return ::fstatat(folder, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           named.st_dev == file.st_dev && named.st_ino == file.st_ino;
}

}  // namespace

Result<std::unique_ptr<Claim>> Claim::acquire(const std::filesystem::path& directory,
                                              const InfoHash& info_hash) {
    const auto shown = directory.empty() ? std::string(".") : directory.string();
    std::error_code error;
    if (!directory.empty()) std::filesystem::create_directories(directory, error);
    if (error) return system_error(Errc::mkdir_failed, "make folder", shown, error.value());
    Descriptor folder(::open(shown.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!folder) return system_error(Errc::create_failed, "open folder", shown, errno);

    const auto name = '.' + to_hex(info_hash) + ".bt";
    constexpr int flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    for (int turn = 0; turn < kMaxTurns; ++turn) {
        bool resumed = true;
        Descriptor file(::openat(folder.get(), name.c_str(), flags));
        if (!file && errno == ENOENT) {
            resumed = false;
            file = Descriptor(
                ::openat(folder.get(), name.c_str(), flags | O_CREAT | O_EXCL, kFileMode));
            if (!file && errno == EEXIST) continue;
        }
        if (!file) return system_error(Errc::create_failed, "create", name, errno);
        if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
            return fail(Errc::duplicate, "this torrent is already being downloaded into '" +
                                             text::escape(shown) + '\'');
        }
        struct stat status {};
        if (::fstat(file.get(), &status) != 0) {
            return system_error(Errc::create_failed, "create", name, errno);
        }
        if (!S_ISREG(status.st_mode)) return in_the_way(name, "regular file");
        if (!is_named(folder.get(), name.c_str(), status)) continue;
        const bool started = resumed && status.st_size > 0;
        return std::unique_ptr<Claim>(
            new Claim(folder.release(), file.release(), name, resumed, started));
    }
    return fail(Errc::duplicate, "this torrent is taken up and dropped by other processes");
}

Claim::~Claim() {
    ::close(file_);  // unlocks
    ::close(folder_);
}

Result<> Claim::replace(Bytes content) {
    const auto next = name_ + ".new";
    ::unlinkat(folder_, next.c_str(), 0);  // of a run that was cut off here
    constexpr int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    Descriptor file(::openat(folder_, next.c_str(), flags, kFileMode));
    if (!file) return system_error(Errc::create_failed, "create", next, errno);
    // Locked before it gets the name, so that nobody finds it free.
    ::flock(file.get(), LOCK_EX | LOCK_NB);
    int error = Gather({&content, 1}).write(file.get(), 0, content.size());
    if (error == 0 && started_) error = sync_file(file.get(), true);
    if (error == 0 && ::renameat(folder_, next.c_str(), folder_, name_.c_str()) != 0) error = errno;
    if (error != 0) {
        ::unlinkat(folder_, next.c_str(), 0);
        return system_error(Errc::io_failed, "write", name_, error);
    }
    ::close(std::exchange(file_, file.release()));
    named_ = false;
    return started_.exchange(true) ? sync() : Result<>();
}

Result<> Claim::sync() {
    const int unsynced = sync_file(file_, false);
    if (unsynced != 0) return system_error(Errc::io_failed, "sync", name_, unsynced);
    if (named_) return {};
    const int error = sync_folder(folder_);
    if (error != 0) return system_error(Errc::io_failed, "sync the folder of", name_, error);
    named_ = true;
    return {};
}

void Claim::finish() {
    struct stat status {};
    // While the lock is held nobody else claims the file, unless someone put another in its place.
    if (::fstat(file_, &status) == 0 && is_named(folder_, name_.c_str(), status)) {
        ::unlinkat(folder_, name_.c_str(), 0);
    }
}

}  // namespace bt::disk
