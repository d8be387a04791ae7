// A local announce (BEP 14) that is read keeps its bounds, and is read back as it is written.
#include <algorithm>
#include <cstdint>

#include "bt/core/assert.hpp"
#include "bt/tracker/local_discovery.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace bt;
    auto announce = tracker::parse_local_announce(std::as_bytes(std::span(data, size)));
    if (!announce) return 0;
    BT_ASSERT(announce->port != 0 && !announce->info_hashes.empty());
    BT_ASSERT(announce->info_hashes.size() <= tracker::kMaxLocalHashes);
    BT_ASSERT(announce->cookie.size() <= tracker::kMaxLocalCookie);
    BT_ASSERT(announce->cookie.find('\n') == std::string::npos);
    // We write no cookie but our own.
    announce->cookie = "bt";
    for (const auto& group : {tracker::local_group_v4(), tracker::local_group_v6()}) {
        const auto text = tracker::encode_local_announce(*announce, group);
        BT_ASSERT(text.size() <= tracker::kMaxLocalAnnounce);
        BT_ASSERT(tracker::parse_local_announce(as_bytes(text)) == announce);
    }
    return 0;
}
