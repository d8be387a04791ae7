#include "bt/dht/message.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <string_view>

#include "bt/bencode/document.hpp"
#include "bt/text/compact_peers.hpp"

namespace bt::dht {

namespace {

constexpr bencode::Rules kRules{
    .depth = 8, .tokens = 1000, .leading_zeros = false, .duplicate_keys = false};
constexpr std::size_t kPort = 2;

std::optional<NodeId> node_id(const bencode::Value& value) {
    const auto bytes = value.bytes();
    NodeId out;
    if (!bytes || bytes->size() != out.bytes.size()) return std::nullopt;
    std::copy(bytes->begin(), bytes->end(), out.bytes.begin());
    return out;
}

Method method_of(std::string_view name) {
    constexpr std::array<std::string_view, 4> names{"ping", "find_node", "get_peers",
                                                    "announce_peer"};
    const auto at = std::find(names.begin(), names.end(), name);
    return static_cast<Method>(at - names.begin());
}

/// One address of either family; the size tells which.
std::optional<Endpoint> endpoint_of(Bytes bytes) {
    std::vector<Endpoint> one;
    if (bytes.size() == 4 + kPort) one = text::parse_compact_v4(bytes, 1);
    if (bytes.size() == 16 + kPort) one = text::parse_compact_v6(bytes, 1);
    return one.empty() ? std::nullopt : std::optional(one.front());
}

std::optional<Want> parse_want(const bencode::Value& list) {
    if (!list.is_list()) return std::nullopt;
    Want out;
    for (const auto& item : list.items()) {
        const auto name = item.string();
        if (name == "n4") out.v4 = true;
        if (name == "n6") out.v6 = true;
    }
    return out;
}

std::optional<Message> parse_query(const bencode::Value& root, Bytes transaction) {
    const auto name = root.find("q").string();
    const auto arguments = root.find("a");
    const auto id = node_id(arguments.find("id"));
    if (!name || !id) return std::nullopt;
    Query out;
    out.transaction = transaction;
    out.method = method_of(*name);
    out.id = *id;
    out.read_only = root.find("ro").integer().value_or(0) == 1;
    out.want = parse_want(arguments.find("want"));
    if (out.method == Method::ping || out.method == Method::unknown) return out;
    const auto key = out.method == Method::find_node ? "target" : "info_hash";
    const auto target = node_id(arguments.find(key));
    if (!target) return std::nullopt;
    out.target = *target;
    if (out.method != Method::announce_peer) return out;
    const auto port = arguments.find("port").integer().value_or(0);
    if (port > 0 && port <= std::numeric_limits<std::uint16_t>::max()) {
        out.port = static_cast<std::uint16_t>(port);
    }
    out.implied_port = arguments.find("implied_port").integer().value_or(0) != 0;
    out.token = arguments.find("token").bytes().value_or(Bytes());
    return out;
}

std::optional<Message> parse_answer(const bencode::Value& root, Bytes transaction) {
    const auto values = root.find("r");
    const auto id = node_id(values.find("id"));
    if (!id) return std::nullopt;
    Answer out;
    out.transaction = transaction;
    out.id = *id;
    for (const auto family : {Family::v4, Family::v6}) {
        const auto list = values.find(family == Family::v4 ? "nodes" : "nodes6").bytes();
        if (!list) continue;
        const auto nodes = parse_compact_nodes(*list, family, kMaxNodesOfAnswer);
        out.nodes.insert(out.nodes.end(), nodes.begin(), nodes.end());
    }
    for (const auto& item : values.find("values").items()) {
        if (out.values.size() == kMaxValues) break;
        if (const auto peer = endpoint_of(item.bytes().value_or(Bytes()))) {
            out.values.push_back(*peer);
        }
    }
    const auto token = values.find("token").bytes().value_or(Bytes());
    if (token.size() <= kMaxToken) out.token = token;
    out.seen_as = endpoint_of(root.find("ip").bytes().value_or(Bytes()));
    return out;
}

std::optional<Message> parse_error(const bencode::Value& root, Bytes transaction) {
    ErrorAnswer out;
    out.transaction = transaction;
    const auto items = root.find("e").items();
    const auto code = items.empty() ? std::nullopt : (*items.begin()).integer();
    if (code && *code >= 201 && *code <= 204) out.code = static_cast<Refusal>(*code);
    out.seen_as = endpoint_of(root.find("ip").bytes().value_or(Bytes()));
    return out;
}

}  // namespace

std::optional<Message> parse_message(Bytes packet) {
    if (packet.empty() || packet.size() > kMaxPacket || packet.front() != std::byte{'d'}) {
        return std::nullopt;
    }
    const auto document = bencode::Document::parse(packet, kRules);
    if (!document) return std::nullopt;
    const auto root = document->root();
    const auto transaction = root.find("t").bytes();
    const auto kind = root.find("y").string();
    if (!transaction || transaction->empty() || transaction->size() > kMaxTransaction) {
        return std::nullopt;
    }
    if (kind == "q") return parse_query(root, *transaction);
    if (kind == "r") return parse_answer(root, *transaction);
    if (kind == "e") return parse_error(root, *transaction);
    return std::nullopt;
}

std::vector<NodeInfo> parse_compact_nodes(Bytes list, Family family, std::size_t most) {
    const auto size = family == Family::v4 ? kCompactNodeV4 : kCompactNodeV6;
    const auto count = std::min(list.size() / size, most);
    std::vector<NodeInfo> out;
    out.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        const auto one = list.subspan(i * size, size);
        NodeInfo node;
        std::copy_n(one.begin(), node.id.bytes.size(), node.id.bytes.begin());
        node.endpoint = *endpoint_of(one.subspan(node.id.bytes.size()));
        // A v4-mapped address in a list of IPv6 ones would be of the other family.
        if (family_of(node.endpoint.address) == family) out.push_back(node);
    }
    return out;
}

}  // namespace bt::dht
