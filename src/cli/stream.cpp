#include "cli/stream.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "bt/core/assert.hpp"

namespace bt::cli {

namespace {

constexpr std::size_t kReadBytes = 1 << 20;
/// A pipe that says it is writable takes so much at least (PIPE_BUF).
constexpr std::size_t kPipeBytes = 4096;

bool is_regular(int fd) {
    struct stat status {};
    return ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

}  // namespace

Stream::Stream(net::asio::io_context& io, int fd, std::shared_ptr<disk::Storage> storage,
               FileIndex file, Verified verified, std::function<void()> on_end)
    : fd_(fd),
      storage_(std::move(storage)),
      offset_(storage_->metainfo().files[file.value()].offset),
      length_(storage_->metainfo().files[file.value()].length),
      window_(std::max(kWindow, kLeastPieces * storage_->metainfo().layout.piece_length())),
      chunk_(is_regular(fd) ? kReadBytes : kPipeBytes),
      verified_(std::move(verified)),
      on_end_(std::move(on_end)),
      io_(io),
      timer_(io),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    BT_ASSERT(wake_ >= 0);
    thread_ = std::thread([this] { run(); });
    tick();
}

Stream::~Stream() {
    stopping_ = true;
    ::eventfd_write(wake_, 1);
    thread_.join();
    ::close(wake_);
}

void Stream::tick() {
    const auto verified = verified_(offset_ + std::min(written_ + window_, length_));
    const auto there = verified <= offset_ ? 0 : std::min(verified - offset_, length_);
    if (there > allowed_) {
        allowed_ = there;
        ::eventfd_write(wake_, 1);
    }
    if (allowed_ == length_) return;
    timer_.expires_after(kInterval);
    timer_.async_wait([this](net::error_code ec) {
        if (!ec && state_ == State::under_way) tick();
    });
}

void Stream::end() {
    state_ = outcome_;
    timer_.cancel();
    on_end_();
}

void Stream::run() {
    outcome_ = copy();
    if (stopping_) return;
    net::asio::post(io_, [this] { end(); });
}

Stream::State Stream::copy() {
    std::vector<std::byte> room(kReadBytes);
    while (written_ < length_) {
        const auto length = std::min<std::uint64_t>(room.size(), allowed_ - written_);
        if (length == 0) {
            const auto waited = wait(false);
            if (waited == Wait::closed) return State::closed;
            if (waited == Wait::stopped) return State::under_way;
            continue;
        }
        const auto part = MutableBytes(room).first(static_cast<std::size_t>(length));
        // The name may lead to another file since: one that was lost is made again.
        storage_->close_files();
        const auto read = storage_->read(offset_ + written_, part);
        if (!read) {
            error_ = read.error();
            return State::failed;
        }
        const auto state = write(part);
        if (state != State::whole) return state;
    }
    return State::whole;
}

/// `whole` when all of it has been written.
Stream::State Stream::write(Bytes bytes) {
    while (!bytes.empty()) {
        const auto waited = wait(true);
        if (waited == Wait::stopped) return State::under_way;
        if (waited == Wait::woken) continue;
        const auto n = ::write(fd_, bytes.data(), std::min(bytes.size(), chunk_));
        if (n >= 0) {
            bytes = bytes.subspan(static_cast<std::size_t>(n));
            written_ += static_cast<std::uint64_t>(n);
        } else if (errno == EPIPE || errno == ECONNRESET) {
            return State::closed;
        } else if (errno != EINTR && errno != EAGAIN) {
            error_ = fail(Errc::io_failed, std::string("standard output: ") + std::strerror(errno));
            return State::unwritable;
        }
    }
    return State::whole;
}

Stream::Wait Stream::wait(bool to_write) {
    pollfd both[2] = {{fd_, static_cast<short>(to_write ? POLLOUT : 0), 0}, {wake_, POLLIN, 0}};
    if (::poll(both, 2, -1) < 0) return Wait::woken;
    if (stopping_) return Wait::stopped;
    if (both[1].revents != 0) {
        eventfd_t ignored = 0;
        ::eventfd_read(wake_, &ignored);
    }
    // write() tells what it is, if there is something to write.
    if (both[0].revents != 0) return to_write ? Wait::writable : Wait::closed;
    return Wait::woken;
}

}  // namespace bt::cli
