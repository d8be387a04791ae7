// NodeId: a node's place in the DHT (BEP 5), how far two are apart, and how an id is bound to the
// address of its node (BEP 42). Values.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "bt/core/endpoint.hpp"
#include "bt/core/ids.hpp"

namespace bt::dht {

/// IPv4 and IPv6 are two networks that know nothing of each other (BEP 32).
enum class Family : std::uint8_t { v4, v6 };

[[nodiscard]] inline Family family_of(const IpAddress& address) {
    return address.is_v4() ? Family::v4 : Family::v6;
}

/// In the same space as info-hashes.
struct NodeId {
    static constexpr std::size_t kBits = 160;

    std::array<std::byte, 20> bytes{};
    friend auto operator<=>(const NodeId&, const NodeId&) = default;
};

struct NodeInfo {
    NodeId id;
    Endpoint endpoint;
    friend auto operator<=>(const NodeInfo&, const NodeInfo&) = default;
};

[[nodiscard]] inline NodeId as_node_id(const InfoHash& hash) {
    return {hash.bytes};
}
[[nodiscard]] inline InfoHash as_info_hash(const NodeId& id) {
    return {id.bytes};
}

/// `a` is nearer to `target` than `b` is, by XOR.
[[nodiscard]] bool closer(const NodeId& a, const NodeId& b, const NodeId& target);
/// Leading bits that are the same, up to kBits.
[[nodiscard]] std::size_t common_prefix(const NodeId& a, const NodeId& b);

/// Gives numbers that nobody else can guess.
using Random = std::function<std::uint32_t()>;

[[nodiscard]] NodeId random_node_id(const Random& random);
/// An id that a node at `address` may have (BEP 42): any id in the ranges that it exempts.
[[nodiscard]] NodeId make_node_id(const IpAddress& address, const Random& random);
/// A node at `address` may have this id. Always true in local ranges, which BEP 42 exempts.
[[nodiscard]] bool is_valid_for(const NodeId& id, const IpAddress& address);

}  // namespace bt::dht
