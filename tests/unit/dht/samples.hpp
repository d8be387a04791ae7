// Nodes, ids and addresses for the tests of the DHT.
#pragma once

#include <cstdint>
#include <string_view>

#include "bt/core/rng.hpp"
#include "bt/core/time.hpp"
#include "bt/dht/node_id.hpp"

namespace bt::dht::test {

[[nodiscard]] inline TimePoint at(double seconds) {
    return TimePoint{} + std::chrono::hours(1) + from_seconds(seconds);
}

[[nodiscard]] inline Endpoint endpoint(std::string_view text) {
    return *Endpoint::parse(text);
}

[[nodiscard]] inline IpAddress address(std::string_view text) {
    return *IpAddress::parse(text);
}

/// Begins with `first`, the rest is zero but for the last byte.
[[nodiscard]] inline NodeId id(std::uint8_t first, std::uint8_t last = 0) {
    NodeId out;
    out.bytes.front() = static_cast<std::byte>(first);
    out.bytes.back() = static_cast<std::byte>(last);
    return out;
}

/// On loopback, where every id is valid, with a port of its own.
[[nodiscard]] inline NodeInfo local_node(std::uint8_t first, std::uint8_t last = 0) {
    return {id(first, last),
            {IpAddress::v4({127, 0, 0, 1}), static_cast<std::uint16_t>(first * 256 + last + 1)}};
}

/// The same numbers for the same seed.
[[nodiscard]] inline Random numbers(std::uint64_t seed = 1) {
    return [rng = Rng(seed)]() mutable { return static_cast<std::uint32_t>(rng()); };
}

}  // namespace bt::dht::test
