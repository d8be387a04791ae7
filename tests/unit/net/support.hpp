// What the tests of the network share: one io context to run a coroutine on, and a server on
// loopback that does as it is told.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "bt/net/asio.hpp"
#include "bt/net/clock.hpp"
#include "bt/net/services.hpp"
#include "bt/net/task_group.hpp"

namespace bt::net::test {

/// Patience of a whole case; none should ever need it.
inline constexpr auto kGuard = std::chrono::seconds(30);

/// Runs `io` until `task` has ended.
template <class T>
T run(asio::io_context& io, Awaitable<T> task) {
    std::optional<T> out;
    std::exception_ptr error;
    asio::co_spawn(io.get_executor(), std::move(task), [&](std::exception_ptr e, T value) {
        error = e;
        out = std::move(value);
        io.stop();
    });
    io.restart();
    io.run_for(kGuard);
    if (error) std::rethrow_exception(error);
    if (!out) throw std::runtime_error("the task has not ended");
    return std::move(*out);
}

inline void run(asio::io_context& io, Awaitable<void> task) {
    bool done = false;
    std::exception_ptr error;
    asio::co_spawn(io.get_executor(), std::move(task), [&](std::exception_ptr e) {
        error = e;
        done = true;
        io.stop();
    });
    io.restart();
    io.run_for(kGuard);
    if (error) std::rethrow_exception(error);
    if (!done) throw std::runtime_error("the task has not ended");
}

/// Runs `io` until `condition` holds; false if it never does.
template <class Condition>
bool run_until(asio::io_context& io, Condition condition) {
    const auto end = now() + kGuard;
    io.restart();
    while (!condition() && now() < end)
        io.run_one_for(std::chrono::milliseconds(5));
    return condition();
}

/// A multicast group of this machine alone (RFC 2365), where other runs of the tests do not speak.
inline Endpoint multicast_group(const char* address) {
    static const auto port = static_cast<std::uint16_t>(20'000 + std::random_device()() % 40'000);
    return {*IpAddress::parse(address), port};
}

/// Cancels as programs do, from within the io context.
inline void cancel(asio::io_context& io, TaskGroup& group) {
    asio::post(io.get_executor(), [&group] { group.cancel(); });
    io.restart();
    io.poll();
}

/// What a server does after it has read the head of a request.
struct Play {
    std::string bytes;
    bool hang = false;                      // keep the connection, say nothing more
    std::chrono::milliseconds per_byte{0};  // > 0: byte by byte
    static Play ok(const std::string& body) {
        return {"HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                body};
    }
    static Play redirect(const std::string& location) {
        return {"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + location + "\r\n\r\n"};
    }
};

/// A TCP server on 127.0.0.1, or on `address`.
class ScriptedServer {
public:
    using Script = std::function<Play(const std::string& request)>;

    ScriptedServer(asio::io_context& io, Script script, asio::ssl::context* tls = nullptr,
                   const char* address = "127.0.0.1")
        : script_(std::move(script)),
          tls_(tls),
          acceptor_(io.get_executor(), tcp::endpoint(asio::ip::make_address(address), 0)),
          group_(std::make_unique<TaskGroup>(io.get_executor())),
          io_(io) {
        group_->spawn(accept());
    }
    ~ScriptedServer() {
        cancel(io_, *group_);
        io_.restart();
        while (!group_->empty() && io_.run_one_for(kGuard) > 0) {
        }
    }

    [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
    [[nodiscard]] std::string url(const std::string& target = "/announce") const {
        return (tls_ ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port()) +
               target;
    }
    std::vector<std::string> requests;

private:
    Awaitable<void> accept() {
        for (;;) {
            auto accepted = co_await acceptor_.async_accept(kAwait);
            if (std::get<0>(accepted)) co_return;
            group_->spawn(serve(std::move(std::get<1>(accepted))));
        }
    }

    Awaitable<void> serve(TcpSocket socket) {
        if (!tls_) {
            co_await play(socket);
            co_return;
        }
        asio::ssl::stream<TcpSocket> stream(std::move(socket), *tls_);
        const auto [ec] = co_await stream.async_handshake(asio::ssl::stream_base::server, kAwait);
        if (!ec) co_await play(stream);
    }

    template <class Stream>
    Awaitable<void> play(Stream& stream) {
        std::string request;
        auto buffer = asio::dynamic_buffer(request, 1 << 16);
        const auto [ec, n] = co_await asio::async_read_until(stream, buffer, "\r\n\r\n", kAwait);
        if (ec) co_return;
        requests.push_back(request);
        const auto play = script_(request);
        Timer timer(acceptor_.get_executor());
        const auto step = play.per_byte.count() > 0 ? 1 : play.bytes.size();
        for (std::size_t at = 0; at < play.bytes.size(); at += step) {
            const auto part = asio::buffer(play.bytes.data() + at, step);
            const auto [write_ec, written] = co_await asio::async_write(stream, part, kAwait);
            if (write_ec) co_return;
            if (play.per_byte.count() == 0) continue;
            timer.expires_after(play.per_byte);
            co_await timer.async_wait(kAwait);
        }
        if (!play.hang) co_return;
        timer.expires_at(Timer::time_point::max());
        co_await timer.async_wait(kAwait);
    }

    Script script_;
    asio::ssl::context* tls_;
    TcpAcceptor acceptor_;
    std::unique_ptr<TaskGroup> group_;
    asio::io_context& io_;
};

/// An io context and services on it; names are found in a table of the test's own.
class NetTest : public ::testing::Test {
protected:
    Services& services() {
        if (!services_) {
            auto made = Services::create(io, settings);
            if (!made) throw std::runtime_error(made.error().message);
            services_ = std::move(*made);
        }
        return *services_;
    }

    asio::io_context io;
    ServicesSettings settings;  // before the first services()

private:
    std::unique_ptr<Services> services_;
};

}  // namespace bt::net::test
