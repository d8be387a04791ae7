// The handshake that opens every connection (BEP 3), and the extension handshake (BEP 10).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "bt/core/bytes.hpp"
#include "bt/core/endpoint.hpp"
#include "bt/core/ids.hpp"
#include "bt/core/result.hpp"

namespace bt::wire {

inline constexpr std::size_t kHandshakeSize = 68;

struct Handshake {
    InfoHash info_hash;
    PeerId peer_id;
    bool fast = false;      // BEP 6, reserved[7] & 0x04
    bool extended = false;  // BEP 10, reserved[5] & 0x10
    bool dht = false;       // BEP 5, reserved[7] & 0x01
};

[[nodiscard]] std::array<std::byte, kHandshakeSize> to_wire(const Handshake& handshake);
/// Errc::protocol unless the protocol string is BEP 3's. Unknown reserved bits are ignored.
[[nodiscard]] Result<Handshake> parse_handshake(std::span<const std::byte, kHandshakeSize> bytes);

/// BEP 10. Absent fields stay nullopt; a field of the wrong type counts as absent.
struct ExtendedHandshake {
    std::optional<std::string> client;        // v, raw bytes cut to 64: escape before showing
    std::optional<std::uint32_t> reqq;        // requests it will queue
    std::optional<std::uint16_t> port;        // p, its listening port
    std::optional<IpAddress> your_ip;         // how it sees us
    std::optional<std::uint8_t> ut_metadata;  // ids that it assigns (BEP 9, 11); 0 = switched off
    std::optional<std::uint8_t> ut_pex;
    std::optional<std::uint64_t> metadata_size;
    bool upload_only = false;  // BEP 21
};

[[nodiscard]] ByteVector to_wire(const ExtendedHandshake& handshake);
/// Errc::protocol: not a bencoded dictionary.
[[nodiscard]] Result<ExtendedHandshake> parse_extended_handshake(Bytes payload);

}  // namespace bt::wire
