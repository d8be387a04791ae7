// NetworkWatch: notices that this machine has got an address or a default route, after which what
// could not be reached may be. Owned by the session, on the io thread.
//
// It asks the kernel (rtnetlink) to be told; where that is not allowed, it never notices anything.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>

#include "bt/core/time.hpp"
#include "bt/net/asio.hpp"

namespace bt::net {

class NetworkWatch {
public:
    /// An address comes before its routes: what the first of them opens is told so much later.
    static constexpr Duration kSettle = std::chrono::milliseconds(300);
    /// Some machines have changes all the time: after one has been told, the next waits so long.
    static constexpr Duration kPause = std::chrono::seconds(10);

    explicit NetworkWatch(asio::io_context& io);

    /// Calls `appeared` after each change, until it is cancelled.
    [[nodiscard]] Awaitable<void> run(std::function<void()> appeared);

private:
    [[nodiscard]] Awaitable<bool> wait(Duration time);
    /// Takes all that has been told; true if something in it is a reason to try again.
    [[nodiscard]] bool take_news();

    asio::posix::stream_descriptor descriptor_;
    Timer pause_;
};

}  // namespace bt::net
