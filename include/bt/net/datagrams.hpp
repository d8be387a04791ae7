// take_datagrams: the receiving half of a UDP socket, for those that talk to many at a time. Io
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "bt/core/bytes.hpp"
#include "bt/core/endpoint.hpp"
#include "bt/core/time.hpp"
#include "bt/net/asio.hpp"

namespace bt::net {

/// Datagrams taken at one wake-up; then others have their turn.
inline constexpr std::size_t kMaxDatagramsAtOnce = 64;
/// After so many errors at one wake-up, and nothing else, the socket rests for kErrorPause.
inline constexpr std::size_t kMaxErrorsAtOnce = 8;
inline constexpr Duration kErrorPause = std::chrono::milliseconds(100);

struct DatagramCounts {
    std::uint64_t received = 0;
    std::uint64_t sent = 0;
    std::uint64_t not_sent = 0;        // no room, no route, refused by the system
    std::uint64_t receive_errors = 0;  // of which most tell of a datagram that was sent
};

/// `packet` is valid during the call.
using OnDatagram = std::function<void(Bytes packet, const Endpoint& from)>;

/// Makes `socket` non-blocking and hands on what it receives until it is closed, which
/// `on_datagram` may do, or the coroutine is cancelled. `scratch` is where a datagram is read to;
/// what is longer comes cut. No error of the socket ends it, none makes it spin.
[[nodiscard]] Awaitable<void> take_datagrams(UdpSocket& socket, MutableBytes scratch,
                                             OnDatagram on_datagram, DatagramCounts& counts);

/// Sends one datagram on a socket that is non-blocking, or counts it as not sent.
void send_datagram(UdpSocket& socket, Bytes packet, const udp::endpoint& to,
                   DatagramCounts& counts);

}  // namespace bt::net
