#include "swarm/piece_manager.hpp"

#include <algorithm>
#include <utility>

namespace bt::swarm {
PieceManager::PieceManager(const metainfo::PieceLayout& layout, Bitfield have,
                           const Bitfield& wanted)
    : layout_(layout),
      have_(std::move(have)),
      needed_(layout.piece_count()),
      doubtful_(layout.piece_count()) {
    BT_ASSERT(have_.size() == layout.piece_count() && wanted.size() == layout.piece_count());
    for (PieceIndex i(0); i.value() < layout.piece_count(); ++i) {
        const auto size = layout.piece_size(i);
        if (have_.get(i)) {
            ++have_count_;
            have_bytes_ += size;
        } else if (wanted.get(i)) {
            needed_.set(i);
            ++needed_count_;
            needed_bytes_ += size;
        }
    }
    if (needed_count_ == 0) return;
    slots_.assign(layout.piece_count(), kNoPiece);
    in_runs_ = layout.piece_size(PieceIndex(0)) > kWholePieceLimit;
}

void PieceManager::doubt(PieceIndex piece) {
    BT_ASSERT(needed_.get(piece) && find(piece) == kNoPiece);
    const auto size = layout_.piece_size(piece);
    needed_.clear(piece);
    --needed_count_;
    needed_bytes_ -= size;
    doubtful_.set(piece);
    ++doubtful_count_;
    doubtful_bytes_ += size;
}

bool PieceManager::settle(PieceIndex piece, bool there) {
    if (!doubtful_.get(piece)) return false;
    const auto size = layout_.piece_size(piece);
    doubtful_.clear(piece);
    --doubtful_count_;
    doubtful_bytes_ -= size;
    (there ? have_ : needed_).set(piece);
    ++(there ? have_count_ : needed_count_);
    (there ? have_bytes_ : needed_bytes_) += size;
    return true;
}

PieceState PieceManager::state(PieceIndex piece) const {
    if (have_.get(piece)) return PieceState::have;
    const auto slot = find(piece);
    if (slot == kNoPiece) return PieceState::missing;
    return open_[slot].verifying ? PieceState::verifying : PieceState::open;
}

PieceSlot PieceManager::open(PieceIndex piece, PeerSlot owner, bool exclusive, TimePoint now) {
    BT_ASSERT(needed_.get(piece) && find(piece) == kNoPiece);
    if (unused_.empty()) {
        unused_.push_back(static_cast<PieceSlot>(open_.size()));
        open_.emplace_back();
    }
    const auto slot = unused_.back();
    unused_.pop_back();
    slots_[piece.value()] = slot;
    ++open_count_;

    auto& open = open_[slot];
    auto blocks = std::move(open.blocks);  // their memory is used again
    auto buffers = std::move(open.buffers);
    open = OpenPiece{};
    open.piece = piece;
    open.size = layout_.piece_size(piece);
    open.free = layout_.block_count(piece);
    open_blocks_ += open.free;
    open.owner = owner;
    open.exclusive = exclusive;
    open.touched = now;
    blocks.assign(open.free, Block{});
    buffers.resize(open.free);
    open.blocks = std::move(blocks);
    open.buffers = std::move(buffers);
    add_partial(slot);
    return slot;
}

void PieceManager::close(PieceSlot slot) {
    const auto& open = open_[slot];
    BT_ASSERT(!open.verifying && !open.busy && open.requested == 0);
    if (open.free > 0) remove_partial(slot);
    for (std::uint32_t b = 0; b < open.blocks.size(); ++b) {
        const auto& block = open.blocks[b];
        BT_ASSERT(block.holders == 0);
        if (block.state != BlockState::received) continue;
        received_bytes_ -= layout_.block(open.piece, b).length;
    }
    gathered_bytes_ -= open.gathered;
    retire(slot);
}

void PieceManager::retire(PieceSlot slot) {
    auto& open = open_[slot];
    open.buffers.clear();
    open_blocks_ -= open.blocks.size();
    slots_[open.piece.value()] = kNoPiece;
    --open_count_;
    unused_.push_back(slot);
}

std::uint32_t PieceManager::first_free(PieceSlot slot) {
    auto& open = open_[slot];
    BT_ASSERT(open.free > 0);
    while (open.blocks[open.first_free].state != BlockState::free)
        ++open.first_free;
    return open.first_free;
}

void PieceManager::hold(PieceSlot slot, std::uint32_t block, PeerSlot peer) {
    auto& open = open_[slot];
    auto& b = open.blocks[block];
    BT_ASSERT(b.holders < kMaxHolders && b.state != BlockState::received);
    const bool was_orphan = open.orphan();
    b.holder[b.holders++] = peer;
    ++open.held;
    update_held_state(slot, block);
    settle(open, was_orphan);
}

void PieceManager::unhold(PieceSlot slot, std::uint32_t block, PeerSlot peer) {
    auto& open = open_[slot];
    auto& b = open.blocks[block];
    for (std::uint8_t i = 0; i < b.holders; ++i) {
        if (b.holder[i] != peer) continue;
        const unsigned below = b.stalled & ((1u << i) - 1);
        const unsigned above = (static_cast<unsigned>(b.stalled) >> (i + 1)) << i;
        b.stalled = static_cast<std::uint8_t>(above | below);
        std::copy(b.holder.begin() + i + 1, b.holder.begin() + b.holders, b.holder.begin() + i);
        --b.holders;
        const bool was_orphan = open.orphan();
        --open.held;
        update_held_state(slot, block);
        settle(open, was_orphan);
        return;
    }
}

void PieceManager::set_stalled(PieceSlot slot, std::uint32_t block, PeerSlot peer, bool stalled) {
    auto& b = open_[slot].blocks[block];
    for (std::uint8_t i = 0; i < b.holders; ++i) {
        if (b.holder[i] != peer) continue;
        const auto bit = static_cast<std::uint8_t>(1u << i);
        b.stalled = static_cast<std::uint8_t>(stalled ? b.stalled | bit : b.stalled & ~bit);
        update_held_state(slot, block);
        return;
    }
}

void PieceManager::update_held_state(PieceSlot slot, std::uint32_t block) {
    auto& open = open_[slot];
    const auto& b = open.blocks[block];
    if (b.state == BlockState::received) return;
    const bool live = b.stalled != (1u << b.holders) - 1;
    set_state(open, slot, block, live ? BlockState::requested : BlockState::free);
}

void PieceManager::set_state(OpenPiece& open, PieceSlot slot, std::uint32_t block,
                             BlockState state) {
    auto& b = open.blocks[block];
    if (b.state == state) return;
    const auto counter = [&open](BlockState of) -> std::uint32_t& {
        switch (of) {
            case BlockState::free:
                return open.free;
            case BlockState::requested:
                return open.requested;
            default:
                return open.received;
        }
    };
    const bool was_partial = open.free > 0;
    --counter(b.state);
    ++counter(state);
    b.state = state;
    if (state == BlockState::free) open.first_free = std::min(open.first_free, block);
    if (was_partial != (open.free > 0)) was_partial ? remove_partial(slot) : add_partial(slot);
}

void PieceManager::settle(const OpenPiece& open, bool was_orphan) {
    if (was_orphan == open.orphan()) return;
    const auto cost = std::min(open.size, kWholePieceLimit);
    was_orphan ? committed_bytes_ += cost : committed_bytes_ -= cost;
}

void PieceManager::add_partial(PieceSlot slot) {
    open_[slot].partial_at = static_cast<std::uint32_t>(partials_.size());
    partials_.push_back(slot);
}

void PieceManager::remove_partial(PieceSlot slot) {
    const auto at = open_[slot].partial_at;
    partials_[at] = partials_.back();
    open_[partials_[at]].partial_at = at;
    partials_.pop_back();
}

void PieceManager::receive(PieceSlot slot, std::uint32_t block, BlockBuffer data, SenderId sender,
                           TimePoint now) {
    auto& open = open_[slot];
    auto& b = open.blocks[block];
    BT_ASSERT(b.state != BlockState::received && data);
    const bool was_orphan = open.orphan();
    set_state(open, slot, block, BlockState::received);
    settle(open, was_orphan);
    b.sender = sender;
    open.buffers[block] = std::move(data);
    open.touched = now;
    const auto length = std::min(kBlockSize, open.size - block * kBlockSize);
    open.gathered += length;
    gathered_bytes_ += length;
    received_bytes_ += length;
    advance(open);
}

void PieceManager::advance(OpenPiece& open) {
    while (open.contiguous < open.blocks.size() &&
           open.blocks[open.contiguous].state == BlockState::received) {
        ++open.contiguous;
    }
}

std::uint32_t PieceManager::discard(PieceSlot slot, std::uint32_t block) {
    auto& open = open_[slot];
    auto& b = open.blocks[block];
    BT_ASSERT(!open.verifying && b.state == BlockState::received && block >= open.submitted);
    BT_ASSERT(b.holders == 0);
    const bool was_orphan = open.orphan();
    set_state(open, slot, block, BlockState::free);
    settle(open, was_orphan);
    b.sender = kUnknownSender;
    open.contiguous = std::min(open.contiguous, block);
    const auto length = layout_.block(open.piece, block).length;
    received_bytes_ -= length;
    if (std::exchange(b.parked, false)) {
        open.given_up.push_back(block);
    } else {
        open.buffers[block].reset();
        open.gathered -= length;
        gathered_bytes_ -= length;
    }
    return length;
}

std::uint64_t PieceManager::discard_of(SenderId sender) {
    std::uint64_t bytes = 0;
    for (PieceSlot slot = 0; slot < open_.size(); ++slot) {
        const auto& open = open_[slot];
        if (find(open.piece) != slot || open.verifying) continue;
        for (auto b = open.submitted; b < open.blocks.size(); ++b) {
            const auto& block = open.blocks[b];
            if (block.state == BlockState::received && block.sender == sender)
                bytes += discard(slot, b);
        }
    }
    return bytes;
}

}  // namespace bt::swarm
