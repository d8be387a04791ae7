#include "bt/wire/metadata.hpp"

#include <limits>

#include "bt/bencode/document.hpp"
#include "bt/bencode/writer.hpp"
#include "bt/core/assert.hpp"

namespace bt::wire {

ByteVector to_wire(const MetadataMessage& message) {
    const bool data = message.type == MetadataType::data;
    BT_ASSERT(data == message.total_size.has_value());
    BT_ASSERT(message.payload.size() <= (data ? kMetadataPieceSize : 0));
    bencode::Writer out;
    out.begin_dictionary();
    out.key("msg_type").integer(static_cast<int>(message.type));
    out.key("piece").integer(message.piece);
    if (data) out.key("total_size").integer(static_cast<std::int64_t>(*message.total_size));
    out.end();
    auto bytes = std::move(out).take();
    append(bytes, message.payload);
    return bytes;
}

Result<std::optional<MetadataMessage>> parse_metadata_message(Bytes payload) {
    const auto bad = [](const char* why) {
        return fail(Errc::protocol, std::string("the peer sent a metadata message ") + why);
    };
    const auto document = bencode::Document::parse(payload, bencode::kWireRules);
    if (!document || !document->root().is_dictionary()) return bad("that is not a dictionary");
    const auto root = document->root();
    const auto type = root.find("msg_type").integer();
    if (!type) return bad("without a type");
    if (*type < 0 || *type > static_cast<int>(MetadataType::reject)) {
        return std::optional<MetadataMessage>();
    }
    const auto piece = root.find("piece").integer();
    if (!piece || *piece < 0 || *piece > std::numeric_limits<std::uint32_t>::max()) {
        return bad("without a piece");
    }
    MetadataMessage out;
    out.type = static_cast<MetadataType>(*type);
    out.piece = static_cast<std::uint32_t>(*piece);
    if (out.type != MetadataType::data) return std::optional(out);
    const auto total = root.find("total_size").integer();
    if (total && *total >= 0) out.total_size = static_cast<std::uint64_t>(*total);
    out.payload = document->trailing();
    if (out.payload.size() > kMetadataPieceSize) return bad("with more than a piece");
    return std::optional(out);
}

}  // namespace bt::wire
