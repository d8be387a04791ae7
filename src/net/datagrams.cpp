#include "bt/net/datagrams.hpp"

#include <boost/asio/buffer.hpp>
#include <utility>

namespace bt::net {

namespace {

/// Takes what is there. False if there was nothing but errors.
bool take_some(UdpSocket& socket, MutableBytes scratch, const OnDatagram& on_datagram,
               DatagramCounts& counts) {
    std::size_t errors = 0;
    for (std::size_t i = 0; i < kMaxDatagramsAtOnce && socket.is_open(); ++i) {
        udp::endpoint from;
        error_code ec;
        const auto space = asio::buffer(scratch.data(), scratch.size());
        const auto size = socket.receive_from(space, from, 0, ec);
        if (ec == asio::error::would_block) return true;
        if (ec) {
            ++counts.receive_errors;
            if (++errors == kMaxErrorsAtOnce) return false;
            continue;
        }
        errors = 0;
        ++counts.received;
        on_datagram(scratch.first(size), from_asio(from));
    }
    return true;
}

}  // namespace

Awaitable<void> take_datagrams(UdpSocket& socket, MutableBytes scratch, OnDatagram on_datagram,
                               DatagramCounts& counts) {
    error_code ignored;
    socket.non_blocking(true, ignored);
    Timer pause(socket.get_executor());
    while (socket.is_open()) {
        const auto [ec] = co_await socket.async_wait(UdpSocket::wait_read, kAwait);
        if (ec == asio::error::operation_aborted || !socket.is_open()) co_return;
        if (!ec && take_some(socket, scratch, on_datagram, counts)) continue;
        pause.expires_after(kErrorPause);
        const auto [cancelled] = co_await pause.async_wait(kAwait);
        if (cancelled) co_return;
    }
}

void send_datagram(UdpSocket& socket, Bytes packet, const udp::endpoint& to,
                   DatagramCounts& counts) {
    error_code ec;
    socket.send_to(asio::buffer(packet.data(), packet.size()), to, 0, ec);
    ++(ec ? counts.not_sent : counts.sent);
}

}  // namespace bt::net
