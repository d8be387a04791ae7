// What the values of options are when they have been accepted.
#pragma once

#include <string>

#include "bt/core/assert.hpp"
#include "bt/core/time.hpp"
#include "cli/values.hpp"

namespace bt::fuzz {

inline void check_peer(const cli::HostPort& peer) {
    const auto& [host, port] = peer;
    BT_ASSERT(!host.empty() && port > 0);
    const bool bare = host.find_first_of("[]:") == std::string::npos;
    const auto again =
        cli::parse_host_port((bare ? host : "[" + host + "]") + ":" + std::to_string(port));
    BT_ASSERT(again && *again == peer);
}

inline void check_ports(const cli::PortRange& ports) {
    BT_ASSERT(ports.first <= ports.last && (ports.first > 0 || ports.last == 0));
}

inline void check_duration(Duration duration) {
    BT_ASSERT(duration >= Duration::zero() && to_seconds(duration) <= 1e9);
}

}  // namespace bt::fuzz
