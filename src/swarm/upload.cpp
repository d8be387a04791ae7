#include "swarm/upload.hpp"

#include <algorithm>
#include <vector>

#include "swarm/allowed_fast.hpp"

namespace bt::swarm {

using wire::MessageId;

void Upload::on_interested(Peer& peer, TimePoint now) {
    peer.interested_in_us = true;
    if (peer.choked && taken_slots() < choker_.slots()) unchoke(peer, now);
}

void Upload::on_not_interested(Peer& peer) {
    // It keeps its slot until the next round, so that changing its mind changes nothing.
    peer.interested_in_us = false;
}

void Upload::on_request(Peer& peer, const BlockRequest& block) {
    const bool there = manager_.layout().contains(block) && manager_.have().get(block.piece);
    const bool allowed = !peer.choked || std::find(peer.granted.begin(), peer.granted.end(),
                                                   block.piece) != peer.granted.end();
    if (there && allowed) {
        outbox_.push(Serve{peer.key, block});
        return;
    }
    // A request that crossed our choke is nobody's fault.
    if (!there && ++peer.bad_requests > kMaxBadRequests) {
        outbox_.close(peer, CloseReason::protocol_error);
        return;
    }
    if (peer.traits.fast) outbox_.send(peer, MessageId::reject_request, block);
}

void Upload::on_cancel(Peer& peer, const BlockRequest& block) {
    if (!manager_.layout().contains(block)) return;
    outbox_.push(StopServing{peer.key, block, false, peer.traits.fast});
}

void Upload::grant(Peer& peer, const InfoHash& info_hash, std::uint32_t count) {
    if (!peer.traits.fast) return;
    peer.granted = allowed_fast_set(peer.traits.endpoint.address, info_hash,
                                    manager_.layout().piece_count(), count);
    for (const auto piece : peer.granted)
        outbox_.send(peer, MessageId::allowed_fast, {piece, 0, 0});
}

void Upload::on_timeout(TimePoint now) {
    if (choker_.due(now)) {
        rechoke(now);
    } else if (slot_freed_) {
        fill_free_slots(now);
    }
}

std::uint32_t Upload::taken_slots() const {
    return static_cast<std::uint32_t>(
        std::count_if(peers_.all().begin(), peers_.all().end(), [](const Peer* peer) {
            return !peer->choked && peer->interested_in_us && !peer->closing;
        }));
}

double Upload::score(const Peer& peer, TimePoint now) const {
    if (manager_.needed_count() > 0) return peer.down.smooth(now);
    // As a seed: who takes it fast spreads it fast, but everybody has a turn.
    const double minutes = peer.choked ? 0 : to_seconds(now - peer.unchoked_at) / 60;
    return peer.up.smooth(now) / (1 + minutes);
}

void Upload::rechoke(TimePoint now) {
    slot_freed_ = false;
    std::vector<ChokeCandidate> candidates;
    for (auto* peer : peers_.all()) {
        if (peer->closing) continue;
        if (!peer->interested_in_us) {
            if (!peer->choked) choke(*peer);
            continue;
        }
        ChokeCandidate candidate;
        candidate.peer = peer->slot();
        candidate.score = score(*peer, now);
        candidate.unchoked = !peer->choked;
        candidate.optimistic = peer->optimistic;
        candidate.snubbed = manager_.needed_count() > 0 && peer->pipeline.snubbed();
        candidate.newcomer = now - peer->connected_at < kNewcomer;
        candidates.push_back(candidate);
    }
    choker_.decide(candidates, now, rng_);
    for (const auto& candidate : candidates) {
        auto& peer = *peers_.at(candidate.peer);
        peer.optimistic = candidate.optimistic;
        if (!candidate.chosen && !peer.choked) choke(peer);
    }
    for (const auto& candidate : candidates) {
        auto& peer = *peers_.at(candidate.peer);
        if (candidate.chosen && peer.choked) unchoke(peer, now);
    }
}

void Upload::fill_free_slots(TimePoint now) {
    slot_freed_ = false;
    for (auto taken = taken_slots(); taken < choker_.slots(); ++taken) {
        Peer* best = nullptr;
        for (auto* peer : peers_.all()) {
            if (peer->closing || !peer->choked || !peer->interested_in_us) continue;
            if (best == nullptr || score(*peer, now) > score(*best, now)) best = peer;
        }
        if (best == nullptr) return;
        unchoke(*best, now);
    }
}

void Upload::choke(Peer& peer) {
    peer.choked = true;
    peer.optimistic = false;
    outbox_.send(peer, MessageId::choke);
    outbox_.push(StopServing{peer.key, {}, true, peer.traits.fast});
}

void Upload::unchoke(Peer& peer, TimePoint now) {
    peer.choked = false;
    peer.unchoked_at = now;
    outbox_.send(peer, MessageId::unchoke);
}

}  // namespace bt::swarm
