#include "bt/dht/state_file.hpp"

#include <algorithm>

#include "bt/bencode/document.hpp"
#include "bt/bencode/writer.hpp"
#include "bt/crypto/sha1.hpp"
#include "bt/dht/dht.hpp"
#include "bt/dht/message.hpp"

namespace bt::dht {

namespace {

constexpr std::int64_t kFormat = 1;
constexpr bencode::Rules kRules{
    .depth = 2, .tokens = 16, .leading_zeros = false, .duplicate_keys = false};

Sha1Digest sum_of(Bytes id, Bytes v4, Bytes v6) {
    crypto::Sha1 hash;
    for (const auto part : {id, v4, v6}) {
        std::array<std::byte, 4> size;
        write_be(size.data(), static_cast<std::uint32_t>(part.size()));
        hash.update(size);
        hash.update(part);
    }
    return hash.finish();
}

std::vector<NodeInfo> first_of(Family family, std::span<const NodeInfo> nodes) {
    std::vector<NodeInfo> out;
    for (const auto& node : nodes) {
        if (family_of(node.endpoint.address) != family || out.size() == kMaxKept) continue;
        out.push_back(node);
    }
    return out;
}

Error damaged() {
    return fail(Errc::mismatch, "the file of DHT nodes is damaged");
}

}  // namespace

ByteVector encode_nodes(const NodeId& own, std::span<const NodeInfo> nodes) {
    const auto v4 = compact_nodes(first_of(Family::v4, nodes), Family::v4);
    const auto v6 = compact_nodes(first_of(Family::v6, nodes), Family::v6);
    bencode::Writer out;
    out.begin_dictionary();
    out.key("format").integer(kFormat);
    out.key("id").string(own.bytes);
    out.key("nodes").string(v4);
    out.key("nodes6").string(v6);
    out.key("sum").string(sum_of(own.bytes, v4, v6));
    out.end();
    return std::move(out).take();
}

Result<SavedNodes> parse_nodes(Bytes file) {
    if (file.size() > kMaxStateBytes) return damaged();
    const auto document = bencode::Document::parse(file, kRules);
    if (!document || !document->trailing().empty()) return damaged();
    const auto root = document->root();
    const auto id = root.find("id").bytes();
    const auto v4 = root.find("nodes").bytes();
    const auto v6 = root.find("nodes6").bytes();
    const auto sum = root.find("sum").bytes();
    SavedNodes out;
    if (root.find("format").integer() != kFormat || !id || !v4 || !v6 || !sum ||
        id->size() != out.own.bytes.size() || v4->size() % kCompactNodeV4 != 0 ||
        v6->size() % kCompactNodeV6 != 0 || !std::ranges::equal(*sum, sum_of(*id, *v4, *v6))) {
        return damaged();
    }
    std::copy(id->begin(), id->end(), out.own.bytes.begin());
    out.nodes = parse_compact_nodes(*v4, Family::v4, kMaxKept);
    const auto more = parse_compact_nodes(*v6, Family::v6, kMaxKept);
    out.nodes.insert(out.nodes.end(), more.begin(), more.end());
    return out;
}

}  // namespace bt::dht
