#include "bt/net/event.hpp"

namespace bt::net {

Event::Event(const Executor& executor) : channel_(executor, 1) {}
Event::~Event() = default;

void Event::notify() {
    channel_.try_send(error_code{});
}

Awaitable<bool> Event::wait() {
    const auto [ec] = co_await channel_.async_receive(kAwait);
    co_return !ec;
}

void Event::close() {
    channel_.close();
}

}  // namespace bt::net
