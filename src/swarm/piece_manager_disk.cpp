// PieceManager: what goes to the disk, and what comes back.
#include <algorithm>
#include <utility>

#include "swarm/piece_manager.hpp"

namespace bt::swarm {

void PieceManager::resume(PieceIndex piece, std::uint32_t bytes, const crypto::Sha1& hash) {
    const auto size = layout_.piece_size(piece);
    BT_ASSERT(size > kWholePieceLimit && bytes > 0 && bytes < size && bytes % kBlockSize == 0);
    const auto slot = open(piece, kNobody, false, TimePoint{});
    const auto count = bytes / kBlockSize;
    for (std::uint32_t b = 0; b < count; ++b)
        set_state(open_[slot], slot, b, BlockState::received);
    auto& open = open_[slot];
    open.contiguous = open.submitted = count;
    open.hash = hash;
    received_bytes_ += bytes;
}

PieceSlot PieceManager::resume(PieceIndex piece, const ParkedBlocks& blocks) {
    const auto known = find(piece);
    const auto slot = known != kNoPiece ? known : open(piece, kNobody, false, TimePoint{});
    auto& open = open_[slot];
    for (const auto& [b, mark] : blocks) {
        if (b < open.submitted) continue;
        const bool was_orphan = open.orphan();
        set_state(open, slot, b, BlockState::received);
        settle(open, was_orphan);
        open.blocks[b].parked = true;
        open.blocks[b].mark = mark;
        received_bytes_ += layout_.block(piece, b).length;
    }
    BT_ASSERT(open.received > 0);
    advance(open);
    return slot;
}

std::optional<WriteRun> PieceManager::next_run(PieceSlot slot, std::uint32_t least) {
    auto& open = open_[slot];
    const auto total = static_cast<std::uint32_t>(open.blocks.size());
    const bool whole = open.contiguous == total;
    if (open.busy || open.verifying) return std::nullopt;
    const bool in_runs = open.size > kWholePieceLimit;
    const auto ready = open.contiguous - open.submitted;
    if (!whole && (!in_runs || ready < least)) return std::nullopt;

    WriteRun run;
    const auto count = in_runs ? std::min(ready, kMaxRunBlocks) : ready;
    const auto first = open.buffers.begin() + open.submitted;
    run.blocks.assign(std::make_move_iterator(first), std::make_move_iterator(first + count));
    run.piece = open.piece;
    run.begin = open.submitted * kBlockSize;
    run.last = open.submitted + count == total;
    run.length = (run.last ? open.size : run.begin + count * kBlockSize) - run.begin;
    run.hash = open.hash;
    auto in_memory = run.length;
    for (std::uint32_t i = 0; i < count; ++i) {
        const auto& block = open.blocks[open.submitted + i];
        if (!block.parked) continue;
        in_memory -= std::min(kBlockSize, run.length - i * kBlockSize);
        run.parked.emplace(open.submitted + i, block.mark);
    }
    open.run_begin = std::exchange(open.submitted, open.submitted + count);
    open.busy = true;
    give_to_disk(open, in_memory);
    if (run.last) {
        open.verifying = true;
        committed_bytes_ -= std::min(open.size, kWholePieceLimit);
    }
    return run;
}

void PieceManager::give_to_disk(OpenPiece& open, std::uint32_t bytes) {
    open.gathered -= bytes;
    open.writing = bytes;
    gathered_bytes_ -= bytes;
    with_disk_bytes_ += bytes;
}

void PieceManager::take_back(OpenPiece& open) {
    with_disk_bytes_ -= std::exchange(open.writing, 0);
    open.busy = false;
}

void PieceManager::on_run_written(PieceSlot slot, const crypto::Sha1& hash) {
    auto& open = open_[slot];
    BT_ASSERT(!open.verifying && open.busy);
    take_back(open);
    open.hash = hash;
}

std::uint32_t PieceManager::on_altered(PieceSlot slot) {
    auto& open = open_[slot];
    BT_ASSERT(open.busy && open.run_begin < open.submitted);
    take_back(open);
    const bool counts = !std::exchange(open.verifying, false);
    const bool was_orphan = open.orphan();
    std::uint32_t bytes = 0;
    for (auto b = open.run_begin; b < open.submitted; ++b) {
        open.blocks[b].parked = false;
        open.blocks[b].sender = kUnknownSender;
        set_state(open, slot, b, BlockState::free);
        bytes += layout_.block(open.piece, b).length;
    }
    if (counts) settle(open, was_orphan);
    open.contiguous = open.submitted = open.run_begin;
    received_bytes_ -= bytes;
    return bytes;
}

std::vector<PieceSlot> PieceManager::resting() const {
    std::vector<PieceSlot> out;
    for (PieceSlot slot = 0; slot < open_.size(); ++slot) {
        const auto& open = open_[slot];
        if (open.gathered > 0 && !open.busy && find(open.piece) == slot) out.push_back(slot);
    }
    std::ranges::sort(out, {}, [this](PieceSlot slot) { return open_[slot].touched; });
    return out;
}

std::optional<ParkBlocks> PieceManager::next_park(PieceSlot slot) {
    auto& open = open_[slot];
    if (open.busy || open.verifying) return std::nullopt;
    if (open.gathered == 0 && open.given_up.empty()) return std::nullopt;
    ParkBlocks out;
    out.piece = open.piece;
    out.given_up = std::exchange(open.given_up, {});
    for (auto b = open.submitted; b < open.blocks.size(); ++b) {
        auto& block = open.blocks[b];
        if (block.state != BlockState::received || std::exchange(block.parked, true)) continue;
        out.blocks.push_back(b);
        out.buffers.push_back(std::move(open.buffers[b]));
    }
    open.busy = true;
    give_to_disk(open, open.gathered);
    return out;
}

void PieceManager::on_parked(PieceSlot slot, const std::vector<std::uint32_t>& blocks,
                             const std::vector<std::uint32_t>& marks) {
    auto& open = open_[slot];
    BT_ASSERT(!open.verifying && open.busy && marks.size() == blocks.size());
    take_back(open);
    // One that was given up meanwhile, and perhaps came again, is not what lies there.
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        auto& block = open.blocks[blocks[i]];
        if (block.parked) block.mark = marks[i];
    }
}

std::vector<SenderId> PieceManager::senders(PieceSlot slot) const {
    std::vector<SenderId> out;
    out.reserve(open_[slot].blocks.size());
    for (const auto& block : open_[slot].blocks)
        out.push_back(block.sender);
    return out;
}

void PieceManager::on_verified(PieceSlot slot) {
    auto& open = open_[slot];
    BT_ASSERT(open.verifying);
    take_back(open);
    received_bytes_ -= open.size;
    have_.set(open.piece);
    needed_.clear(open.piece);
    ++have_count_;
    --needed_count_;
    have_bytes_ += open.size;
    needed_bytes_ -= open.size;
    retire(slot);
}

void PieceManager::on_failed(PieceSlot slot) {
    auto& open = open_[slot];
    BT_ASSERT(open.verifying);
    take_back(open);
    received_bytes_ -= open.size;
    retire(slot);
}

}  // namespace bt::swarm
