// PieceManager: what state every piece is in, who has been asked for which block, and the blocks of
// open pieces until the disk has them: in memory, or parked at their place, where they are read
// from again when those before them are there.
//
// Invariants
//  - A piece is missing, open, verifying or have.
//  - A block is requested if and only if it has a holder that is not stalled, and is not received.
//  - A piece is in partials() if and only if it has free blocks.
//  - A piece is committed if and only if a block of it is held or all are there, and it is not
//  verifying.
//  - buffered_bytes() counts every block in memory: gathered_bytes(), and those with the disk.
//  - A piece has one thing with the disk at most: a run, or blocks to be parked.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "bt/core/bitfield.hpp"
#include "bt/metainfo/layout.hpp"
#include "bt/swarm/action.hpp"
#include "swarm/open_piece.hpp"

namespace bt::swarm {

enum class PieceState : std::uint8_t { missing, open, verifying, have };

class PieceManager {
public:
    /// Pieces up to this many bytes are verified before they are written, but for parked blocks.
    static constexpr std::uint32_t kWholePieceLimit = 1u << 20;
    /// Larger ones are written in runs of this many blocks.
    static constexpr std::uint32_t kMinRunBlocks = 32;
    static constexpr std::uint32_t kMaxRunBlocks = 64;

    PieceManager(const metainfo::PieceLayout& layout, Bitfield have, const Bitfield& wanted);

    [[nodiscard]] const metainfo::PieceLayout& layout() const { return layout_; }
    [[nodiscard]] const Bitfield& have() const { return have_; }
    [[nodiscard]] std::uint32_t have_count() const { return have_count_; }
    /// Wanted and not there yet, doubtful ones left out.
    [[nodiscard]] const Bitfield& needed() const { return needed_; }
    [[nodiscard]] std::uint32_t needed_count() const { return needed_count_; }
    [[nodiscard]] std::uint64_t needed_bytes() const { return needed_bytes_; }
    [[nodiscard]] std::uint64_t have_bytes() const { return have_bytes_; }
    /// Wanted, and perhaps on disk.
    [[nodiscard]] std::uint32_t doubtful_count() const { return doubtful_count_; }
    [[nodiscard]] std::uint64_t doubtful_bytes() const { return doubtful_bytes_; }
    [[nodiscard]] PieceState state(PieceIndex piece) const;

    /// The slot of an open or verifying piece, else kNoPiece.
    [[nodiscard]] PieceSlot find(PieceIndex piece) const {
        return slots_.empty() ? kNoPiece : slots_[piece.value()];
    }
    [[nodiscard]] const OpenPiece& at(PieceSlot slot) const { return open_[slot]; }
    /// Open pieces with free blocks, in no order.
    [[nodiscard]] const std::vector<PieceSlot>& partials() const { return partials_; }
    [[nodiscard]] std::uint32_t open_count() const { return open_count_; }
    /// Bytes that open pieces can come to hold, orphans left out. Of one that is written in runs it
    /// is only the run: how far ahead of that it is filled, the picker decides.
    [[nodiscard]] std::uint64_t committed_bytes() const { return committed_bytes_; }
    /// Blocks of open and verifying pieces, whether they have come or not.
    [[nodiscard]] std::uint64_t open_blocks() const { return open_blocks_; }
    [[nodiscard]] std::uint64_t buffered_bytes() const {
        return gathered_bytes_ + with_disk_bytes_;
    }
    /// Of those, bytes that the disk has not been given.
    [[nodiscard]] std::uint64_t gathered_bytes() const { return gathered_bytes_; }
    /// Pieces are written in runs.
    [[nodiscard]] bool in_runs() const { return in_runs_; }
    /// The block belongs to the run that is to be written next: with these there, all that has been
    /// gathered can leave for the disk.
    [[nodiscard]] static bool in_next_run(const OpenPiece& open, std::uint32_t block) {
        return open.size <= kWholePieceLimit || block < open.submitted + kMinRunBlocks;
    }
    /// Bytes of needed pieces that have not been received.
    [[nodiscard]] std::uint64_t missing_bytes() const { return needed_bytes_ - received_bytes_; }

