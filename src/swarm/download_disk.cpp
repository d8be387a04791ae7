// Download: what goes to the disk, and what it says of it.
#include <utility>

#include "swarm/download.hpp"

namespace bt::swarm {

void Download::submit(PieceSlot slot, std::uint32_t least) {
    auto run = manager_.next_run(slot, least);
    if (run) {
        run->want_digests = smart_ban_.suspect(run->piece);
        outbox_.push(std::move(*run));
    } else if (!manager_.at(slot).given_up.empty()) {
        park(slot);
    }
}

void Download::park(PieceSlot slot) {
    auto blocks = manager_.next_park(slot);
    if (!blocks) return;
    counts_.parked += manager_.at(slot).writing;
    outbox_.push(std::move(*blocks));
}

void Download::put_by(PieceSlot slot) {
    // A short run costs less than blocks that have to be read again.
    const auto& open = manager_.at(slot);
    const auto next = (open.contiguous - open.submitted) * kBlockSize;
    if (open.size > PieceManager::kWholePieceLimit && 2 * next >= open.gathered) {
        submit(slot, 1);
    } else {
        park(slot);
    }
}

void Download::put_by() {
    for (const auto slot : manager_.resting())
        park(slot);
}

void Download::relieve() {
    all_busy_ = false;
    if (manager_.gathered_bytes() < gather_limit_) return;
    for (const auto slot : manager_.resting()) {
        if (manager_.gathered_bytes() < gather_limit_ / 2) return;
        put_by(slot);
    }
    all_busy_ = manager_.gathered_bytes() >= gather_limit_;
}

void Download::on_room(TimePoint now) {
    relieve();
    if (!picker_.braked()) return;
    picker_.wake();
    refill_all(now);
}

void Download::on_run_written(PieceIndex piece, const crypto::Sha1& hash, TimePoint now) {
    const auto slot = manager_.find(piece);
    if (slot == kNoPiece || !manager_.at(slot).busy || manager_.at(slot).verifying) return;
    manager_.on_run_written(slot, hash);
    submit(slot);
    on_room(now);
}

void Download::on_parked(PieceIndex piece, const std::vector<std::uint32_t>& blocks,
                         const std::vector<std::uint32_t>& marks, TimePoint now) {
    const auto slot = manager_.find(piece);
    if (slot == kNoPiece || !manager_.at(slot).busy || manager_.at(slot).verifying) return;
    manager_.on_parked(slot, blocks, marks);
    submit(slot);
    on_room(now);
}

bool Download::on_verified(PieceIndex piece, std::span<const Sha1Digest> digests, TimePoint now) {
    const auto slot = manager_.find(piece);
    if (slot == kNoPiece || !manager_.at(slot).verifying) return false;
    if (auto* owner = peers_.at(manager_.at(slot).owner)) owner->proven = true;
    manager_.on_verified(slot);
    if (smart_ban_.suspect(piece)) convict(smart_ban_.on_verified(piece, digests));
    for (auto* peer : peers_.all()) {
        if (!peer->pieces.get(piece)) continue;
        --peer->interesting;
        if (peer->interesting == 0) update_interest(*peer, now);
    }
    on_room(now);
    return true;
}

void Download::on_failed(PieceIndex piece, std::span<const Sha1Digest> digests, TimePoint now) {
    const auto slot = manager_.find(piece);
    if (slot == kNoPiece || !manager_.at(slot).verifying) return;
    const auto senders = manager_.senders(slot);
    ++counts_.hash_failures;
    counts_.wasted += manager_.at(slot).size;
    manager_.on_failed(slot);
    convict(smart_ban_.on_failed(piece, digests, senders));
    picker_.on_failed(piece);
    all_busy_ = false;
    refill_all(now);
}

void Download::on_altered(PieceIndex piece, TimePoint now) {
    const auto slot = manager_.find(piece);
    if (slot == kNoPiece || !manager_.at(slot).busy) return;
    counts_.wasted += manager_.on_altered(slot);
    all_busy_ = false;
    picker_.wake();
    refill_all(now);
}

void Download::convict(const std::vector<SenderId>& liars) {
    for (const auto liar : liars) {
        // What else it has sent would only fail later.
        counts_.wasted += manager_.discard_of(liar);
        picker_.wake();
        if (auto* peer = peers_.find(liar)) {
            give_back(*peer);
            outbox_.close(*peer, CloseReason::bad_data, true);
        } else if (const auto address = peers_.gone(liar)) {
            outbox_.push(BanAddress{*address});
        }
    }
}

}  // namespace bt::swarm
