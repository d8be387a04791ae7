// The extended handshake (BEP 10): what is accepted is within its bounds, and is read back as it
// was written.
#include <cstdint>

#include "bt/core/assert.hpp"
#include "bt/wire/handshake.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace bt;
    const auto parsed = wire::parse_extended_handshake(std::as_bytes(std::span(data, size)));
    if (!parsed) return 0;
    BT_ASSERT(parsed->client.value_or("").size() <= 64);
    BT_ASSERT(parsed->reqq.value_or(1) >= 1);
    BT_ASSERT(parsed->port.value_or(1) != 0);
    const auto again = wire::parse_extended_handshake(wire::to_wire(*parsed));
    BT_ASSERT(again);
    BT_ASSERT(again->client == parsed->client && again->reqq == parsed->reqq);
    BT_ASSERT(again->port == parsed->port && again->your_ip == parsed->your_ip);
    BT_ASSERT(again->ut_metadata == parsed->ut_metadata && again->ut_pex == parsed->ut_pex);
    BT_ASSERT(again->metadata_size == parsed->metadata_size);
    BT_ASSERT(again->upload_only == parsed->upload_only);
    return 0;
}
