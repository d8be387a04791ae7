#include "bt/dht/node_id.hpp"

#include <bit>

#include "bt/core/nearness.hpp"
#include "bt/crypto/crc32c.hpp"

namespace bt::dht {

namespace {

constexpr std::array<std::uint8_t, 4> kMaskV4{0x03, 0x0f, 0x3f, 0xff};
constexpr std::array<std::uint8_t, 8> kMaskV6{0x01, 0x03, 0x07, 0x0f, 0x1f, 0x3f, 0x7f, 0xff};
/// Of the last byte of an id: the number that lets one address have eight kinds of ids.
constexpr std::uint8_t kChoice = 0x07;

template <std::size_t N>
std::uint32_t masked_crc(const std::uint8_t* address, const std::array<std::uint8_t, N>& mask,
                         std::uint8_t choice) {
    std::array<std::byte, N> octets;
    for (std::size_t i = 0; i < N; ++i)
        octets[i] = static_cast<std::byte>(address[i] & mask[i]);
    octets[0] |= static_cast<std::byte>((choice & kChoice) << 5);
    return crypto::crc32c(octets);
}

/// The first 21 bits of it are those of the id.
std::uint32_t prefix_for(const IpAddress& address, std::uint8_t choice) {
    const auto* bytes = address.v6_bytes().data();
    return address.is_v4() ? masked_crc(bytes, kMaskV4, choice)
                           : masked_crc(bytes, kMaskV6, choice);
}

}  // namespace

bool closer(const NodeId& a, const NodeId& b, const NodeId& target) {
    for (std::size_t i = 0; i < a.bytes.size(); ++i) {
        if (a.bytes[i] == b.bytes[i]) continue;
        return (a.bytes[i] ^ target.bytes[i]) < (b.bytes[i] ^ target.bytes[i]);
    }
    return false;
}

std::size_t common_prefix(const NodeId& a, const NodeId& b) {
    for (std::size_t i = 0; i < a.bytes.size(); ++i) {
        const auto difference = std::to_integer<std::uint8_t>(a.bytes[i] ^ b.bytes[i]);
        if (difference != 0) return 8 * i + static_cast<std::size_t>(std::countl_zero(difference));
    }
    return NodeId::kBits;
}

NodeId random_node_id(const Random& random) {
    NodeId out;
    for (std::size_t i = 0; i < out.bytes.size(); i += 4)
        write_be(out.bytes.data() + i, random());
    return out;
}

NodeId make_node_id(const IpAddress& address, const Random& random) {
    auto out = random_node_id(random);
    if (is_local(address)) return out;
    const auto prefix = prefix_for(address, std::to_integer<std::uint8_t>(out.bytes.back()));
    out.bytes[0] = static_cast<std::byte>(prefix >> 24);
    out.bytes[1] = static_cast<std::byte>(prefix >> 16);
    out.bytes[2] =
        (static_cast<std::byte>(prefix >> 8) & std::byte{0xf8}) | (out.bytes[2] & std::byte{0x07});
    return out;
}

bool is_valid_for(const NodeId& id, const IpAddress& address) {
    if (is_local(address)) return true;
    const auto prefix = prefix_for(address, std::to_integer<std::uint8_t>(id.bytes.back()));
    return (read_be<std::uint32_t>(id.bytes.data()) ^ prefix) >> 11 == 0;
}

}  // namespace bt::dht
