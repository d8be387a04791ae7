#include "cli/event_stream.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string_view>
#include <utility>

namespace bt::cli {

namespace {

/// How long a write waits for room before it looks whether it is still wanted.
constexpr int kPollMilliseconds = 50;
/// A pipe has room for this much when poll() says that it has room (PIPE_BUF): a write of no more
/// does not block.
constexpr std::size_t kStep = 4096;

}  // namespace

EventStream::EventStream(int fd) : fd_(fd) {
    // Signals are for the io thread.
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this] { write(); });
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

EventStream::~EventStream() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
        changed_.notify_all();
    }
    thread_.join();
}

void EventStream::put(std::string line, Need need) {
    const std::lock_guard lock(mutex_);
    if (broken_) return;
    const auto behind = waiting_.size() + writing_;
    if (need == Need::latest && behind >= kLatestBytes) return;
    if (need == Need::order && behind >= kMostBytes) {
        ++left_out_;
        return;
    }
    waiting_.append(line).push_back('\n');
    changed_.notify_all();
}

bool EventStream::flush(std::optional<Duration> limit) {
    std::unique_lock lock(mutex_);
    const auto done = [this] { return broken_ || (waiting_.empty() && writing_ == 0); };
    if (limit) return changed_.wait_for(lock, *limit, done);
    changed_.wait(lock, done);
    return true;
}

std::uint64_t EventStream::left_out() const {
    const std::lock_guard lock(mutex_);
    return left_out_;
}

int EventStream::error() const {
    const std::lock_guard lock(mutex_);
    return error_;
}

void EventStream::write() {
    std::unique_lock lock(mutex_);
    while (!ending_ && !broken_) {
        changed_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
        const auto lines = std::exchange(waiting_, {});
        writing_ = lines.size();
        for (std::string_view rest = lines; !rest.empty() && !ending_ && !broken_;) {
            lock.unlock();
            pollfd ready{fd_, POLLOUT, 0};
            const bool room = ::poll(&ready, 1, kPollMilliseconds) == 1;
            const auto n = room ? ::write(fd_, rest.data(), std::min(rest.size(), kStep)) : 0;
            const int error = n < 0 ? errno : 0;
            lock.lock();
            if (n > 0) rest.remove_prefix(static_cast<std::size_t>(n));
            writing_ = rest.size();
            if (error == 0 || error == EINTR || error == EAGAIN) continue;
            broken_ = true;
            if (error != EPIPE) error_ = error;
        }
        writing_ = 0;
        changed_.notify_all();
    }
    waiting_.clear();
}

}  // namespace bt::cli
