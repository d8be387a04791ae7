// Download: what peers have, whether they serve us, and in time.
#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "swarm/download.hpp"

namespace bt::swarm {
namespace {

using wire::MessageId;

bool contains(const std::vector<PieceIndex>& pieces, PieceIndex piece) {
    return std::find(pieces.begin(), pieces.end(), piece) != pieces.end();
}

}  // namespace

void Download::on_disconnected(Peer& peer, TimePoint now) {
    const bool held = peer.pipeline.size() > 0;
    on_released(peer, now);
    give_back(peer);
    availability_.remove(peer.pieces);
    peer.closing = true;
    if (held) refill_all(now);
}

void Download::on_have(Peer& peer, PieceIndex piece, TimePoint now) {
    if (peer.pieces.get(piece)) return;
    if (peer.pieces.count() + 1 == peer.pieces.size()) {
        availability_.remove(peer.pieces);
        peer.pieces.set(piece);
        availability_.add(peer.pieces);  // as a seed
    } else {
        peer.pieces.set(piece);
        availability_.add(piece);
    }
    if (!manager_.needed().get(piece)) return;
    peer.starved_at = 0;
    ++peer.interesting;
    if (peer.interesting == 1) update_interest(peer, now);
}

void Download::on_pieces(Peer& peer, PieceSet pieces, TimePoint now) {
    availability_.remove(peer.pieces);
    peer.pieces = std::move(pieces);
    availability_.add(peer.pieces);
    peer.starved_at = 0;
    recount(peer);
    update_interest(peer, now);
}

void Download::recount(Peer& peer) {
    if (peer.pieces.all()) {
        peer.interesting = manager_.needed_count();
        return;
    }
    peer.interesting = 0;
    const auto& needed = manager_.needed().words();
    for (std::size_t w = 0; w < needed.size(); ++w) {
        peer.interesting +=
            static_cast<std::uint32_t>(std::popcount(needed[w] & peer.pieces.word(w)));
    }
}

void Download::update_interest(Peer& peer, TimePoint now) {
    const bool interested = peer.interesting > 0;
    if (interested == peer.interested) return;
    peer.interested = interested;
    peer.useful_at = now;
    outbox_.send(peer, interested ? MessageId::interested : MessageId::not_interested);
    if (interested && !peer.choking_us) refill(peer, now);
}

std::uint32_t Download::start_depth(const Peer& peer) const {
    // In a small torrent the first to unchoke us must not take it all.
    const auto interesting = static_cast<std::uint32_t>(
        std::count_if(peers_.all().begin(), peers_.all().end(),
                      [](const Peer* other) { return other->interested && !other->closing; }));
    const auto sharing = std::max(interesting, 1u);
    const auto blocks = (manager_.missing_bytes() + kBlockSize - 1) / kBlockSize;
    // Many at once only if it is little of what is left: what is asked for later can heed which
    // pieces have become rare, and who is fast.
    const auto bold = std::min<std::uint64_t>(kStartShared / sharing, blocks / kBoldShare);
    const auto most = std::max<std::uint64_t>(peer.pieces.all() ? kStartSeed : kStartLeech, bold);
    return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(blocks / sharing, 2, most));
}

void Download::on_choke(Peer& peer, TimePoint now) {
    if (peer.choking_us) return;
    peer.choking_us = true;
    peer.choked_at = now;
    peer.current.reset();
    auto& queue = peer.pipeline;
    queue.on_choke();
    picker_.wake();
    if (!peer.traits.fast) {
        give_back(peer);
        return;
    }
    // BEP 6: each request is still answered, by a reject or by the block. Others may have it now.
    for (std::uint32_t i = 0; i < queue.size(); ++i) {
        const auto& request = queue[i];
        if (contains(peer.allowed_fast, manager_.at(request.slot).piece)) continue;
        manager_.set_stalled(request.slot, request.block, peer.slot(), true);
    }
}

void Download::on_unchoke(Peer& peer, TimePoint now) {
    if (!peer.choking_us) return;
    const auto allowed = kMaxUnchokes + kUnchokesPerSecond * to_seconds(now - peer.connected_at);
    if (++peer.unchokes > allowed) {
        give_back(peer);
        outbox_.close(peer, CloseReason::protocol_error);
        return;
    }
    peer.choking_us = false;
    give_back_stalled(peer);
    peer.pipeline.on_unchoke(start_depth(peer), now);
    update(peer, now);
    peer.useful_at = now;
    peer.starved_at = 0;
    refill(peer, now);
}

void Download::on_allowed_fast(Peer& peer, PieceIndex piece, TimePoint now) {
    auto& pieces = peer.allowed_fast;
    if (pieces.size() >= kMaxFastPieces || contains(pieces, piece)) return;
    pieces.push_back(piece);
    if (!peer.choking_us) return;
    peer.pipeline.on_allowed_fast(start_depth(peer));
    refill(peer, now);
}

void Download::on_suggest(Peer& peer, PieceIndex piece) {
    if (peer.suggested.size() >= kMaxFastPieces || contains(peer.suggested, piece)) return;
    peer.suggested.push_back(piece);
}

