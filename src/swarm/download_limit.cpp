// Download: asking for no more than a rate limit lets through.
#include <algorithm>
#include <cmath>

#include "swarm/download.hpp"

namespace bt::swarm {

std::uint32_t Download::limited_room(const Peer& peer) const {
    const auto queue = std::ceil(rate_limit_ * to_seconds(kLimitedQueue) / kBlockSize);
    if (queue >= RequestPipeline::kMaxRequests) return RequestPipeline::kMaxRequests;
    const auto most = std::max(static_cast<std::uint32_t>(queue), kLeastLimited);
    const auto part = peer.down.total() > 0 ? most / 2 : std::max(most / kTrialShare, 1u);
    // Whoever is snubbed holds what others may be asked for as well.
    std::uint32_t asked = 0;
    for (const auto* other : peers_.all())
        asked += other->serving() ? other->pipeline.size() : 0;
    const auto own = peer.pipeline.size();
    return std::min(most - std::min(most, asked), part - std::min(part, own));
}

void Download::on_held(Peer& peer, TimePoint now) {
    held_at_ = now;
    if (peer.held_since) return;
    peer.held_since = now;
    ++held_;
}

void Download::on_released(Peer& peer, TimePoint now) {
    if (!peer.held_since) return;
    const auto time = now - *peer.held_since;
    peer.held_since.reset();
    peer.pipeline.forgive(time);
    peer.useful_at += time;
    peer.choked_at += time;
    held_at_ = now;
    --held_;
}

}  // namespace bt::swarm
