// udp_announce: one announce to one address of a UDP tracker (BEP 15), the machine of
// tracker/udp.hpp with a socket.
#pragma once

#include <string>

#include "bt/core/time.hpp"
#include "bt/net/asio.hpp"
#include "bt/tracker/announce.hpp"
#include "bt/tracker/udp.hpp"
#include "bt/tracker/udp_connections.hpp"

namespace bt::net {

struct UdpAnnounce {
    tracker::AnnounceRequest request;
    std::string path_and_query;  // BEP 41
    unsigned last_retry = tracker::kUdpLastRetry;
    Duration first_timeout = tracker::kUdpFirstTimeout;
};

/// The socket is of this announce alone and connected: packets of other senders do not arrive, and
/// an unreachable tracker is seen as an error at once. The connection is taken from and left to
/// `connections`, which outlive the announce.
[[nodiscard]] Awaitable<tracker::AnnounceOutcome> udp_announce(Executor executor,
                                                               tracker::UdpConnections& connections,
                                                               Endpoint to, UdpAnnounce what);

/// The tracker has answered, if only to refuse.
[[nodiscard]] bool has_spoken(const tracker::AnnounceOutcome& outcome);

}  // namespace bt::net
