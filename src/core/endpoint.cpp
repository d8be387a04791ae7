#include "bt/core/endpoint.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>

namespace bt {

namespace {

std::optional<std::array<std::uint8_t, 4>> parse_v4(std::string_view text) {
    std::array<std::uint8_t, 4> out{};
    for (std::size_t i = 0; i < 4; ++i) {
        unsigned value = 0;
        const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
        const auto digits = static_cast<std::size_t>(end - text.data());
        if (ec != std::errc{} || value > 255 || digits > 3) return std::nullopt;
        if (digits > 1 && text[0] == '0') return std::nullopt;
        out[i] = static_cast<std::uint8_t>(value);
        text.remove_prefix(digits);
        if (i < 3) {
            if (text.empty() || text[0] != '.') return std::nullopt;
            text.remove_prefix(1);
        }
    }
    if (!text.empty()) return std::nullopt;
    return out;
}

/// The groups of one side of "::". At most eight; the last may be a dotted IPv4 address.
std::optional<std::size_t> parse_groups(std::string_view text, std::array<std::uint16_t, 8>& out) {
    if (text.empty()) return 0;
    std::size_t n = 0;
    for (;;) {
        const auto colon = text.find(':');
        const auto group = text.substr(0, colon);
        if (colon == std::string_view::npos && group.find('.') != std::string_view::npos) {
            const auto v4 = parse_v4(group);
            if (!v4 || n > 6) return std::nullopt;
            out[n++] = static_cast<std::uint16_t>((*v4)[0] << 8 | (*v4)[1]);
            out[n++] = static_cast<std::uint16_t>((*v4)[2] << 8 | (*v4)[3]);
            return n;
        }
        std::uint16_t value = 0;
        const auto [end, ec] =
            std::from_chars(group.data(), group.data() + group.size(), value, 16);
        if (ec != std::errc{} || end != group.data() + group.size() || group.size() > 4 || n == 8) {
            return std::nullopt;
        }
        out[n++] = value;
        if (colon == std::string_view::npos) return n;
        text.remove_prefix(colon + 1);
    }
}

std::optional<std::array<std::uint8_t, 16>> parse_v6(std::string_view text) {
    std::array<std::uint16_t, 8> head{};
    std::array<std::uint16_t, 8> tail{};
    std::array<std::uint16_t, 8> groups{};
    const auto gap = text.find("::");
    const auto heads = parse_groups(text.substr(0, gap), head);
    if (!heads) return std::nullopt;
    if (gap == std::string_view::npos) {
        if (*heads != 8) return std::nullopt;
        groups = head;
    } else {
        const auto tails = parse_groups(text.substr(gap + 2), tail);
        if (!tails || *heads + *tails > 7) return std::nullopt;
        std::copy_n(head.begin(), *heads, groups.begin());
        std::copy_n(tail.begin(), *tails, groups.end() - static_cast<std::ptrdiff_t>(*tails));
    }
    std::array<std::uint8_t, 16> out{};
    for (std::size_t i = 0; i < 8; ++i) {
        out[2 * i] = static_cast<std::uint8_t>(groups[i] >> 8);
        out[2 * i + 1] = static_cast<std::uint8_t>(groups[i]);
    }
    return out;
}

}  // namespace

IpAddress IpAddress::v4(std::array<std::uint8_t, 4> bytes) {
    IpAddress out;
    std::copy(bytes.begin(), bytes.end(), out.bytes_.begin());
    return out;
}

IpAddress IpAddress::v6(std::array<std::uint8_t, 16> bytes) {
    constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (std::equal(mapped.begin(), mapped.end(), bytes.begin())) {
        return v4({bytes[12], bytes[13], bytes[14], bytes[15]});
    }
    IpAddress out;
    out.v4_ = false;
    out.bytes_ = bytes;
    return out;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    if (const auto four = parse_v4(text)) return v4(*four);
    if (const auto six = parse_v6(text)) return v6(*six);
    return std::nullopt;
}

std::array<std::uint8_t, 4> IpAddress::v4_bytes() const {
    return {bytes_[0], bytes_[1], bytes_[2], bytes_[3]};
}

bool IpAddress::is_unspecified() const {
    return std::all_of(bytes_.begin(), bytes_.end(), [](auto b) { return b == 0; });
}

bool IpAddress::is_loopback() const {
    if (v4_) return bytes_[0] == 127;
    return bytes_[15] == 1 &&
           std::all_of(bytes_.begin(), bytes_.end() - 1, [](auto b) { return b == 0; });
}

bool IpAddress::is_link_local() const {
    if (v4_) return bytes_[0] == 169 && bytes_[1] == 254;
    return bytes_[0] == 0xfe && (bytes_[1] & 0xc0) == 0x80;
}

bool IpAddress::is_private() const {
    if (!v4_) return (bytes_[0] & 0xfe) == 0xfc;
    return bytes_[0] == 10 || (bytes_[0] == 172 && (bytes_[1] & 0xf0) == 16) ||
           (bytes_[0] == 192 && bytes_[1] == 168) || (bytes_[0] == 100 && (bytes_[1] & 0xc0) == 64);
}

bool IpAddress::is_multicast() const {
    return v4_ ? (bytes_[0] & 0xf0) == 224 : bytes_[0] == 0xff;
}

bool IpAddress::is_unicast() const {
    if (is_unspecified() || is_multicast()) return false;
    return !v4_ || (bytes_[0] != 0 && bytes_[0] < 240);
}

std::string IpAddress::to_string() const {
    char text[48];
    if (v4_) {
        std::snprintf(text, sizeof text, "%u.%u.%u.%u", bytes_[0], bytes_[1], bytes_[2], bytes_[3]);
        return text;
    }
    // RFC 5952: the longest run of at least two zero groups becomes "::".
    std::array<unsigned, 8> groups{};
    for (std::size_t i = 0; i < 8; ++i)
        groups[i] = bytes_[2 * i] * 256u + bytes_[2 * i + 1];
    std::size_t best = 8;
    std::size_t length = 1;
    for (std::size_t i = 0; i < 8; ++i) {
        std::size_t n = 0;
        while (i + n < 8 && groups[i + n] == 0)
            ++n;
        if (n > length) {
            best = i;
            length = n;
        }
    }
    std::string out;
    for (std::size_t i = 0; i < 8;) {
        if (i == best) {
            out += "::";
            i += length;
            continue;
        }
        if (!out.empty() && out.back() != ':') out += ':';
        std::snprintf(text, sizeof text, "%x", groups[i]);
        out += text;
        ++i;
    }
    return out;
}

std::optional<Endpoint> Endpoint::parse(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    auto host = text.substr(0, colon);
    const auto digits = text.substr(colon + 1);
    if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
    } else if (host.find(':') != std::string_view::npos) {
        return std::nullopt;
    }
    Endpoint out;
    const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), out.port);
    if (ec != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    const auto address = IpAddress::parse(host);
    if (!address) return std::nullopt;
    out.address = *address;
    return out;
}

std::string Endpoint::to_string() const {
    const auto host = address.to_string();
    return (address.is_v4() ? host : "[" + host + "]") + ":" + std::to_string(port);
}

}  // namespace bt
