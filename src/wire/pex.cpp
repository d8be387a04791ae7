#include "bt/wire/pex.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include "bt/bencode/document.hpp"
#include "bt/bencode/writer.hpp"
#include "bt/core/assert.hpp"
#include "bt/text/compact_peers.hpp"

namespace bt::wire {

namespace {

constexpr std::size_t kV4Bytes = 6;
constexpr std::size_t kV6Bytes = 18;

using bencode::Value;

/// The peers under `key`; nothing when it holds a part of one.
std::optional<std::vector<Endpoint>> read_list(const Value& root, std::string_view key, bool v4) {
    const auto bytes = root.find(key).bytes().value_or(Bytes());
    if (bytes.size() % (v4 ? kV4Bytes : kV6Bytes) != 0) return std::nullopt;
    return v4 ? text::parse_compact_v4(bytes, kMaxPexPeers)
              : text::parse_compact_v6(bytes, kMaxPexPeers);
}

bool read_added(const Value& root, bool v4, PexMessage& out) {
    const auto* const key = v4 ? "added" : "added6";
    const auto list = read_list(root, key, v4);
    if (!list) return false;
    const auto flags = root.find(v4 ? "added.f" : "added6.f").bytes();
    const auto peers = root.find(key).bytes().value_or(Bytes()).size() / (v4 ? kV4Bytes : kV6Bytes);
    if (flags && flags->size() != peers) return false;
    for (std::size_t i = 0; i < list->size() && out.added.size() < kMaxPexPeers; ++i) {
        const auto& endpoint = (*list)[i];
        const bool known = std::any_of(out.added.begin(), out.added.end(),
                                       [&](const auto& peer) { return peer.endpoint == endpoint; });
        const auto flag = flags ? std::to_integer<std::uint8_t>((*flags)[i]) : std::uint8_t{0};
        if (!known) out.added.push_back({endpoint, flag});
    }
    return true;
}

bool read_dropped(const Value& root, bool v4, PexMessage& out) {
    const auto list = read_list(root, v4 ? "dropped" : "dropped6", v4);
    if (!list) return false;
    for (const auto& endpoint : *list) {
        if (out.dropped.size() == kMaxPexPeers) break;
        if (std::find(out.dropped.begin(), out.dropped.end(), endpoint) == out.dropped.end()) {
            out.dropped.push_back(endpoint);
        }
    }
    return true;
}

/// BEP 11: an added contact must not be dropped in the same message.
void take_out_contradictions(PexMessage& message) {
    std::vector<Endpoint> both;
    for (const auto& peer : message.added) {
        const auto& dropped = message.dropped;
        if (std::find(dropped.begin(), dropped.end(), peer.endpoint) != dropped.end()) {
            both.push_back(peer.endpoint);
        }
    }
    const auto is_in_both = [&](const Endpoint& endpoint) {
        return std::find(both.begin(), both.end(), endpoint) != both.end();
    };
    std::erase_if(message.added, [&](const auto& peer) { return is_in_both(peer.endpoint); });
    std::erase_if(message.dropped, is_in_both);
}

void write_added(bencode::Writer& out, const PexMessage& message, bool v4) {
    std::vector<Endpoint> endpoints;
    ByteVector flags;
    for (const auto& peer : message.added) {
        if (peer.endpoint.address.is_v4() != v4) continue;
        endpoints.push_back(peer.endpoint);
        flags.push_back(std::byte{peer.flags});
    }
    if (endpoints.empty() && !v4) return;
    out.key(v4 ? "added" : "added6");
    out.string(v4 ? text::compact_v4(endpoints) : text::compact_v6(endpoints));
    out.key(v4 ? "added.f" : "added6.f").string(flags);
}

}  // namespace

ByteVector to_wire(const PexMessage& message) {
    BT_ASSERT(message.added.size() <= kMaxPexPeers && message.dropped.size() <= kMaxPexPeers);
    bencode::Writer out;
    out.begin_dictionary();
    write_added(out, message, true);
    write_added(out, message, false);
    out.key("dropped").string(text::compact_v4(message.dropped));
    const auto dropped6 = text::compact_v6(message.dropped);
    if (!dropped6.empty()) out.key("dropped6").string(dropped6);
    out.end();
    return std::move(out).take();
}

Result<PexMessage> parse_pex(Bytes payload) {
    const auto document = bencode::Document::parse(payload, bencode::kWireRules);
    if (!document || !document->root().is_dictionary()) {
        return fail(Errc::protocol, "the peer sent a peer exchange that is not a dictionary");
    }
    const auto root = document->root();
    PexMessage out;
    if (!read_added(root, true, out) || !read_added(root, false, out) ||
        !read_dropped(root, true, out) || !read_dropped(root, false, out)) {
        return fail(Errc::protocol, "the peer sent a peer exchange with broken lists");
    }
    take_out_contradictions(out);
    return out;
}

}  // namespace bt::wire
