// What of uTP (BEP 29) a client says that speaks TCP alone.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "bt/core/bytes.hpp"

namespace bt::wire {

inline constexpr std::size_t kUtpHeaderSize = 20;

/// The ST_RESET for a datagram that asks for a connection: whoever tries uTP first goes on to TCP
/// at once, not after its time-out. `microseconds` is the sender's clock, of any origin.
/// std::nullopt for all that is no ST_SYN of version 1, so that no answer is ever answered.
[[nodiscard]] std::optional<std::array<std::byte, kUtpHeaderSize>> refuse_utp(
    Bytes packet, std::uint32_t microseconds);

}  // namespace bt::wire
