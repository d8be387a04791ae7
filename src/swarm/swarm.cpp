#include "bt/swarm/swarm.hpp"

#include <utility>

#include "bt/core/assert.hpp"
#include "swarm/state.hpp"

namespace bt::swarm {

Swarm::Swarm(const metainfo::PieceLayout& layout, Bitfield have, Bitfield wanted, Settings settings,
             std::uint64_t seed)
    : state_(std::make_unique<State>(layout, std::move(have), wanted, settings, seed)) {}

Swarm::~Swarm() = default;

void Swarm::resume_prefix(PieceIndex piece, std::uint32_t bytes, const crypto::Sha1& hash) {
    BT_ASSERT(state_->download && state_->peers.all().empty());
    state_->download->resume(piece, bytes, hash);
}

void Swarm::resume_parked(PieceIndex piece, const ParkedBlocks& blocks) {
    BT_ASSERT(state_->download && state_->peers.all().empty());
    state_->download->resume(piece, blocks);
}

void Swarm::doubt(const Bitfield& pieces) {
    BT_ASSERT(state_->peers.all().empty());
    for (PieceIndex piece(0); piece.value() < pieces.size(); ++piece) {
        if (!pieces.get(piece)) continue;
        BT_ASSERT(state_->download);
        state_->download->doubt(piece);
    }
}

PeerKey Swarm::on_peer_connected(const PeerTraits& traits, TimePoint now) {
    // What it is told of us at the start includes these.
    state_->send_haves();
    auto& peer = state_->peers.add(traits, state_->manager.layout().piece_count(), now);
    return peer.key;
}

void Swarm::on_peer_disconnected(PeerKey key, TimePoint now) {
    auto* peer = state_->peers.find(key);
    if (peer == nullptr) return;
    if (state_->download) state_->download->on_disconnected(*peer, now);
    state_->upload.on_disconnected(*peer);
    state_->peers.remove(*peer);
}

void Swarm::on_request_limit(PeerKey key, std::uint32_t reqq) {
    if (auto* peer = state_->peers.find(key)) peer->pipeline.set_limit(reqq);
}

void Swarm::on_message(PeerKey key, wire::Message& message, TimePoint now) {
    auto* peer = state_->peers.find(key);
    if (peer != nullptr && !peer->closing) state_->on_message(*peer, message, now);
}

void Swarm::on_uploaded(PeerKey key, std::uint64_t bytes, TimePoint now) {
    state_->up.add(bytes, now);
    if (auto* peer = state_->peers.find(key)) peer->up.add(bytes, now);
}

void Swarm::on_run_written(PieceIndex piece, const crypto::Sha1& hash, TimePoint now) {
    if (state_->download) state_->download->on_run_written(piece, hash, now);
}

void Swarm::on_piece_verified(PieceIndex piece, const std::vector<Sha1Digest>& digests,
                              TimePoint now) {
    state_->on_piece_verified(piece, digests, now);
}

void Swarm::on_piece_failed(PieceIndex piece, const std::vector<Sha1Digest>& digests,
                            TimePoint now) {
    if (state_->download) state_->download->on_failed(piece, digests, now);
}

void Swarm::on_parked(PieceIndex piece, const std::vector<std::uint32_t>& blocks,
                      const std::vector<std::uint32_t>& marks, TimePoint now) {
    if (state_->download) state_->download->on_parked(piece, blocks, marks, now);
}

void Swarm::on_piece_altered(PieceIndex piece, TimePoint now) {
    if (state_->download) state_->download->on_altered(piece, now);
}

void Swarm::on_doubt_settled(PieceIndex piece, bool there, TimePoint now) {
    state_->on_doubt_settled(piece, there, now);
}

void Swarm::on_timeout(TimePoint now) {
    state_->send_haves();
    if (state_->download) state_->download->on_timeout(now);
    state_->upload.on_timeout(now);
}

void Swarm::put_by() {
    if (state_->download) state_->download->put_by();
}

void Swarm::set_slots_wanted(bool wanted) {
    if (state_->download) state_->download->set_slots_wanted(wanted);
}

void Swarm::set_horizon(PieceIndex end, TimePoint now) {
    if (state_->download) state_->download->set_horizon(end, now);
}

void Swarm::set_rate_limit(double bytes_per_second) {
    if (state_->download) state_->download->set_rate_limit(bytes_per_second);
}

void Swarm::on_held(PeerKey key, TimePoint now) {
    auto* peer = state_->peers.find(key);
    if (state_->download && peer != nullptr) state_->download->on_held(*peer, now);
}

void Swarm::on_released(PeerKey key, TimePoint now) {
    auto* peer = state_->peers.find(key);
    if (state_->download && peer != nullptr) state_->download->on_released(*peer, now);
}

void Swarm::take_actions(std::vector<Action>& out) {
    state_->outbox.take(out);
}

const Bitfield& Swarm::have() const {
    return state_->manager.have();
}

bool Swarm::complete() const {
    return state_->complete();
}

SwarmStats Swarm::stats(TimePoint now) const {
    const auto& s = *state_;
    SwarmStats out{s.download ? s.download->counts() : s.final_counts};
    out.endgame = s.download && s.download->endgame();
    out.downloaded = s.down.total();
    out.uploaded = s.up.total();
    out.verified = s.manager.have_bytes();
    out.wanted_left = s.manager.needed_bytes() + s.manager.doubtful_bytes();
    out.down_rate = s.down.smooth(now);
    out.up_rate = s.up.smooth(now);
    for (const auto* peer : s.peers.all()) {
        ++out.peers;
        out.seeds += peer->pieces.all() ? 1 : 0;
        out.interesting += peer->interested ? 1 : 0;
        out.choking_us += peer->interested && peer->choking_us ? 1 : 0;
    }
    return out;
}

std::optional<PeerStats> Swarm::peer_stats(PeerKey key, TimePoint now) const {
    const auto* peer = state_->peers.find(key);
    if (peer == nullptr) return std::nullopt;
    PeerStats out;
    out.downloaded = peer->down.total();
    out.uploaded = peer->up.total();
    out.down_rate = peer->down.smooth(now);
    out.up_rate = peer->up.smooth(now);
    out.pieces = peer->pieces.count();
    out.outstanding = peer->pipeline.size();
    out.depth = peer->pipeline.depth();
    if (peer->pipeline.round_trip_known()) out.round_trip = peer->pipeline.round_trip();
    out.seed = peer->pieces.all();
    out.choking_us = peer->choking_us;
    out.choked_by_us = peer->choked;
    out.interested_in_us = peer->interested_in_us;
    out.interesting = peer->interested;
    out.snubbed = peer->pipeline.snubbed();
    return out;
}

bool Swarm::expects_blocks(PeerKey key) const {
    const auto* peer = state_->peers.find(key);
    return state_->download && peer != nullptr && (peer->pipeline.size() > 0 || peer->owed > 0);
}

void Swarm::grant_allowed_fast(PeerKey key, const InfoHash& info_hash, std::uint32_t count) {
    if (auto* peer = state_->peers.find(key)) state_->upload.grant(*peer, info_hash, count);
}

}  // namespace bt::swarm
