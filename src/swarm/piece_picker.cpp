#include "swarm/piece_picker.hpp"

#include <algorithm>
#include <utility>

namespace bt::swarm {
namespace {

/// The part of the memory that may be full before this peer is asked for no more.
std::uint64_t share_of(const Peer& peer) {
    return peer.keeps_back() ? 2 : 1;
}

}  // namespace

PiecePicker::PiecePicker(PieceManager& manager, Availability& availability, const PeerTable& peers,
                         const SmartBan& smart_ban, const Settings& settings, Rng& rng)
    : manager_(manager),
      availability_(availability),
      peers_(peers),
      smart_ban_(smart_ban),
      settings_(settings),
      rng_(rng),
      horizon_(manager.layout().piece_count()),
      withheld_(manager.layout().piece_count()) {
    const auto& needed = manager.needed();
    for (PieceIndex i(0); i.value() < needed.size(); ++i) {
        if (needed.get(i)) availability_.insert(i);
    }
}

PieceSlot PiecePicker::next(Peer& peer, TimePoint now) {
    if (peer.current) {
        const auto slot = manager_.find(*peer.current);
        if (slot != kNoPiece && manager_.at(slot).free > 0 && may_join(peer, manager_.at(slot)) &&
            !peer.choking_us && may_grow(peer, slot)) {
            return slot;
        }
    }
    if (peer.choking_us) return allowed_fast(peer, now);
    if (peer.starved_at == epoch_) return kNoPiece;
    const auto slot = search(peer, now);
    if (slot == kNoPiece) {
        peer.starved_at = epoch_;
        peer.current.reset();
        return kNoPiece;
    }
    peer.current = manager_.at(slot).piece;
    return slot;
}

PieceSlot PiecePicker::search(Peer& peer, TimePoint now) {
    if (!suspects_.empty()) {
        if (const auto slot = suspect(peer, now); slot != kNoPiece) return slot;
    }
    if (const auto slot = left_behind(peer); slot != kNoPiece) return slot;
    if (!peer.suggested.empty()) {
        if (const auto slot = suggested(peer, now); slot != kNoPiece) return slot;
    }
    if (const auto slot = open_new(peer, now); slot != kNoPiece) return slot;
    return help(peer);
}

void PiecePicker::offer(PieceIndex piece) {
    if (!beyond_horizon(piece)) return availability_.insert(piece);
    if (withheld_.get(piece)) return;
    withheld_.set(piece);
    ++withheld_count_;
}

void PiecePicker::set_horizon(PieceIndex end) {
    const auto count = manager_.layout().piece_count();
    const auto to = std::min(end.value(), count);
    if (!std::exchange(has_horizon_, true)) {
        horizon_ = to;
        for (PieceIndex i(to); i.value() < count; ++i) {
            if (!availability_.contains(i)) continue;
            availability_.erase(i);
            offer(i);
        }
        return;
    }
    for (; horizon_ < to; ++horizon_) {
        const PieceIndex piece(horizon_);
        if (!withheld_.get(piece)) continue;
        withheld_.clear(piece);
        --withheld_count_;
        availability_.insert(piece);
    }
    wake();
}

bool PiecePicker::may_join(const Peer& peer, const OpenPiece& open) const {
    if (beyond_horizon(open.piece)) return false;
    if (!peer.pieces.get(open.piece)) return false;
    if (!may_rescue(peer, open)) return false;
    return !open.exclusive || open.owner == peer.slot() || !owner_at_work(open, peer);
}

void PiecePicker::on_tick() {
    reliable_.clear();
    for (const auto* peer : peers_.all()) {
        if (peer->reliable()) reliable_.push_back(peer->slot());
    }
}

bool PiecePicker::may_rescue(const Peer& peer, const OpenPiece& open) const {
    if (open.lost_by == kUnknownSender || peer.reliable()) return true;
    return !others_serve(peer, open.piece);
}

bool PiecePicker::others_serve(const Peer& peer, PieceIndex piece) const {
    return std::any_of(reliable_.begin(), reliable_.end(), [&](PeerSlot slot) {
        const auto* other = peers_.at(slot);
        return other != nullptr && other != &peer && other->reliable() && other->pieces.get(piece);
    });
}

bool PiecePicker::may_grow(const Peer& peer, PieceSlot slot) {
    const auto& open = manager_.at(slot);
    if (open.size <= PieceManager::kWholePieceLimit || !short_of_memory(share_of(peer)))
        return true;
    if (!open.busy && PieceManager::in_next_run(open, manager_.first_free(slot))) {
        return true;
    }
    braked_ = true;
    return false;
}

bool PiecePicker::owner_at_work(const OpenPiece& open, const Peer& asking) const {
    if (open.owner == asking.slot()) return false;
    const auto* owner = peers_.at(open.owner);
    return owner != nullptr && owner->serving() && owner->current == open.piece;
}

bool PiecePicker::slow(const Peer& peer, std::uint32_t bytes) const {
    return peer.proven && peer.pipeline.forecast() * kOwnPieceSeconds < bytes;
}

PieceSlot PiecePicker::left_behind(const Peer& peer) {
    PieceSlot best = kNoPiece;
    bool best_abandoned = false;
    for (const auto slot : manager_.partials()) {
        const auto& open = manager_.at(slot);
        if (!may_join(peer, open)) continue;
        const bool abandoned = !owner_at_work(open, peer);
        if (!abandoned) {
            const bool share = slow(peer, open.size) && slow(*peers_.at(open.owner), open.size);
            if (!share || best_abandoned) continue;
        }
        const auto better = [&] {
            if (best == kNoPiece || abandoned != best_abandoned) return true;
            const auto& other = manager_.at(best);
            if (settings_.sequential) return open.piece < other.piece;
            return open.free < other.free;
        };
        if (!better() || !may_grow(peer, slot)) continue;
        best = slot;
        best_abandoned = abandoned;
    }
    return best;
}

PieceSlot PiecePicker::help(const Peer& peer) {
    // Where it takes the longest to come to the last block, if we are there sooner.
    PieceSlot best = kNoPiece;
    double longest = to_seconds(peer.pipeline.expected_next());
    for (const auto slot : manager_.partials()) {
        const auto& open = manager_.at(slot);
        if (!may_join(peer, open)) continue;
        const auto* owner = peers_.at(open.owner);
        const double rate = owner != nullptr ? owner->pipeline.forecast() : 0;
        const double left = double{kBlockSize} * open.free / std::max(rate, 1.0);
        if (left <= longest || !may_grow(peer, slot)) continue;
        longest = left;
        best = slot;
    }
    return best;
}

PieceSlot PiecePicker::suspect(Peer& peer, TimePoint now) {
    for (std::size_t i = 0; i < suspects_.size(); ++i) {
        const auto piece = suspects_[i];
        if (!peer.pieces.get(piece) || beyond_horizon(piece)) continue;
        // Those who had a part in the failure come last: any of them may have spoiled it.
        if (smart_ban_.involved(piece, peer.sender) && others_are_clean(piece)) continue;
        if (!room(peer, now)) return kNoPiece;
        suspects_[i] = suspects_.back();
        suspects_.pop_back();
        return open(peer, piece, smart_ban_.suspect(piece), now);
    }
    return kNoPiece;
}

bool PiecePicker::others_are_clean(PieceIndex piece) const {
    return std::any_of(peers_.all().begin(), peers_.all().end(), [&](const Peer* other) {
        return other->serving() && other->pieces.get(piece) &&
               !smart_ban_.involved(piece, other->sender);
    });
}

PieceSlot PiecePicker::suggested(Peer& peer, TimePoint now) {
    while (!peer.suggested.empty()) {
        const auto piece = peer.suggested.back();
        peer.suggested.pop_back();
        if (!availability_.contains(piece) || !peer.pieces.get(piece)) continue;
        return room(peer, now) ? open(peer, piece, false, now) : kNoPiece;
    }
    return kNoPiece;
}

PieceSlot PiecePicker::allowed_fast(Peer& peer, TimePoint now) {
    for (const auto piece : peer.allowed_fast) {
        if (!peer.pieces.get(piece) || !manager_.needed().get(piece)) continue;
        const auto slot = manager_.find(piece);
        if (slot != kNoPiece) {
            if (manager_.at(slot).free > 0 && may_join(peer, manager_.at(slot)) &&
                may_grow(peer, slot))
                return slot;
        } else if (availability_.contains(piece) && room(peer, now)) {
            return open(peer, piece, false, now);
        }
    }
    return kNoPiece;
}

PieceSlot PiecePicker::open_new(Peer& peer, TimePoint now) {
    if (availability_.candidates() == 0 || !room(peer, now)) return kNoPiece;
    const auto piece = choose(peer, now);
    if (!piece) return kNoPiece;
    const std::uint64_t size = manager_.layout().piece_size(*piece);
    const bool adjacent = peer.latest && piece->value() == peer.latest->value() + 1;
    if (!adjacent) {
        peer.run_left = std::min(
            kMaxRunBytes, static_cast<std::uint64_t>(peer.pipeline.forecast() * kRunSeconds));
    }
    peer.run_left -= std::min(peer.run_left, size);
    return open(peer, *piece, false, now);
}

std::optional<PieceIndex> PiecePicker::choose(Peer& peer, TimePoint now) {
    if (settings_.sequential) return availability_.first(peer.pieces);
    const bool only_seeds = availability_.seeds() == peers_.all().size();
    if (manager_.have_count() < kRandomPieces && !only_seeds) {
        return availability_.any(peer.pieces, rng_);
    }
    if (peer.latest && peer.latest->value() + 1 < manager_.layout().piece_count()) {
        const PieceIndex beside(peer.latest->value() + 1);
        const bool as_rare = availability_.count(beside) <= availability_.count(*peer.latest);
        if (as_rare && availability_.contains(beside) && peer.pieces.get(beside) &&
            peer.run_left >= manager_.layout().piece_size(beside)) {
            return beside;
        }
    }
    return availability_.rarest(peer.pieces, rng_, now);
}

bool PiecePicker::room(const Peer& peer, TimePoint now) {
    const auto share = share_of(peer);
    if (manager_.open_blocks() >= kMaxOpenBlocks) drop_orphan(now);
    const bool full = short_of_memory(share) ||
                      share * manager_.committed_bytes() >= settings_.open_limit_bytes ||
                      manager_.open_blocks() >= kMaxOpenBlocks;
    braked_ = full && manager_.open_count() > 0;  // a piece can be larger than the limits
    return !braked_;
}

void PiecePicker::drop_orphan(TimePoint now) {
    PieceSlot oldest = kNoPiece;
    for (const auto slot : manager_.partials()) {
        const auto& open = manager_.at(slot);
        if (!open.orphan() || open.busy || now - open.touched < kOrphanAge) continue;
        if (oldest == kNoPiece || open.touched < manager_.at(oldest).touched) oldest = slot;
    }
    if (oldest == kNoPiece) return;
    const auto& open = manager_.at(oldest);
    for (std::uint32_t b = 0; b < open.blocks.size(); ++b) {
        if (open.blocks[b].state == BlockState::received)
            dropped_bytes_ += manager_.layout().block(open.piece, b).length;
    }
    offer(open.piece);
    manager_.close(oldest);
}

PieceSlot PiecePicker::open(Peer& peer, PieceIndex piece, bool exclusive, TimePoint now) {
    availability_.erase(piece);
    peer.latest = piece;
    return manager_.open(piece, peer.slot(), exclusive, now);
}

void PiecePicker::on_failed(PieceIndex piece) {
    if (smart_ban_.suspect(piece)) {
        suspects_.push_back(piece);
    } else {
        offer(piece);
    }
    wake();
}

}  // namespace bt::swarm
