// Event: a wake-up that is not lost. One coroutine waits; notify() before the wait counts. Io
// thread.
#pragma once

#include <boost/asio/experimental/channel.hpp>

#include "bt/net/asio.hpp"

namespace bt::net {

class Event {
public:
    explicit Event(const Executor& executor);
    ~Event();
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;

    void notify();
    /// True after a notify(), false once closed.
    [[nodiscard]] Awaitable<bool> wait();
    /// Ends the wait, now and later.
    void close();

private:
    asio::experimental::channel<Executor, void(error_code)> channel_;
};

}  // namespace bt::net
