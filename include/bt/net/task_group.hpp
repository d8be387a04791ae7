// TaskGroup: a nursery for coroutines. Children are cancelled in one direction and joined before
// their owner dies. Io thread.
#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <functional>
#include <list>

#include "bt/net/asio.hpp"
#include "bt/net/event.hpp"

namespace bt::net {

class TaskGroup {
public:
    explicit TaskGroup(const Executor& executor) : executor_(executor), idle_(executor) {}
    TaskGroup(const TaskGroup&) = delete;
    TaskGroup& operator=(const TaskGroup&) = delete;
    ~TaskGroup();

    /// Starts `task`; `done` runs on the io thread when its last frame is gone. A task that ends by
    /// cancellation ends quietly; any other exception is a fault of ours and leaves run().
    void spawn(Awaitable<void> task, std::function<void()> done = {});

    /// Asks every child to end. Children that are about to start end at their first wait. Only from
    /// within a handler or coroutine of the io context: elsewhere Asio would queue the signal, and
    /// a child that ends before it is delivered takes it away.
    void cancel();
    /// Waits until no child is left.
    [[nodiscard]] Awaitable<void> join();
    [[nodiscard]] bool empty() const { return signals_.empty(); }

private:
    Executor executor_;
    Event idle_;
    std::list<asio::cancellation_signal> signals_;
};

}  // namespace bt::net