    /// A missing piece may be on disk: it is not needed until settle() says so.
    void doubt(PieceIndex piece);
    /// False if the piece was not doubtful.
    bool settle(PieceIndex piece, bool there);
    /// A missing piece begins to be gathered.
    PieceSlot open(PieceIndex piece, PeerSlot owner, bool exclusive, TimePoint now);
    /// A missing large piece whose first `bytes` are on disk is open, with nobody at work on it.
    void resume(PieceIndex piece, std::uint32_t bytes, const crypto::Sha1& hash);
    void adopt(PieceSlot slot, PeerSlot owner) { open_[slot].owner = owner; }
    /// These blocks of a missing piece, or of one with a prefix, are parked; one at least.
    PieceSlot resume(PieceIndex piece, const ParkedBlocks& blocks);
    /// Forgets what has been received; nothing may be with the disk, nor any block held.
    void close(PieceSlot slot);

    /// The first free block. There must be one.
    [[nodiscard]] std::uint32_t first_free(PieceSlot slot);
    void hold(PieceSlot slot, std::uint32_t block, PeerSlot peer);
    void unhold(PieceSlot slot, std::uint32_t block, PeerSlot peer);
    /// Whether `peer`, who holds the block, can be expected to send it.
    void set_stalled(PieceSlot slot, std::uint32_t block, PeerSlot peer, bool stalled);

    /// A block has come that had not been received. Its holders stay to be dealt with.
    void receive(PieceSlot slot, std::uint32_t block, BlockBuffer data, SenderId sender,
                 TimePoint now);
    /// Gives up a received block that has not gone to the disk in a run. Returns its bytes.
    std::uint32_t discard(PieceSlot slot, std::uint32_t block);
    /// The same for all that `sender` has sent. Returns their bytes.
    std::uint64_t discard_of(SenderId sender);
    /// `sender` did not send what it was asked for of this piece.
    void lose(PieceSlot slot, SenderId sender) { open_[slot].lost_by = sender; }
    /// What can be handed to the disk now. A piece that is written in runs waits for `least` blocks
    /// of one, above 0, unless it ends there.
    [[nodiscard]] std::optional<WriteRun> next_run(PieceSlot slot,
                                                   std::uint32_t least = kMinRunBlocks);
    void on_run_written(PieceSlot slot, const crypto::Sha1& hash);
    /// The run with the disk could not be hashed, and is to be fetched again. Returns its bytes.
    std::uint32_t on_altered(PieceSlot slot);
    /// Open pieces with blocks in memory and nothing with the disk, the longest untouched first.
    [[nodiscard]] std::vector<PieceSlot> resting() const;
    /// All that has been gathered of an open piece, to be parked, and what has been given up since.
    /// None if neither, or if something is with the disk.
    [[nodiscard]] std::optional<ParkBlocks> next_park(PieceSlot slot);
    void on_parked(PieceSlot slot, const std::vector<std::uint32_t>& blocks,
                   const std::vector<std::uint32_t>& marks);
    /// Who sent each block.
    [[nodiscard]] std::vector<SenderId> senders(PieceSlot slot) const;
    /// The outcome of a verifying piece. Frees the slot.
    void on_verified(PieceSlot slot);
    void on_failed(PieceSlot slot);

private:
    void retire(PieceSlot slot);
    void set_state(OpenPiece& open, PieceSlot slot, std::uint32_t block, BlockState state);
    void update_held_state(PieceSlot slot, std::uint32_t block);
    void add_partial(PieceSlot slot);
    void remove_partial(PieceSlot slot);
    void settle(const OpenPiece& open, bool was_orphan);
    void advance(OpenPiece& open);
    void give_to_disk(OpenPiece& open, std::uint32_t bytes);
    void take_back(OpenPiece& open);

    metainfo::PieceLayout layout_;
    Bitfield have_;
    Bitfield needed_;
    Bitfield doubtful_;
    std::uint32_t have_count_ = 0;
    std::uint32_t needed_count_ = 0;
    std::uint32_t doubtful_count_ = 0;
    std::uint64_t have_bytes_ = 0;
    std::uint64_t doubtful_bytes_ = 0;
    std::uint64_t needed_bytes_ = 0;
    std::uint64_t received_bytes_ = 0;
    std::vector<PieceSlot> slots_;  // of each piece; empty when nothing is needed
    std::vector<OpenPiece> open_;
    std::vector<PieceSlot> unused_;
    std::vector<PieceSlot> partials_;
    std::uint32_t open_count_ = 0;
    std::uint64_t committed_bytes_ = 0;
    std::uint64_t open_blocks_ = 0;
    std::uint64_t gathered_bytes_ = 0;
    std::uint64_t with_disk_bytes_ = 0;
    bool in_runs_ = false;
};

}  // namespace bt::swarm
