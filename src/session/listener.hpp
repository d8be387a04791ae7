// Listener: takes incoming connections on one port, over IPv4 and IPv6, and reads their handshakes
// to learn which torrent they are for. Owned by the session, on the io thread.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <vector>

#include "bt/core/endpoint.hpp"
#include "bt/core/result.hpp"
#include "bt/core/time.hpp"
#include "bt/net/asio.hpp"
#include "bt/net/task_group.hpp"
#include "bt/wire/handshake.hpp"

namespace bt::session {

class Listener {
public:
    /// Connections whose handshake is being read. For one more, the oldest is closed.
    static constexpr std::size_t kMaxGuests = 128;
    /// Of these, from one address. More are closed at once.
    static constexpr std::size_t kMaxGuestsOfOne = 16;
    static constexpr Duration kHandshakeTimeout = std::chrono::seconds(10);

    using Welcome =
        std::function<void(net::TcpSocket, const Endpoint& remote, const wire::Handshake&)>;

    /// Takes what else is to have the same port (UDP), or tells why it cannot be had.
    using Also = std::function<net::error_code(std::uint16_t port)>;
    /// Ports that the system chooses which are asked of `also`.
    static constexpr int kAnyPortTries = 20;

    /// Binds the first port of [first, last] that is free, and that `also` has if there is one; 0 =
    /// any. Unless `required`, any port when all are taken. `also` is asked last for the port that
    /// is taken. Errc::network.
    [[nodiscard]] static Result<std::unique_ptr<Listener>> open(net::asio::io_context& io,
                                                                std::uint16_t first,
                                                                std::uint16_t last, bool required,
                                                                Welcome welcome,
                                                                const Also& also = {});

    void start();
    /// Closes connections that have not said who they are.
    void on_tick(TimePoint now);
    [[nodiscard]] net::Awaitable<void> stop();
    [[nodiscard]] std::uint16_t port() const { return port_; }

private:
    struct Guest {
        net::TcpSocket socket;
        Endpoint remote;
        TimePoint deadline;
        std::array<std::byte, wire::kHandshakeSize> handshake;
    };

    Listener(net::asio::io_context& io, Welcome welcome);
    [[nodiscard]] net::error_code bind(std::uint16_t port);
    [[nodiscard]] net::error_code bind_with(std::uint16_t port, const Also& also);
    [[nodiscard]] net::Awaitable<void> accept_loop(net::TcpAcceptor& acceptor);
    [[nodiscard]] net::Awaitable<void> greet(Guest& guest);
    /// Makes room for one more guest. False if there are enough from there.
    [[nodiscard]] bool admit(const IpAddress& address);

    net::asio::io_context& io_;
    Welcome welcome_;
    std::uint16_t port_ = 0;
    std::vector<net::TcpAcceptor> acceptors_;
    std::list<Guest> guests_;
    net::TaskGroup tasks_;
};

}  // namespace bt::session
