// A ut_metadata message (BEP 9) that is read keeps its bounds, lies within its input, and is read
// back as it is written.
#include <cstdint>

#include "bt/core/assert.hpp"
#include "bt/wire/metadata.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace bt;
    const auto input = std::as_bytes(std::span(data, size));
    const auto parsed = wire::parse_metadata_message(input);
    if (!parsed || !*parsed) return 0;
    auto message = **parsed;
    const bool is_data = message.type == wire::MetadataType::data;
    BT_ASSERT(message.payload.size() <= (is_data ? wire::kMetadataPieceSize : 0));
    if (!message.payload.empty()) {
        BT_ASSERT(message.payload.data() + message.payload.size() == input.data() + input.size());
    }
    if (is_data && !message.total_size) message.total_size = 0;
    const auto written = wire::to_wire(message);
    const auto again = wire::parse_metadata_message(written);
    BT_ASSERT(again && *again && (*again)->type == message.type);
    BT_ASSERT((*again)->piece == message.piece && (*again)->total_size == message.total_size);
    BT_ASSERT(as_text((*again)->payload) == as_text(message.payload));
    return 0;
}
