// A ut_pex message (BEP 11) that is read keeps its bounds, names nobody twice, and is read back as
// it is written, but for IPv4 addresses that were written as IPv6.
#include <cstdint>
#include <set>

#include "bt/core/assert.hpp"
#include "bt/wire/pex.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace bt;
    const auto parsed = wire::parse_pex(std::as_bytes(std::span(data, size)));
    if (!parsed) return 0;
    BT_ASSERT(parsed->added.size() <= wire::kMaxPexPeers);
    BT_ASSERT(parsed->dropped.size() <= wire::kMaxPexPeers);
    std::set<Endpoint> named;
    for (const auto& peer : parsed->added)
        BT_ASSERT(named.insert(peer.endpoint).second);
    for (const auto& endpoint : parsed->dropped)
        BT_ASSERT(named.insert(endpoint).second);
    const auto again = wire::parse_pex(wire::to_wire(*parsed));
    BT_ASSERT(again && again->added.size() == parsed->added.size());
    BT_ASSERT(again->dropped.size() == parsed->dropped.size());
    for (const auto& peer : again->added)
        BT_ASSERT(named.erase(peer.endpoint) == 1);
    for (const auto& endpoint : again->dropped)
        BT_ASSERT(named.erase(endpoint) == 1);
    return 0;
}
