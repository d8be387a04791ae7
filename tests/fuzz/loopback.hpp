// Two ends of a connection on loopback, for the targets whose code has a socket: an io context that
// is run until both have ended. One thread.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <exception>
#include <string>
#include <utility>

#include "bt/core/assert.hpp"
#include "bt/core/bytes.hpp"
#include "bt/net/asio.hpp"

namespace bt::fuzz {

/// Reads until the other end closes, then closes too.
inline net::Awaitable<void> drain(net::TcpSocket& socket, std::string& out) {
    co_await net::asio::async_read(socket, net::asio::dynamic_buffer(out), net::kAwait);
    net::error_code ignored;
    socket.close(ignored);
}

/// Starts `task`, whose end is counted in `running`; an exception is a fault.
template <class Then>
void start(net::asio::io_context& io, int& running, net::Awaitable<void> task, Then then) {
    ++running;
    net::asio::co_spawn(io.get_executor(), std::move(task),
                        [&running, then](const std::exception_ptr& error) {
                            BT_ASSERT(!error);
                            --running;
                            then();
                        });
}

/// Until what was started has ended, which takes milliseconds.
inline void run(net::asio::io_context& io, const int& running) {
    constexpr auto kPatience = std::chrono::seconds(10);
    const auto end = std::chrono::steady_clock::now() + kPatience;
    io.restart();
    while (running > 0) {
        BT_ASSERT(std::chrono::steady_clock::now() < end);
        io.run_one_for(kPatience);
    }
}

}  // namespace bt::fuzz
