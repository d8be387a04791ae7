#include "session/listener.hpp"

#include <algorithm>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/read.hpp>
#include <iterator>
#include <utility>

#include "bt/net/clock.hpp"
#include "bt/session/log.hpp"

namespace bt::session {

namespace {

namespace asio = net::asio;
using net::error_code;

/// How long to wait when accept() fails: descriptors may be used up, and spinning frees none.
constexpr auto kAcceptPause = std::chrono::milliseconds(200);

error_code listen(net::TcpAcceptor& acceptor, const net::tcp::endpoint& endpoint) {
    error_code ec;
    acceptor.open(endpoint.protocol(), ec);
    if (ec) return ec;
    acceptor.set_option(net::tcp::acceptor::reuse_address(true), ec);
    if (endpoint.protocol() == net::tcp::v6()) acceptor.set_option(asio::ip::v6_only(true), ec);
    acceptor.bind(endpoint, ec);
    if (ec) return ec;
    acceptor.listen(asio::socket_base::max_listen_connections, ec);
    return ec;
}

}  // namespace

Listener::Listener(asio::io_context& io, Welcome welcome)
    : io_(io), welcome_(std::move(welcome)), tasks_(io.get_executor()) {}

Result<std::unique_ptr<Listener>> Listener::open(asio::io_context& io, std::uint16_t first,
                                                 std::uint16_t last, bool required, Welcome welcome,
                                                 const Also& also) {
    std::unique_ptr<Listener> out(new Listener(io, std::move(welcome)));
    error_code ec;
    for (unsigned port = first; port <= std::max(first, last); ++port) {
        ec = out->bind_with(static_cast<std::uint16_t>(port), also);
        if (!ec) return out;
    }
    if (!required) ec = out->bind_with(0, also);
    if (!ec) return out;
    const auto range =
        first == last ? std::to_string(first) : std::to_string(first) + "-" + std::to_string(last);
    return fail(Errc::network, "cannot listen on port " + range + ": " + ec.message());
}

error_code Listener::bind(std::uint16_t port) {
    acceptors_.clear();
    net::TcpAcceptor four(io_.get_executor());
    const auto ec = listen(four, {net::tcp::v4(), port});
    if (ec && ec != asio::error::address_family_not_supported) return ec;
    if (!ec) {
        port = four.local_endpoint().port();
        acceptors_.push_back(std::move(four));
    }
    // A host without IPv6 is common; one without either is an error.
    net::TcpAcceptor six(io_.get_executor());
    const auto ec6 = listen(six, {net::tcp::v6(), port});
    if (!ec6) {
        port = six.local_endpoint().port();
        acceptors_.push_back(std::move(six));
    } else if (ec || ec6 == asio::error::address_in_use) {
        return ec6;
    }
    port_ = port;
    return {};
}

error_code Listener::bind_with(std::uint16_t port, const Also& also) {
    error_code ec;
    for (int i = 0; i < (port == 0 ? kAnyPortTries : 1); ++i) {
        ec = bind(port);
        if (!ec && also) ec = also(port_);
        // Of any port, the next may be free where this one is not.
        if (ec != asio::error::address_in_use) break;
    }
    if (ec) acceptors_.clear();
    return ec;
}

void Listener::start() {
    for (auto& acceptor : acceptors_)
        tasks_.spawn(accept_loop(acceptor));
}

net::Awaitable<void> Listener::accept_loop(net::TcpAcceptor& acceptor) {
    for (;;) {
        net::TcpSocket socket(io_.get_executor());
        const auto [ec] = co_await acceptor.async_accept(socket, net::kAwait);
        if (ec == asio::error::operation_aborted || !acceptor.is_open()) co_return;
        if (ec) {
            log::debug("accept: ", ec.message());
            net::Timer timer(io_.get_executor(), kAcceptPause);
            const auto [waited] = co_await timer.async_wait(net::kAwait);
            if (waited) co_return;
            continue;
        }
        error_code gone;
        const auto remote = socket.remote_endpoint(gone);
        if (gone) continue;
        const auto endpoint = net::from_asio(remote);
        if (!admit(endpoint.address)) continue;
        guests_.push_back({std::move(socket), endpoint, net::now() + kHandshakeTimeout, {}});
        const auto guest = std::prev(guests_.end());
        tasks_.spawn(greet(*guest), [this, guest] { guests_.erase(guest); });
    }
}

bool Listener::admit(const IpAddress& address) {
    std::size_t waiting = 0;
    std::size_t of_one = 0;
    Guest* oldest = nullptr;
    for (auto& guest : guests_) {
        if (!guest.socket.is_open()) continue;
        ++waiting;
        if (guest.remote.address == address) ++of_one;
        if (oldest == nullptr) oldest = &guest;
    }
    if (of_one >= kMaxGuestsOfOne) return false;
    if (waiting >= kMaxGuests) {
        error_code ignored;
        oldest->socket.close(ignored);
    }
    return true;
}

net::Awaitable<void> Listener::greet(Guest& guest) {
    const auto space = asio::buffer(guest.handshake);
    const auto [ec, n] = co_await asio::async_read(guest.socket, space, net::kAwait);
    if (ec) co_return;
    const auto parsed = wire::parse_handshake(guest.handshake);
    if (!parsed) co_return;
    welcome_(std::move(guest.socket), guest.remote, *parsed);
}

void Listener::on_tick(TimePoint now) {
    for (auto& guest : guests_) {
        if (now < guest.deadline) continue;
        error_code ignored;
        guest.socket.close(ignored);
    }
}

net::Awaitable<void> Listener::stop() {
    error_code ignored;
    for (auto& acceptor : acceptors_)
        acceptor.close(ignored);
    tasks_.cancel();
    co_await tasks_.join();
}

}  // namespace bt::session
