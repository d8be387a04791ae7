// TaskGroup: a nursery for coroutines. Children are cancelled in one direction and joined before
// their owner dies. Io thread.
#pragma once

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <list>
#include <utility>

#include "bt/core/assert.hpp"
#include "bt/net/asio.hpp"
#include "bt/net/event.hpp"

namespace bt::net {

class TaskGroup {
public:
    explicit TaskGroup(const Executor& executor) : executor_(executor), idle_(executor) {}
    TaskGroup(const TaskGroup&) = delete;
    TaskGroup& operator=(const TaskGroup&) = delete;
    ~TaskGroup() { BT_ASSERT(signals_.empty()); }

    /// Starts `task`; `done` runs on the io thread when its last frame is gone. A task that ends by
    /// cancellation ends quietly; any other exception is a fault of ours and leaves run().
    template <class Done>
    void spawn(Awaitable<void> task, Done done) {
        const auto signal = signals_.emplace(signals_.end());
        asio::co_spawn(
            executor_, std::move(task),
            asio::bind_cancellation_slot(signal->slot(), [this, signal, done = std::move(done)](
                                                             std::exception_ptr error) mutable {
                signals_.erase(signal);
                if (error) rethrow_unless_cancelled(error);
                // `done` may destroy what owns the group, unless others still run.
                const bool last = signals_.empty();
                if (last) idle_.notify();
                done();
            }));
    }
    void spawn(Awaitable<void> task) {
        spawn(std::move(task), [] {});
    }

    /// Asks every child to end. Children that are about to start end at their first wait. Only from
    /// within a handler or coroutine of the io context: elsewhere Asio would queue the signal, and
    /// a child that ends before it is delivered takes it away.
    void cancel() {
        BT_ASSERT(signals_.empty() || executor_.running_in_this_thread());
        for (auto at = signals_.begin(); at != signals_.end();) {
            auto& signal = *at++;
            signal.emit(asio::cancellation_type::terminal);
        }
    }
    /// Waits until no child is left.
    [[nodiscard]] Awaitable<void> join() {
        while (!signals_.empty()) {
            const bool more = co_await idle_.wait();
            if (!more) co_return;
        }
    }
    [[nodiscard]] bool empty() const { return signals_.empty(); }

private:
    static void rethrow_unless_cancelled(const std::exception_ptr& error) {
        try {
            std::rethrow_exception(error);
        } catch (const boost::system::system_error& e) {
            if (e.code() != asio::error::operation_aborted) throw;
        }
    }

    Executor executor_;
    Event idle_;
    std::list<asio::cancellation_signal> signals_;
};

}  // namespace bt::net
