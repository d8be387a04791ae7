#include "cli/read_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace bt::cli {

namespace {

class Descriptor {
public:
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    [[nodiscard]] int get() const { return fd_; }

private:
    int fd_;
};

Error system_failure(const char* what) {
    return fail(Errc::not_found, std::string(what) + std::strerror(errno));
}

Result<ByteVector> read_up_to(int fd, std::size_t limit, std::size_t expected,
                              const Error& too_large) {
    constexpr std::size_t kStep = 256 * 1024;
    ByteVector bytes;
    // One more than expected, so that the end of a file is seen by the first read.
    std::size_t room = expected + 1;
    for (;;) {
        const auto have = bytes.size();
        bytes.resize(have + room);
        const auto n = ::read(fd, bytes.data() + have, room);
        bytes.resize(have + (n > 0 ? static_cast<std::size_t>(n) : 0));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return system_failure("cannot be read: ");
        if (n == 0) return bytes;
        if (bytes.size() > limit) return too_large;
        room =
            std::max<std::size_t>(bytes.size() < expected ? expected + 1 - bytes.size() : kStep, 1);
    }
}

}  // namespace

Result<ByteVector> read_whole(const std::string& path, std::size_t limit, const Error& too_large,
                              Pipes pipes) {
    if (path == "-") return read_up_to(STDIN_FILENO, limit, 0, too_large);
    const bool waits = pipes == Pipes::waited_for;
    const int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | (waits ? 0 : O_NONBLOCK);
    const Descriptor file(::open(path.c_str(), flags));
    if (file.get() < 0) return system_failure("");
    struct stat info {};
    if (::fstat(file.get(), &info) != 0) return system_failure("");
    if (S_ISDIR(info.st_mode)) return fail(Errc::not_found, "is a folder");
    if (!S_ISREG(info.st_mode) && !(waits && S_ISFIFO(info.st_mode))) {
        return fail(Errc::not_found, "is not a regular file");
    }
    const auto size = static_cast<std::uint64_t>(info.st_size);
    if (size > limit) return too_large;
    return read_up_to(file.get(), limit, static_cast<std::size_t>(size), too_large);
}

}  // namespace bt::cli
