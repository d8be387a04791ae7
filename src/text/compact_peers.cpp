#include "bt/text/compact_peers.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace bt::text {

namespace {

template <std::size_t N>
std::array<std::uint8_t, N> address_bytes(const std::byte* from) {
    std::array<std::uint8_t, N> out;
    std::memcpy(out.data(), from, N);
    return out;
}

/// `make` builds an address out of N bytes.
template <std::size_t N, class Make>
std::vector<Endpoint> parse(Bytes list, std::size_t max, Make make) {
    constexpr auto kEntry = N + 2;
    const auto count = std::min(list.size() / kEntry, max);
    std::vector<Endpoint> out;
    out.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        const auto* at = list.data() + i * kEntry;
        out.push_back({make(address_bytes<N>(at)), read_be<std::uint16_t>(at + N)});
    }
    return out;
}

}  // namespace

std::vector<Endpoint> parse_compact_v4(Bytes list, std::size_t max) {
    return parse<4>(list, max, IpAddress::v4);
}

std::vector<Endpoint> parse_compact_v6(Bytes list, std::size_t max) {
    return parse<16>(list, max, IpAddress::v6);
}

ByteVector compact_v4(std::span<const Endpoint> endpoints) {
    ByteVector out;
    for (const auto& endpoint : endpoints) {
        if (!endpoint.address.is_v4()) continue;
        const auto address = endpoint.address.v4_bytes();
        append(out, std::as_bytes(std::span(address)));
        append_be(out, endpoint.port);
    }
    return out;
}

ByteVector compact_v6(std::span<const Endpoint> endpoints) {
    ByteVector out;
    for (const auto& endpoint : endpoints) {
        if (endpoint.address.is_v4()) continue;
        append(out, std::as_bytes(std::span(endpoint.address.v6_bytes())));
        append_be(out, endpoint.port);
    }
    return out;
}

}  // namespace bt::text
