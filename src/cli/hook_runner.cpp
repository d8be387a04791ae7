#include "cli/hook_runner.hpp"

#include <sys/wait.h>

#include <boost/asio/post.hpp>
#include <csignal>
#include <utility>

namespace bt::cli {

namespace {

/// Asio's handler interrupts whatever system call a disk thread is in; a child that ends is no
/// reason for that.
void restart_interrupted_calls() {
    struct sigaction action {};
    if (::sigaction(SIGCHLD, nullptr, &action) != 0) return;
    action.sa_flags |= SA_RESTART | SA_NOCLDSTOP;
    ::sigaction(SIGCHLD, &action, nullptr);
}

}  // namespace

HookRunner::HookRunner(net::asio::io_context& io) : io_(io), child_(io), grace_(io) {}

HookRunner::~HookRunner() {
    abandon();
}

void HookRunner::run(Hook hook, Done done) {
    Task task{std::move(hook), std::move(done)};
    if (stopping_) return refuse(std::move(task));
    waiting_.push_back(std::move(task));
    start_next();
}

void HookRunner::stop() {
    if (std::exchange(stopping_, true)) return;
    for (auto& task : std::exchange(waiting_, {}))
        refuse(std::move(task));
    if (running_.empty()) return;
    signal_all(SIGTERM);
    grace_.expires_after(kGrace);
    grace_.async_wait([this](net::error_code ec) {
        if (!ec) signal_all(SIGKILL);
    });
}

void HookRunner::abandon() {
    signal_all(SIGKILL);
    running_.clear();
    waiting_.clear();
}

void HookRunner::start_next() {
    while (!waiting_.empty() && running_.size() < kMostAtOnce) {
        auto task = std::move(waiting_.front());
        waiting_.pop_front();
        start_one(std::move(task));
    }
}

void HookRunner::start_one(Task task) {
    // Before there is a child, lest its end is missed.
    await_child();
    const auto pid = start(task.hook);
    if (!pid) return answer(std::move(task.done), pid.error());
    running_.push_back({*pid, std::move(task)});
}

void HookRunner::await_child() {
    if (std::exchange(listening_, true)) return;
    net::error_code ignored;  // without it hooks are seen to end when the run does
    child_.add(SIGCHLD, ignored);
    restart_interrupted_calls();
    child_.async_wait([this](net::error_code ec, int) {
        if (ec) return;
        listening_ = false;
        reap();
        if (!running_.empty()) await_child();
    });
}

void HookRunner::reap() {
    for (std::size_t i = 0; i < running_.size();) {
        int status = 0;
        // Only our own: nobody else's child is taken away.
        if (::waitpid(running_[i].pid, &status, WNOHANG) != running_[i].pid) {
            ++i;
            continue;
        }
        auto task = std::move(running_[i].task);
        running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(i));
        answer(std::move(task.done), judge(task.hook, status));
    }
    if (running_.empty()) grace_.cancel();
    start_next();
}

void HookRunner::refuse(Task task) {
    answer(std::move(task.done),
           fail(Errc::interrupted, task.hook.option + " was not run: interrupted"));
}

void HookRunner::answer(Done done, Result<> verdict) {
    boost::asio::post(io_,
                      [done = std::move(done), verdict = std::move(verdict)] { done(verdict); });
}

void HookRunner::signal_all(int number) const {
    for (const auto& one : running_)
        ::kill(-one.pid, number);
}

}  // namespace bt::cli
