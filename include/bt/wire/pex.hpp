// ut_pex messages (BEP 11): the peers that the sender has got and lost since its last one. Values.
#pragma once

#include <cstdint>
#include <vector>

#include "bt/core/bytes.hpp"
#include "bt/core/endpoint.hpp"
#include "bt/core/result.hpp"

namespace bt::wire {

/// BEP 11: of either kind, both families together. What a message holds beyond is not read.
inline constexpr std::size_t kMaxPexPeers = 50;

/// BEP 11, what the sender says about an added peer.
namespace pex_flag {
inline constexpr std::uint8_t kEncryption = 0x01;  // prefers it
inline constexpr std::uint8_t kSeed = 0x02;
inline constexpr std::uint8_t kUtp = 0x04;
inline constexpr std::uint8_t kHolepunch = 0x08;
inline constexpr std::uint8_t kReachable = 0x10;  // the sender has dialed it
}  // namespace pex_flag

struct PexPeer {
    Endpoint endpoint;
    std::uint8_t flags = 0;  // foreign: unknown bits may be set
    friend bool operator==(const PexPeer&, const PexPeer&) = default;
};

struct PexMessage {
    std::vector<PexPeer> added;
    std::vector<Endpoint> dropped;
    friend bool operator==(const PexMessage&, const PexMessage&) = default;
};

/// The payload of an extended message (BEP 10). At most kMaxPexPeers of either kind.
[[nodiscard]] ByteVector to_wire(const PexMessage& message);
/// At most kMaxPexPeers of either kind, none twice, IPv4 first; an address that is both added and
/// dropped is neither. Nothing else is judged: port 0 and addresses that cannot be a peer are the
/// caller's to filter. Errc::protocol: no dictionary, a list with a part of a peer, or flags that
/// are not one for each peer.
[[nodiscard]] Result<PexMessage> parse_pex(Bytes payload);

}  // namespace bt::wire
