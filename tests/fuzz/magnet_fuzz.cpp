// A magnet link that is read has a hash, keeps its bounds, names no peer on this machine, and is
// read back as it is written. A refusal is one clean line.
#include <cstdint>

#include "bt/core/assert.hpp"
#include "bt/core/nearness.hpp"
#include "bt/metainfo/magnet.hpp"
#include "plain_text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace bt;
    const auto text = as_text(std::as_bytes(std::span(data, size)));
    const auto magnet = metainfo::parse_magnet(text);
    if (!magnet) {
        BT_ASSERT(magnet.error().code == Errc::magnet && fuzz::is_clean(magnet.error().message));
        BT_ASSERT(!metainfo::is_bare_hash(text));
        return 0;
    }
    BT_ASSERT(magnet->info_hash || magnet->info_hash_v2);
    BT_ASSERT(metainfo::hash_to_join(*magnet).has_value() == magnet->info_hash.has_value());
    BT_ASSERT(magnet->name.size() <= metainfo::kMaxMagnetName);
    BT_ASSERT(magnet->trackers.size() <= metainfo::kMaxTrackers);
    BT_ASSERT(magnet->web_seeds.size() <= metainfo::kMaxWebSeeds);
    BT_ASSERT(magnet->peers.size() <= metainfo::kMaxMagnetPeers);
    BT_ASSERT(magnet->selected.size() <= metainfo::kMaxMagnetRanges);
    for (const auto& peer : magnet->peers) {
        const auto near = nearness(peer.address);
        BT_ASSERT(peer.port != 0 && near != Nearness::this_machine && near != Nearness::link);
    }
    for (const auto& [first, last] : magnet->selected)
        BT_ASSERT(first <= last && last <= metainfo::kMaxMagnetFile);
    const auto link = metainfo::to_link(*magnet);
    if (link.size() > metainfo::kMaxMagnetBytes) return 0;  // escapes are longer than what they say
    const auto again = metainfo::parse_magnet(link);
    BT_ASSERT(again && *again == *magnet);
    return 0;
}
