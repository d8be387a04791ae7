// Nearness: how near to us an address is. What strangers may make us do depends on it: a tracker,
// web seed or redirect on the Internet must not reach what only we can reach.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "bt/core/endpoint.hpp"

namespace bt {

/// A greater value is nearer.
enum class Nearness : std::uint8_t {
    internet,
    local_network,  // RFC 1918, RFC 4193, RFC 6598 (behind a provider's NAT)
    this_machine,   // loopback, and 0/8 and ::, which lead there
    link,           // 169.254/16, fe80::/10: where clouds keep their metadata
};

namespace detail {

/// The IPv4 address that a translator or tunnel makes of an IPv6 address: NAT64's well-known prefix
/// (RFC 6052), 6to4 (RFC 3056), "::a.b.c.d" (RFC 4291).
[[nodiscard]] inline std::optional<IpAddress> embedded_v4(const IpAddress& address) {
    const auto& b = address.v6_bytes();
    const auto at = [&](std::size_t i) {
        return IpAddress::v4({b[i], b[i + 1], b[i + 2], b[i + 3]});
    };
    const auto zero = [&](std::size_t from) {
        for (std::size_t i = from; i < 12; ++i) {
            if (b[i] != 0) return false;
        }
        return true;
    };
    if (b[0] == 0x20 && b[1] == 0x02) return at(2);
    if (b[0] == 0 && b[1] == 0x64 && b[2] == 0xff && b[3] == 0x9b && zero(4)) return at(12);
    return zero(0) ? std::optional(at(12)) : std::nullopt;
}

}  // namespace detail

[[nodiscard]] inline Nearness nearness(const IpAddress& address) {
    if (address.is_link_local()) return Nearness::link;
    if (address.is_loopback() || address.is_unspecified()) return Nearness::this_machine;
    if (address.is_private()) return Nearness::local_network;
    const auto& b = address.v6_bytes();
    if (address.is_v4()) return b[0] == 0 ? Nearness::this_machine : Nearness::internet;
    const bool site_local = b[0] == 0xfe && (b[1] & 0xc0) == 0xc0;  // RFC 3879 did away with it
    const bool local_nat64 = b[0] == 0 && b[1] == 0x64 && b[2] == 0xff && b[3] == 0x9b &&
                             b[4] == 0 && b[5] == 1;  // RFC 8215
    if (site_local || local_nat64) return Nearness::local_network;
    const auto inner = detail::embedded_v4(address);
    return inner ? nearness(*inner) : Nearness::internet;
}

/// Not on the Internet.
[[nodiscard]] inline bool is_local(const IpAddress& address) {
    return nearness(address) != Nearness::internet;
}

}  // namespace bt
