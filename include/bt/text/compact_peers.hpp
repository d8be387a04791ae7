// Compact lists of addresses: 6 bytes each for IPv4 (BEP 23), 18 for IPv6 (BEP 7), port last.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "bt/core/bytes.hpp"
#include "bt/core/endpoint.hpp"

namespace bt::text {

/// The first `max` endpoints of `list`. An incomplete one at the end is dropped; nothing is judged:
/// port 0 and addresses that cannot be a peer are the caller's to filter.
[[nodiscard]] std::vector<Endpoint> parse_compact_v4(Bytes list, std::size_t max);
[[nodiscard]] std::vector<Endpoint> parse_compact_v6(Bytes list, std::size_t max);

/// The endpoints of one family, in order; those of the other are left out.
[[nodiscard]] ByteVector compact_v4(std::span<const Endpoint> endpoints);
[[nodiscard]] ByteVector compact_v6(std::span<const Endpoint> endpoints);

}  // namespace bt::text
