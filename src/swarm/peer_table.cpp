#include "swarm/peer_table.hpp"

#include <algorithm>

namespace bt::swarm {

Peer& PeerTable::add(const PeerTraits& traits, std::uint32_t piece_count, TimePoint now) {
    if (unused_.empty()) {
        BT_ASSERT(slots_.size() < kMaxPeers);
        unused_.push_back(static_cast<PeerSlot>(slots_.size()));
        slots_.emplace_back();
        generations_.push_back(0);
    }
    const auto slot = unused_.back();
    unused_.pop_back();
    const PeerKey key{slot, ++generations_[slot]};
    slots_[slot] = std::make_unique<Peer>(key, next_sender_++, traits, piece_count, now);
    all_.push_back(slots_[slot].get());
    return *slots_[slot];
}

void PeerTable::remove(Peer& peer) {
    if (peer.down.total() > 0) {
        if (gone_.size() >= kMaxGone) gone_.pop_front();
        gone_.push_back({peer.sender, peer.traits.endpoint.address});
    }
    const auto slot = peer.slot();
    const auto at = std::find(all_.begin(), all_.end(), &peer);
    *at = all_.back();
    all_.pop_back();
    slots_[slot].reset();
    unused_.push_back(slot);
}

Peer* PeerTable::find(PeerKey key) const {
    if (key.slot >= slots_.size() || generations_[key.slot] != key.generation) return nullptr;
    return slots_[key.slot].get();
}

Peer* PeerTable::find(SenderId sender) const {
    const auto found = std::find_if(all_.begin(), all_.end(),
                                    [&](const Peer* peer) { return peer->sender == sender; });
    return found == all_.end() ? nullptr : *found;
}

std::optional<IpAddress> PeerTable::gone(SenderId sender) const {
    const auto found =
        std::find_if(gone_.begin(), gone_.end(), [&](const Gone& g) { return g.sender == sender; });
    if (found == gone_.end()) return std::nullopt;
    return found->address;
}

}  // namespace bt::swarm
