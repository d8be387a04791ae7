// Subnets: what one owner of addresses is taken to hold, for bounds on how much of a table or a
// lookup one owner may fill. Local ranges are exempt everywhere: many nodes may share one machine.
#pragma once

#include <algorithm>
#include <array>

#include "bt/core/endpoint.hpp"
#include "bt/core/nearness.hpp"

namespace bt::dht {

/// The /24 of an IPv4 address, the /64 of an IPv6 one.
[[nodiscard]] inline IpAddress subnet_of(const IpAddress& address) {
    if (address.is_v4()) {
        auto bytes = address.v4_bytes();
        bytes[3] = 0;
        return IpAddress::v4(bytes);
    }
    auto bytes = address.v6_bytes();
    std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
    return IpAddress::v6(bytes);
}

/// One host, as far as addresses tell: who has one IPv6 address has its /64.
[[nodiscard]] inline IpAddress host_of(const IpAddress& address) {
    return address.is_v4() ? address : subnet_of(address);
}

/// Names a source for counting: a host, but in local ranges each endpoint for itself.
[[nodiscard]] inline Endpoint source_of(const Endpoint& endpoint) {
    if (is_local(endpoint.address)) return endpoint;
    return {host_of(endpoint.address), 0};
}

}  // namespace bt::dht
