// KRPC messages as bytes: what nodes ask each other and what they answer (BEP 5, 32, 42, 43).
// Values; parsing is total over any bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "bt/core/bytes.hpp"
#include "bt/core/endpoint.hpp"
#include "bt/dht/node_id.hpp"

namespace bt::dht {

/// A longer datagram is no message: nothing that a node has to say needs as much.
inline constexpr std::size_t kMaxPacket = 4096;
/// BEP 32: the most that a node may send.
inline constexpr std::size_t kMaxSent = 1024;
/// Transaction ids are echoed: a longer one is not answered.
inline constexpr std::size_t kMaxTransaction = 32;
/// A longer token is as none.
inline constexpr std::size_t kMaxToken = 64;
/// Taken from one answer, of each family; the rest is dropped.
inline constexpr std::size_t kMaxNodesOfAnswer = 16;
/// Peers in an answer, given and taken.
inline constexpr std::size_t kMaxValues = 100;
inline constexpr std::size_t kCompactNodeV4 = 26;
inline constexpr std::size_t kCompactNodeV6 = 38;

enum class Method : std::uint8_t { ping, find_node, get_peers, announce_peer, unknown };

/// Whose addresses an answer is to hold (BEP 32).
struct Want {
    bool v4 = false;
    bool v6 = false;
    friend bool operator==(const Want&, const Want&) = default;
};

/// Transaction and token refer to the packet.
struct Query {
    Bytes transaction;
    Method method = Method::ping;
    NodeId id;      // of the asker
    NodeId target;  // find_node: the target; get_peers, announce_peer: the info-hash
    std::optional<Want> want;
    // announce_peer
    std::uint16_t port = 0;     // 0: none, or none that is one
    bool implied_port = false;  // the port is the packet's
    Bytes token;
    bool read_only = false;  // BEP 43
};

struct Answer {
    Bytes transaction;
    NodeId id;  // of the one who answers
    std::vector<NodeInfo> nodes;
    std::vector<Endpoint> values;
    Bytes token;                      // empty: none
    std::optional<Endpoint> seen_as;  // the asker, as the one who answers sees it (BEP 42)
};

/// The numbers are BEP 5's.
enum class Refusal : std::uint16_t { generic = 201, server = 202, protocol = 203, unknown = 204 };

struct ErrorAnswer {
    Bytes transaction;
    Refusal code = Refusal::generic;
    std::optional<Endpoint> seen_as;
};

using Message = std::variant<Query, Answer, ErrorAnswer>;

/// Nothing when `packet` is not a message, or lacks what its kind must have. Nothing is judged:
/// ports of zero and addresses that nobody can have are the caller's to filter.
[[nodiscard]] std::optional<Message> parse_message(Bytes packet);

[[nodiscard]] ByteVector encode(const Query& query);
/// Nodes and values go where their family belongs.
[[nodiscard]] ByteVector encode(const Answer& answer);
[[nodiscard]] ByteVector encode(const ErrorAnswer& error);

/// As in `nodes` and `nodes6`: the nodes of one family in order; those of the other are left out.
[[nodiscard]] ByteVector compact_nodes(const std::vector<NodeInfo>& nodes, Family family);
/// The first `most`; an incomplete one at the end is dropped.
[[nodiscard]] std::vector<NodeInfo> parse_compact_nodes(Bytes list, Family family,
                                                        std::size_t most);

}  // namespace bt::dht
