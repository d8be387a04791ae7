// The request target that the built-in tracker is asked for.
#include <cstdint>

#include "bt/core/assert.hpp"
#include "bt/tracker/http.hpp"
#include "bt/tracker/server.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace bt;
    const auto target = as_text(std::as_bytes(std::span(data, size)));
    const auto from = IpAddress::v4({1, 2, 3, 4});
    tracker::TrackerTable table(tracker::kMinInterval, Rng(1));
    const auto body = table.respond(target, from, TimePoint{});
    if (!body) return 0;
    BT_ASSERT(!body->empty() && body->front() == std::byte{'d'});
    BT_ASSERT(table.peer_count() <= 1);
    if (const auto request = tracker::parse_announce_query(target)) {
        BT_ASSERT(request->port != 0);
        if (target.starts_with("/announce")) BT_ASSERT(tracker::parse_http_reply(*body));
    }
    return 0;
}
