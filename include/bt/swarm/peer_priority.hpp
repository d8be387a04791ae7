// Canonical peer priority (BEP 40): which peers a peer should rather be connected to, in an order
// that both ends compute alike, that spreads over networks and that nobody can choose for himself.
#pragma once

#include <cstdint>
#include <optional>

#include "bt/core/endpoint.hpp"

namespace bt::swarm {

/// Greater is better; the same either way round. Nothing for addresses of two families.
[[nodiscard]] std::optional<std::uint32_t> peer_priority(const Endpoint& a, const Endpoint& b);

}  // namespace bt::swarm
