// HookRunner: runs the user's hooks beside the torrents. Owned by the Run, on the io thread, which
// it never blocks.
//
// Invariants
//  - Every hook that was handed in is answered once, and not from within run() or stop().
//  - At most kMostAtOnce run; the others wait their turn, in order.
//  - After stop() none is started any more.
#pragma once

#include <sys/types.h>

#include <boost/asio/signal_set.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "bt/core/result.hpp"
#include "bt/core/time.hpp"
#include "bt/net/asio.hpp"
#include "cli/hook.hpp"

namespace bt::cli {

class HookRunner {
public:
    using Done = std::function<void(Result<> verdict)>;

    static constexpr std::size_t kMostAtOnce = 4;
    /// What a hook has to end by itself when the run is being ended.
    static constexpr Duration kGrace = std::chrono::milliseconds(1000);

    explicit HookRunner(net::asio::io_context& io);
    /// Hooks that run still, and what they have started, are killed.
    ~HookRunner();
    HookRunner(const HookRunner&) = delete;
    HookRunner& operator=(const HookRunner&) = delete;

    void run(Hook hook, Done done);
    /// No hook runs or waits.
    [[nodiscard]] bool idle() const { return running_.empty() && waiting_.empty(); }
    /// Asks those that run to end (SIGTERM), and kills them after kGrace; those that wait are
    /// answered with Errc::interrupted.
    void stop();
    /// Kills what runs, and answers nobody.
    void abandon();

private:
    struct Task {
        Hook hook;
        Done done;
    };
    struct Running {
        pid_t pid;
        Task task;
    };

    void start_next();
    void start_one(Task task);
    void await_child();
    void reap();
    void refuse(Task task);
    void answer(Done done, Result<> verdict);
    void signal_all(int number) const;

    net::asio::io_context& io_;
    boost::asio::signal_set child_;
    net::Timer grace_;
    std::deque<Task> waiting_;
    std::vector<Running> running_;
    bool listening_ = false;  // to SIGCHLD
    bool stopping_ = false;
};

}  // namespace bt::cli
