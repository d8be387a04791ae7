#include "bt/net/task_group.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <utility>

#include "bt/core/assert.hpp"

namespace bt::net {

namespace {

void rethrow_unless_cancelled(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const boost::system::system_error& e) {
        if (e.code() != asio::error::operation_aborted) throw;
    }
}

}  // namespace

TaskGroup::~TaskGroup() {
    BT_ASSERT(signals_.empty());
}

void TaskGroup::spawn(Awaitable<void> task, std::function<void()> done) {
    const auto signal = signals_.emplace(signals_.end());
    asio::co_spawn(executor_, std::move(task),
                   asio::bind_cancellation_slot(
                       signal->slot(),
                       [this, signal, done = std::move(done)](const std::exception_ptr& error) {
                           signals_.erase(signal);
                           if (error) rethrow_unless_cancelled(error);
                           // `done` may destroy what owns the group, unless others still run.
                           if (signals_.empty()) idle_.notify();
                           if (done) done();
                       }));
}

void TaskGroup::cancel() {
    BT_ASSERT(signals_.empty() || executor_.running_in_this_thread());
    for (auto at = signals_.begin(); at != signals_.end();) {
        auto& signal = *at++;
        signal.emit(asio::cancellation_type::terminal);
    }
}

Awaitable<void> TaskGroup::join() {
    while (!signals_.empty()) {
        const bool more = co_await idle_.wait();
        if (!more) co_return;
    }
}

}  // namespace bt::net
