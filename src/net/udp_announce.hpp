// udp_announce: one announce to one address of a UDP tracker (BEP 15), the machine of
// tracker/udp.hpp with a socket.
#pragma once

#include <string>

#include "bt/net/asio.hpp"
#include "bt/tracker/announce.hpp"
#include "bt/tracker/udp.hpp"

namespace bt::net {

struct UdpAnnounce {
    tracker::AnnounceRequest request;
    std::string path_and_query;  // BEP 41
    unsigned haste = 1;          // the machine's time runs this many times as fast as real time
    unsigned last_retry = tracker::kUdpLastRetry;
};

/// The socket is of this announce alone and connected: packets of other senders do not arrive, and
/// an unreachable tracker is seen as an error at once.
[[nodiscard]] Awaitable<tracker::AnnounceOutcome> udp_announce(Executor executor, Endpoint to,
                                                               UdpAnnounce what);

}  // namespace bt::net
