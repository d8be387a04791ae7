#include "cli/output.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace bt::cli {

bool write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto n = ::write(fd, bytes.data(), bytes.size());
        if (n >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(n));
        } else if (errno == EAGAIN) {
            // Whoever shares the terminal or pipe has made it non-blocking.
            pollfd ready{fd, POLLOUT, 0};
            ::poll(&ready, 1, -1);
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

void hold_standard_streams() {
    int fd = ::open("/dev/null", O_RDWR | O_NOCTTY);
    while (fd >= 0 && fd <= STDERR_FILENO)
        fd = ::dup(fd);
    if (fd >= 0) ::close(fd);
}

bool print(std::string_view data) {
    if (write_all(STDOUT_FILENO, data) || errno == EPIPE) return true;
    print_error(std::string("bt: standard output: ") + std::strerror(errno));
    return false;
}

void print_error(std::string_view line) {
    write_all(STDERR_FILENO, std::string(line) + "\n");
}

}  // namespace bt::cli
