// The pieces that a peer may have while it is choked (BEP 6).
#pragma once

#include <cstdint>
#include <vector>

#include "bt/core/endpoint.hpp"
#include "bt/core/ids.hpp"

namespace bt::swarm {

/// At most `count` of `pieces` pieces, the same for all peers of a /24 network. Empty for IPv6, for
/// which BEP 6 says nothing.
[[nodiscard]] std::vector<PieceIndex> allowed_fast_set(const IpAddress& address,
                                                       const InfoHash& info_hash,
                                                       std::uint32_t pieces, std::uint32_t count);

}  // namespace bt::swarm
