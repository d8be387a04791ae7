// IpAddress and Endpoint: where a peer is, as a value that knows no socket.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "bt/core/bytes.hpp"

namespace bt {

/// An IPv4 or IPv6 address. An IPv4-mapped IPv6 address (::ffff:a.b.c.d) is the IPv4 address.
class IpAddress {
public:
    /// 0.0.0.0
    IpAddress() = default;
    [[nodiscard]] static IpAddress v4(std::array<std::uint8_t, 4> bytes);
    [[nodiscard]] static IpAddress v6(std::array<std::uint8_t, 16> bytes);
    /// Numeric only, without brackets, zone or port.
    [[nodiscard]] static std::optional<IpAddress> parse(std::string_view text);

    [[nodiscard]] bool is_v4() const { return v4_; }
    [[nodiscard]] std::array<std::uint8_t, 4> v4_bytes() const;
    [[nodiscard]] const std::array<std::uint8_t, 16>& v6_bytes() const { return bytes_; }

    [[nodiscard]] bool is_unspecified() const;
    [[nodiscard]] bool is_loopback() const;    // 127/8, ::1
    [[nodiscard]] bool is_link_local() const;  // 169.254/16, fe80::/10
    [[nodiscard]] bool is_private() const;     // 10/8, 172.16/12, 192.168/16, 100.64/10, fc00::/7
    [[nodiscard]] bool is_multicast() const;   // 224/4, ff00::/8
    /// Can name a host: not unspecified, multicast, broadcast, 0/8 or 240/4.
    [[nodiscard]] bool is_unicast() const;

    [[nodiscard]] std::string to_string() const;

    friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

private:
    bool v4_ = true;
    std::array<std::uint8_t, 16> bytes_{};  // IPv4: the first four
};

struct Endpoint {
    IpAddress address;
    std::uint16_t port = 0;

    /// "1.2.3.4:80" or "[::1]:80".
    [[nodiscard]] static std::optional<Endpoint> parse(std::string_view text);
    [[nodiscard]] std::string to_string() const;
    friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

}  // namespace bt

template <>
struct std::hash<bt::IpAddress> {
    std::size_t operator()(const bt::IpAddress& address) const noexcept {
        return std::hash<std::string_view>{}(
            {reinterpret_cast<const char*>(address.v6_bytes().data()), 16});
    }
};

template <>
struct std::hash<bt::Endpoint> {
    std::size_t operator()(const bt::Endpoint& endpoint) const noexcept {
        return std::hash<bt::IpAddress>{}(endpoint.address) * 31 + endpoint.port;
    }
};
