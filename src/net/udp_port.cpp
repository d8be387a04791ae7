#include "bt/net/udp_port.hpp"

#include <boost/asio/ip/v6_only.hpp>
#include <utility>

#include "bt/core/assert.hpp"

namespace bt::net {

namespace {

/// Tries of bind(0): the port that one family gives may be taken in the other.
constexpr int kAnyPortTries = 20;

error_code open(UdpSocket& socket, const udp::endpoint& endpoint) {
    error_code ec;
    socket.open(endpoint.protocol(), ec);
    if (ec) return ec;
    if (endpoint.protocol() == udp::v6()) socket.set_option(asio::ip::v6_only(true), ec);
    if (!ec) socket.bind(endpoint, ec);
    if (!ec) socket.non_blocking(true, ec);
    if (ec) return ec;
    error_code ignored;
    socket.set_option(UdpSocket::receive_buffer_size(UdpPort::kReceiveBuffer), ignored);
    return {};
}

error_code bind_both(const Executor& executor, std::uint16_t& port, std::optional<UdpSocket>& v4,
                     std::optional<UdpSocket>& v6) {
    const auto ec4 = open(v4.emplace(executor), {udp::v4(), port});
    if (ec4 && ec4 != asio::error::address_family_not_supported) return ec4;
    if (ec4) v4.reset();
    if (v4) port = v4->local_endpoint().port();
    // A host without IPv6 is common; one without either is an error.
    const auto ec6 = open(v6.emplace(executor), {udp::v6(), port});
    if (ec6) v6.reset();
    if (ec6 && (ec4 || ec6 == asio::error::address_in_use)) return ec6;
    if (v6) port = v6->local_endpoint().port();
    return {};
}

}  // namespace

error_code UdpPort::bind(std::uint16_t port) {
    BT_ASSERT(tasks_.empty());
    error_code ec;
    for (int i = 0; i < (port == 0 ? kAnyPortTries : 1); ++i) {
        port_ = port;
        ec = bind_both(executor_, port_, v4_, v6_);
        if (!ec) return {};
        v4_.reset();
        v6_.reset();
        port_ = 0;
        if (ec != asio::error::address_in_use) break;
    }
    return ec;
}

void UdpPort::start(OnDatagram on_datagram) {
    BT_ASSERT(port_ != 0 && !scratch_);
    scratch_ = std::make_unique_for_overwrite<std::byte[]>(kScratchBytes);
    const MutableBytes scratch(scratch_.get(), kScratchBytes);
    if (v4_) tasks_.spawn(take_datagrams(*v4_, scratch, on_datagram, counts_));
    if (v6_) tasks_.spawn(take_datagrams(*v6_, scratch, std::move(on_datagram), counts_));
}

void UdpPort::send(Bytes packet, const Endpoint& to) {
    auto& socket = to.address.is_v4() ? v4_ : v6_;
    if (!socket || !socket->is_open()) {
        ++counts_.not_sent;
        return;
    }
    send_datagram(*socket, packet, to_udp(to), counts_);
}

void UdpPort::close() {
    error_code ignored;
    if (v4_) v4_->close(ignored);
    if (v6_) v6_->close(ignored);
}

Awaitable<void> UdpPort::stop() {
    close();
    tasks_.cancel();
    co_await tasks_.join();
}

}  // namespace bt::net
