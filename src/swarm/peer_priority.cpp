#include "bt/swarm/peer_priority.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "bt/core/bytes.hpp"
#include "bt/crypto/crc32c.hpp"

namespace bt::swarm {
namespace {

constexpr std::uint8_t kMask = 0x55;

/// Of two different addresses of N bytes. All bytes count up to `whole` or to the first in which
/// they differ, if that comes later; behind, every other bit.
template <std::size_t N>
std::uint32_t priority(std::array<std::uint8_t, N> a, std::array<std::uint8_t, N> b,
                       std::size_t whole) {
    const auto same =
        static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin()).first - a.begin());
    for (auto i = std::max(whole, same + 1); i < N; ++i) {
        a[i] &= kMask;
        b[i] &= kMask;
    }
    const auto pair = a < b ? std::array{a, b} : std::array{b, a};
    return crypto::crc32c(std::as_bytes(std::span(pair)));
}

}  // namespace

std::optional<std::uint32_t> peer_priority(const Endpoint& a, const Endpoint& b) {
    if (a.address == b.address) {
        std::array<std::byte, 4> ports;
        write_be(ports.data(), std::min(a.port, b.port));
        write_be(ports.data() + 2, std::max(a.port, b.port));
        return crypto::crc32c(ports);
    }
    if (a.address.is_v4() != b.address.is_v4()) return std::nullopt;
    if (a.address.is_v4()) return priority(a.address.v4_bytes(), b.address.v4_bytes(), 2);
    return priority(a.address.v6_bytes(), b.address.v6_bytes(), 6);
}

}  // namespace bt::swarm
