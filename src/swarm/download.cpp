#include "swarm/download.hpp"

#include <algorithm>
#include <utility>

namespace bt::swarm {

using wire::MessageId;

Download::Download(PieceManager& manager, PeerTable& peers, Outbox& outbox,
                   const Settings& settings, Rng& rng)
    : manager_(manager),
      peers_(peers),
      outbox_(outbox),
      availability_(manager.layout().piece_count()),
      picker_(manager, availability_, peers, smart_ban_, settings, rng),
      gather_limit_(settings.buffer_limit_bytes / 4 * 3),
      endgame_(manager.layout().total_length()) {}

bool Download::endgame() const {
    return manager_.needed_count() > 0 && manager_.missing_bytes() > 0 && picker_.exhausted();
}

void Download::resume(PieceIndex piece, std::uint32_t bytes, const crypto::Sha1& hash) {
    if (manager_.layout().piece_size(piece) <= PieceManager::kWholePieceLimit) return;
    availability_.erase(piece);
    manager_.resume(piece, bytes, hash);
}

void Download::resume(PieceIndex piece, const ParkedBlocks& blocks) {
    if (blocks.empty()) return;
    availability_.erase(piece);
    submit(manager_.resume(piece, blocks));  // the last may have come when it ended
}

void Download::doubt(PieceIndex piece) {
    availability_.erase(piece);
    manager_.doubt(piece);
}

bool Download::settle(PieceIndex piece, bool there, TimePoint now) {
    if (!manager_.settle(piece, there)) return false;
    if (there) return true;
    picker_.offer(piece);
    picker_.wake();
    for (auto* peer : peers_.all()) {
        if (peer->closing || !peer->pieces.get(piece)) continue;
        ++peer->interesting;
        if (peer->interesting == 1) update_interest(*peer, now);
    }
    return true;
}

void Download::set_horizon(PieceIndex end, TimePoint now) {
    picker_.set_horizon(end);
    refill_all(now);
}

// --- requests ---

void Download::refill(Peer& peer, TimePoint now) {
    if (peer.closing || !peer.interested) return;
    if (peer.choking_us && peer.allowed_fast.empty()) return;
    auto room = peer.pipeline.room();
    if (rate_limit_ > 0) room = std::min(room, limited_room(peer));
    if (room == 0) return;
    room -= pick(peer, room, now);
    const bool in_vain = throttled(now) || picker_.disk_bound();
    if (room > 0 && peer.serving() && !in_vain) steal(peer, room, now);
}

void Download::refill_all(TimePoint now) {
    for (auto* peer : peers_.all())
        refill(*peer, now);
}

std::uint32_t Download::pick(Peer& peer, std::uint32_t room, TimePoint now) {
    std::uint32_t picked = 0;
    while (picked < room) {
        const auto slot = picker_.next(peer, now);
        if (slot == kNoPiece) break;
        if (too_late(peer, manager_.at(slot).piece)) {
            peer.current.reset();
            picker_.wake();
            break;
        }
        request(peer, slot, manager_.first_free(slot), now);
        ++picked;
    }
    counts_.wasted += picker_.take_dropped_bytes();
    return picked;
}

bool Download::too_late(const Peer& peer, PieceIndex piece) const {
    // It would be overtaken in the endgame, and what it sends be wasted.
    const auto& mine = peer.pipeline;
    if (mine.expected_next() <= 2 * remaining_ + Endgame::kMargin) return false;
    return std::any_of(peers_.all().begin(), peers_.all().end(), [&](const Peer* other) {
        return other->serving() && other->pieces.get(piece) &&
               other->pipeline.forecast() > kMuchFaster * mine.forecast();
    });
}

void Download::steal(Peer& peer, std::uint32_t room, TimePoint now) {
    // The search costs a look at every peer; what it finds changes slowly.
    if (peer.searched_at != TimePoint{} && now - peer.searched_at < kTick) return;
    if (peer.down.total() == 0) {
        // Whoever has not kept its first promise gets no more to promise.
        const auto held = peer.pipeline.size();
        room = std::min(room,
                        Endgame::kUnknownPeerBlocks - std::min(held, Endgame::kUnknownPeerBlocks));
    }
    while (room > 0) {
        const auto twice = picker_.exhausted() ? Endgame::Twice::yes
                           : picker_.stuck()   ? Endgame::Twice::overdue
                                               : Endgame::Twice::no;
        const auto theft = endgame_.find(peer, peers_, manager_, twice, now);
        if (!theft || !picker_.may_rescue(peer, manager_.at(theft->slot))) {
            peer.searched_at = now;
            return;
        }
        if (theft->overdue) {
            ++theft->victim->kept_back;
            manager_.lose(theft->slot, theft->victim->sender);
        }
        if (theft->move) cancel(*theft->victim, theft->slot, theft->block);
        if (theft->again) {
            endgame_.on_duplicate(kBlockSize);
            ++counts_.duplicates;
        }
        request(peer, theft->slot, theft->block, now);
        --room;
    }
}

void Download::request(Peer& peer, PieceSlot slot, std::uint32_t block, TimePoint now) {
    const auto& b = manager_.at(slot).blocks[block];
    // Nobody else was expected to send a free block: whoever still might is told not to.
    while (b.state == BlockState::free && b.holders > 0)
        cancel(*peers_.at(b.holder[0]), slot, block);
    manager_.hold(slot, block, peer.slot());
    peer.pipeline.push(slot, block, now);
    ++counts_.requests;
    counts_.deepest_queue = std::max(counts_.deepest_queue, peer.pipeline.size());
    outbox_.send(peer, MessageId::request, manager_.layout().block(manager_.at(slot).piece, block));
}

void Download::cancel(Peer& holder, PieceSlot slot, std::uint32_t block) {
    holder.pipeline.drop(slot, block);
    manager_.unhold(slot, block, holder.slot());
    ++holder.owed;
    // Without BEP 6, a choke has cancelled it already.
    if (holder.choking_us && !holder.traits.fast) return;
    ++counts_.cancels;
    outbox_.send(holder, MessageId::cancel,
                 manager_.layout().block(manager_.at(slot).piece, block));
}

void Download::give_back(Peer& peer) {
    auto& queue = peer.pipeline;
    if (queue.size() == 0) return;
    for (std::uint32_t i = 0; i < queue.size(); ++i)
        manager_.unhold(queue[i].slot, queue[i].block, peer.slot());
    peer.owed += queue.size();
    queue.clear();
    picker_.wake();
}

void Download::give_back_stalled(Peer& peer) {
    auto& queue = peer.pipeline;
    for (std::uint32_t i = queue.size(); i-- > 0;) {
        const auto request = queue[i];
        if (manager_.at(request.slot).blocks[request.block].state != BlockState::free) continue;
        queue.drop(request.slot, request.block);
        manager_.unhold(request.slot, request.block, peer.slot());
        ++peer.owed;
    }
}

void Download::stall(Peer& peer) {
    const auto& queue = peer.pipeline;
    for (std::uint32_t i = 0; i < queue.size(); ++i) {
        manager_.set_stalled(queue[i].slot, queue[i].block, peer.slot(), true);
        lost(peer, queue[i]);
    }
    peer.current.reset();
    picker_.wake();
}

void Download::reclaim(Peer& peer) {
    const auto& queue = peer.pipeline;
    for (std::uint32_t i = 0; i < queue.size(); ++i)
        manager_.set_stalled(queue[i].slot, queue[i].block, peer.slot(), false);
}

// --- blocks ---

void Download::on_block(Peer& peer, const BlockRequest& range, BlockBuffer data, TimePoint now) {
    if (!manager_.layout().contains(range) || !data) {
        give_back(peer);
        outbox_.close(peer, CloseReason::protocol_error);
        return;
    }
    const auto slot = manager_.find(range.piece);
    const auto block = range.begin / kBlockSize;
    const bool ours = range == manager_.layout().block(range.piece, block);
    const bool open = ours && slot != kNoPiece && !manager_.at(slot).verifying;
    std::optional<Request> request;
    if (open) request = peer.pipeline.answer(slot, block);
    if (!expects(peer, request, range.length)) return;
    const bool was_snubbed = peer.pipeline.snubbed();
    peer.pipeline.on_block(request, now);
    peer.useful_at = now;
    peer.rejected = 0;
    if (!open || manager_.at(slot).blocks[block].state == BlockState::received) {
        counts_.wasted += range.length;  // late: another was faster
    } else if (!welcome(slot, block, request.has_value())) {
        counts_.wasted += range.length;
        manager_.unhold(slot, block, peer.slot());
        picker_.wake();
    } else {
        store(peer, slot, block, std::move(data), now);
    }
    if (was_snubbed && !peer.pipeline.snubbed()) reclaim(peer);
    refill(peer, now);
}

bool Download::expects(Peer& peer, const std::optional<Request>& request, std::uint32_t length) {
    if (request) return true;
    if (peer.owed > 0) {  // asked for once, and given up
        --peer.owed;
        return true;
    }
    counts_.wasted += length;
    if (++peer.unsolicited > kMaxUnsolicited) {
        give_back(peer);
        outbox_.close(peer, CloseReason::protocol_error);
    }
    return false;
}

bool Download::welcome(PieceSlot slot, std::uint32_t block, bool held) const {
    // What is late is counted nowhere: when memory is short, only what lets something go stays.
    const auto& open = manager_.at(slot);
    const bool expected = open.blocks[block].state == BlockState::requested;
    if (expected ? !picker_.out_of_memory() : !picker_.short_of_memory()) return true;
    return PieceManager::in_next_run(open, block) && (held || manager_.in_runs());
}

void Download::store(Peer& peer, PieceSlot slot, std::uint32_t block, BlockBuffer data,
                     TimePoint now) {
    manager_.receive(slot, block, std::move(data), peer.sender, now);
    manager_.unhold(slot, block, peer.slot());
    const auto& b = manager_.at(slot).blocks[block];
    while (b.holders > 0)
        cancel(*peers_.at(b.holder[0]), slot, block);
    submit(slot);
    if (!all_busy_) relieve();
}

void Download::on_reject(Peer& peer, const BlockRequest& range, TimePoint now) {
    if (!manager_.layout().contains(range)) return;
    const auto slot = manager_.find(range.piece);
    const auto block = range.begin / kBlockSize;
    if (slot == kNoPiece || !peer.pipeline.drop(slot, block)) {
        if (peer.owed > 0) {
            --peer.owed;
        } else if (++peer.false_rejects > kMaxFalseRejects) {
            give_back(peer);
            outbox_.close(peer, CloseReason::protocol_error);
        }
        return;
    }
    manager_.unhold(slot, block, peer.slot());
    // It is asked again with the next tick, not at once: that could go round and round.
    peer.current.reset();
    picker_.wake();
    if (!peer.choking_us && ++peer.rejected > kMaxRejected && peer.pipeline.snub(now)) stall(peer);
}

}  // namespace bt::swarm
