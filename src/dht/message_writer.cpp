#include <array>
#include <string_view>

#include "bt/bencode/writer.hpp"
#include "bt/core/assert.hpp"
#include "bt/dht/message.hpp"
#include "bt/text/compact_peers.hpp"

namespace bt::dht {

namespace {

/// BEP 5: the client and its version, in four bytes.
constexpr std::string_view kVersion("BT\0\1", 4);

std::string_view name_of(Method method) {
    switch (method) {
        case Method::ping:
            return "ping";
        case Method::find_node:
            return "find_node";
        case Method::get_peers:
            return "get_peers";
        case Method::announce_peer:
            return "announce_peer";
        case Method::unknown:
            break;
    }
    BT_ASSERT(!"a method that we do not ask for");
    return {};
}

std::string_view words_of(Refusal code) {
    switch (code) {
        case Refusal::server:
            return "Server Error";
        case Refusal::protocol:
            return "Protocol Error";
        case Refusal::unknown:
            return "Method Unknown";
        case Refusal::generic:
            break;
    }
    return "Error";
}

ByteVector compact(const Endpoint& endpoint) {
    const std::array one{endpoint};
    return endpoint.address.is_v4() ? text::compact_v4(one) : text::compact_v6(one);
}

void put_end(bencode::Writer& out, Bytes transaction, std::string_view kind) {
    out.key("t").string(transaction);
    out.key("v").string(kVersion);
    out.key("y").string(kind);
    out.end();
}

void put_nodes(bencode::Writer& out, const std::vector<NodeInfo>& nodes) {
    const auto v4 = compact_nodes(nodes, Family::v4);
    const auto v6 = compact_nodes(nodes, Family::v6);
    if (!v4.empty()) out.key("nodes").string(v4);
    if (!v6.empty()) out.key("nodes6").string(v6);
}

void put_want(bencode::Writer& out, const Want& want) {
    out.key("want").begin_list();
    if (want.v4) out.string("n4");
    if (want.v6) out.string("n6");
    out.end();
}

}  // namespace

ByteVector compact_nodes(const std::vector<NodeInfo>& nodes, Family family) {
    ByteVector out;
    for (const auto& node : nodes) {
        if (family_of(node.endpoint.address) != family) continue;
        append(out, node.id.bytes);
        append(out, compact(node.endpoint));
    }
    return out;
}

ByteVector encode(const Query& query) {
    bencode::Writer out;
    out.begin_dictionary().key("a").begin_dictionary();
    out.key("id").string(query.id.bytes);
    const bool announces = query.method == Method::announce_peer;
    if (announces) out.key("implied_port").integer(query.implied_port ? 1 : 0);
    if (announces || query.method == Method::get_peers) {
        out.key("info_hash").string(query.target.bytes);
    }
    if (announces) out.key("port").integer(query.port);
    if (query.method == Method::find_node) out.key("target").string(query.target.bytes);
    if (announces) out.key("token").string(query.token);
    if (query.want) put_want(out, *query.want);
    out.end();
    out.key("q").string(name_of(query.method));
    if (query.read_only) out.key("ro").integer(1);
    put_end(out, query.transaction, "q");
    return std::move(out).take();
}

ByteVector encode(const Answer& answer) {
    bencode::Writer out;
    out.begin_dictionary();
    if (answer.seen_as) out.key("ip").string(compact(*answer.seen_as));
    out.key("r").begin_dictionary();
    out.key("id").string(answer.id.bytes);
    put_nodes(out, answer.nodes);
    if (!answer.token.empty()) out.key("token").string(answer.token);
    if (!answer.values.empty()) {
        out.key("values").begin_list();
        for (const auto& peer : answer.values)
            out.string(compact(peer));
        out.end();
    }
    out.end();
    put_end(out, answer.transaction, "r");
    return std::move(out).take();
}

ByteVector encode(const ErrorAnswer& error) {
    bencode::Writer out;
    out.begin_dictionary();
    out.key("e").begin_list();
    out.integer(static_cast<int>(error.code)).string(words_of(error.code)).end();
    if (error.seen_as) out.key("ip").string(compact(*error.seen_as));
    put_end(out, error.transaction, "e");
    return std::move(out).take();
}

}  // namespace bt::dht