// --- time ---

void Download::on_timeout(TimePoint now) {
    forgive_lateness(now);
    take_stock(now);
    picker_.on_tick();
    if (picker_.braked()) let_go(now);
    all_busy_ = false;
    if (manager_.gathered_bytes() > 0) rest(now);
    // Who helps whom depends on rates, which change.
    if (!manager_.partials().empty()) picker_.wake();
    for (auto* peer : peers_.all()) {
        if (peer->closing || (!peer->interested && peer->pipeline.size() == 0)) continue;
        if (peer->interesting == 0 && now - peer->connected_at > kSilentAboutPieces) {
            update_interest(*peer, now);
        }
        if (peer->traits.told_interest && peer->interested && peer->choking_us &&
            now - peer->connected_at > kRepeatInterest) {
            peer->traits.told_interest = false;
            outbox_.send(*peer, MessageId::interested);
        }
        if (peer->choking_us && peer->pipeline.size() == 0 && peer->allowed_fast.empty()) continue;
        update(*peer, now);
        check_deadlines(*peer, now);
        refill(*peer, now);
    }
    make_room(now);
    last_tick_ = now;
}

void Download::make_room(TimePoint now) {
    // Mute or choking for ever, they could take every connection there is.
    if (!slots_wanted_ || now - rotated_at_ < kRotation) return;
    Peer* longest = nullptr;
    for (auto* peer : peers_.all()) {
        if (peer->closing || peer->down.total() > 0 || !peer->choking_us || !peer->choked) continue;
        if (now - peer->connected_at < kGivesNothing) continue;
        if (longest == nullptr || peer->connected_at < longest->connected_at) longest = peer;
    }
    if (longest == nullptr) return;
    rotated_at_ = now;
    give_back(*longest);
    outbox_.close(*longest, CloseReason::useless);
}

void Download::let_go(TimePoint now) {
    // Pieces of which nobody is expected to send anything take the room of others.
    const auto partials = manager_.partials();
    for (const auto slot : partials) {
        const auto& open = manager_.at(slot);
        if (open.requested > 0 || open.held == 0) continue;
        if (now - open.touched < PiecePicker::kOrphanAge) continue;
        for (std::uint32_t b = 0; b < open.blocks.size(); ++b) {
            while (open.blocks[b].holders > 0)
                cancel(*peers_.at(open.blocks[b].holder[0]), slot, b);
        }
    }
}

void Download::rest(TimePoint now) {
    for (const auto slot : manager_.resting()) {
        if (now - manager_.at(slot).touched < kRest) return;
        put_by(slot);
    }
}

void Download::forgive_lateness(TimePoint now) {
    // While we did not look, peers could not be heard.
    const auto late = now - last_tick_ - kTick;
    if (last_tick_ == TimePoint{} || late < 5 * kTick) return;
    for (auto* peer : peers_.all())
        peer->pipeline.forgive(late);
}

void Download::take_stock(TimePoint now) {
    double total = 0;
    double logarithms = 0;
    std::uint32_t measured = 0;
    for (const auto* peer : peers_.all()) {
        if (peer->choking_us || !peer->interested) continue;
        if (peer->down.total() == 0) continue;
        ++measured;
        total += peer->down.smooth(now);
        logarithms += std::log(std::max(peer->pipeline.forecast(), 1.0));
    }
    // The middle of rates that differ by orders of magnitude.
    if (measured > 0) typical_rate_ = std::exp(logarithms / measured);
    constexpr double kFar = 3600;
    const double left = static_cast<double>(manager_.missing_bytes());
    remaining_ = from_seconds(total * kFar > left ? left / total : kFar);
}

void Download::update(Peer& peer, TimePoint now) {
    Conditions conditions;
    conditions.measured = peer.down.total() > 0;
    conditions.rate = peer.down.rate(now);
    conditions.smooth = peer.down.smooth(now);
    conditions.prior = typical_rate_;
    conditions.remaining = remaining_;
    peer.pipeline.update(conditions, now);
}

void Download::check_deadlines(Peer& peer, TimePoint now) {
    auto& queue = peer.pipeline;
    if (peer.held_since) return;
    if (queue.size() == 0) {
        peer.useful_at = now;
        return;
    }
    if (peer.choking_us && now - peer.choked_at > kRejectPatience) {
        give_back(peer);
        return;
    }
    if (queue.overdue(now)) {
        ++peer.kept_back;
        if (queue.snub(now)) {
            stall(peer);
        } else {
            for (std::uint32_t i = 0; i < queue.size(); ++i)
                lost(peer, queue[i]);
            give_back(peer);  // and it is asked for one block, to see
        }
    }
    while (queue.head_lost(now)) {
        lost(peer, queue[0]);
        ++peer.kept_back;
        manager_.unhold(queue[0].slot, queue[0].block, peer.slot());
        queue.on_lost();
        ++peer.owed;
        picker_.wake();
    }
    if (!peer.choking_us && slots_wanted_ && now - peer.useful_at > kUselessAfter) {
        give_back(peer);
        outbox_.close(peer, CloseReason::useless);
    }
}

}  // namespace bt::swarm
