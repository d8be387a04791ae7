// Event: a wake-up that is not lost. One coroutine waits; notify() before the wait counts. Io
// thread.
#pragma once

#include <boost/asio/experimental/channel.hpp>

#include "bt/net/asio.hpp"

namespace bt::net {

class Event {
public:
    explicit Event(const Executor& executor) : channel_(executor, 1) {}

    void notify() { channel_.try_send(error_code{}); }
    /// True after a notify(), false once closed.
    [[nodiscard]] Awaitable<bool> wait() {
        const auto [ec] = co_await channel_.async_receive(kAwait);
        co_return !ec;
    }
    /// Ends the wait, now and later.
    void close() { channel_.close(); }

private:
    asio::experimental::channel<Executor, void(error_code)> channel_;
};

}  // namespace bt::net
