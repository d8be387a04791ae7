// UdpConnections: the connections that UDP trackers have granted, for the announces that follow
// within their minute (BEP 15). Owned by the network's services and shared by all torrents; io
// thread.
//
// Invariants:
// - a connection is found only for the very endpoint that granted it, and not after it expired;
// - at most kMaxKept are kept; the least recently used one goes first.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "bt/core/endpoint.hpp"
#include "bt/core/time.hpp"
#include "bt/tracker/udp.hpp"

namespace bt::tracker {

class UdpConnections {
public:
    static constexpr std::size_t kMaxKept = 128;

    [[nodiscard]] std::optional<UdpConnection> find(const Endpoint& tracker, TimePoint now);
    /// In place of what is kept for `tracker`.
    void keep(const Endpoint& tracker, const UdpConnection& connection);
    void forget(const Endpoint& tracker);
    [[nodiscard]] std::size_t size() const { return kept_.size(); }

private:
    struct Kept {
        Endpoint tracker;
        UdpConnection connection;
    };
    std::vector<Kept> kept_;  // the least recently used first
};

}  // namespace bt::tracker
