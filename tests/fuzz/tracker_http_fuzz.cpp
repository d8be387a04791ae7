// The body of an HTTP tracker's reply.
#include <cstdint>

#include "bt/core/assert.hpp"
#include "bt/tracker/http.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace bt;
    const auto outcome = tracker::parse_http_reply(std::as_bytes(std::span(data, size)));
    if (!outcome) {
        BT_ASSERT(outcome.error().error.message.size() < 256);
        return 0;
    }
    BT_ASSERT(outcome->interval >= tracker::kMinInterval);
    BT_ASSERT(outcome->interval <= tracker::kMaxInterval);
    BT_ASSERT(outcome->peers.size() <= tracker::kMaxReplyPeers);
    BT_ASSERT(outcome->tracker_id.size() <= tracker::kMaxTrackerIdBytes);
    for (const auto& peer : outcome->peers) {
        BT_ASSERT(peer.port != 0 && peer.address.is_unicast());
    }
    return 0;
}
