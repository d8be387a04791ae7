#include "bt/wire/handshake.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string_view>

#include "bt/bencode/document.hpp"
#include "bt/bencode/writer.hpp"

namespace bt::wire {

namespace {

constexpr std::string_view kProtocol =
    "\x13"
    "BitTorrent protocol";
constexpr std::size_t kReservedAt = 20;
constexpr std::size_t kInfoHashAt = 28;
constexpr std::size_t kPeerIdAt = 48;

// BEP 10, 6 and 5: which reserved byte, and its bit.
constexpr std::size_t kExtendedByte = kReservedAt + 5;
constexpr std::size_t kLastByte = kReservedAt + 7;
constexpr std::byte kExtendedBit{0x10};
constexpr std::byte kFastBit{0x04};
constexpr std::byte kDhtBit{0x01};

constexpr std::size_t kMaxClientBytes = 64;

/// The integer at `key`, if there is one from `low` to `high`.
template <class T>
std::optional<T> integer_within(const bencode::Value& dictionary, std::string_view key,
                                std::int64_t low, std::int64_t high) {
    const auto value = dictionary.find(key).integer();
    if (!value || *value < low || *value > high) return std::nullopt;
    return static_cast<T>(*value);
}

std::optional<IpAddress> address_of(Bytes bytes) {
    if (bytes.size() == 4) {
        std::array<std::uint8_t, 4> v4;
        std::memcpy(v4.data(), bytes.data(), v4.size());
        return IpAddress::v4(v4);
    }
    if (bytes.size() == 16) {
        std::array<std::uint8_t, 16> v6;
        std::memcpy(v6.data(), bytes.data(), v6.size());
        return IpAddress::v6(v6);
    }
    return std::nullopt;
}

void write_address(bencode::Writer& out, const IpAddress& address) {
    if (address.is_v4()) {
        const auto bytes = address.v4_bytes();
        out.string(std::as_bytes(std::span(bytes)));
    } else {
        out.string(std::as_bytes(std::span(address.v6_bytes())));
    }
}

}  // namespace

std::array<std::byte, kHandshakeSize> to_wire(const Handshake& handshake) {
    std::array<std::byte, kHandshakeSize> out{};
    std::memcpy(out.data(), kProtocol.data(), kProtocol.size());
    if (handshake.extended) out[kExtendedByte] |= kExtendedBit;
    if (handshake.fast) out[kLastByte] |= kFastBit;
    if (handshake.dht) out[kLastByte] |= kDhtBit;
    std::ranges::copy(handshake.info_hash.bytes, out.begin() + kInfoHashAt);
    std::ranges::copy(handshake.peer_id.bytes, out.begin() + kPeerIdAt);
    return out;
}

Result<Handshake> parse_handshake(std::span<const std::byte, kHandshakeSize> bytes) {
    if (as_text(bytes.first<kProtocol.size()>()) != kProtocol) {
        return fail(Errc::protocol, "the peer does not speak the BitTorrent protocol");
    }
    Handshake out;
    out.extended = (bytes[kExtendedByte] & kExtendedBit) != std::byte{0};
    out.fast = (bytes[kLastByte] & kFastBit) != std::byte{0};
    out.dht = (bytes[kLastByte] & kDhtBit) != std::byte{0};
    std::ranges::copy(bytes.subspan<kInfoHashAt, 20>(), out.info_hash.bytes.begin());
    std::ranges::copy(bytes.subspan<kPeerIdAt, 20>(), out.peer_id.bytes.begin());
    return out;
}

ByteVector to_wire(const ExtendedHandshake& handshake) {
    bencode::Writer out;
    out.begin_dictionary();
    out.key("m").begin_dictionary();
    if (handshake.ut_metadata) out.key("ut_metadata").integer(*handshake.ut_metadata);
    if (handshake.ut_pex) out.key("ut_pex").integer(*handshake.ut_pex);
    out.end();
    if (handshake.metadata_size) {
        out.key("metadata_size").integer(static_cast<std::int64_t>(*handshake.metadata_size));
    }
    if (handshake.port) out.key("p").integer(*handshake.port);
    if (handshake.reqq) out.key("reqq").integer(*handshake.reqq);
    if (handshake.upload_only) out.key("upload_only").integer(1);
    if (handshake.client) out.key("v").string(*handshake.client);
    if (handshake.your_ip) {
        out.key("yourip");
        write_address(out, *handshake.your_ip);
    }
    out.end();
    return std::move(out).take();
}

Result<ExtendedHandshake> parse_extended_handshake(Bytes payload) {
    const auto document = bencode::Document::parse(payload, bencode::kWireRules);
    if (!document || !document->root().is_dictionary()) {
        return fail(Errc::protocol, "the peer sent an extended handshake that is not a dictionary");
    }
    constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
    const auto root = document->root();
    ExtendedHandshake out;
    const auto m = root.find("m");
    out.ut_metadata = integer_within<std::uint8_t>(m, "ut_metadata", 0, 255);
    out.ut_pex = integer_within<std::uint8_t>(m, "ut_pex", 0, 255);
    out.metadata_size = integer_within<std::uint64_t>(root, "metadata_size", 1, kMost);
    out.port = integer_within<std::uint16_t>(root, "p", 1, 65535);
    if (const auto reqq = root.find("reqq").integer()) {
        out.reqq = static_cast<std::uint32_t>(std::clamp<std::int64_t>(*reqq, 1, 0xffffffff));
    }
    out.upload_only = root.find("upload_only").integer().value_or(0) != 0;
    if (const auto client = root.find("v").string())
        out.client = client->substr(0, kMaxClientBytes);
    if (const auto address = root.find("yourip").bytes()) out.your_ip = address_of(*address);
    return out;
}

}  // namespace bt::wire
