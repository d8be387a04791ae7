// OpenPiece: a piece whose blocks are being gathered, or being verified. Plain data of
// PieceManager.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "bt/core/block.hpp"
#include "bt/core/ids.hpp"
#include "bt/core/time.hpp"
#include "bt/crypto/sha1.hpp"

namespace bt::swarm {

/// Peers that a block may be outstanding at: two in endgame, three for the very last blocks.
inline constexpr std::uint8_t kMaxHolders = 3;

/// Names a peer connection within the swarm, dense and reused; PeerKey::slot in fewer bits.
using PeerSlot = std::uint16_t;
inline constexpr PeerSlot kNobody = 0xffff;
/// Names an open piece, dense and reused.
using PieceSlot = std::uint32_t;
inline constexpr PieceSlot kNoPiece = 0xffffffff;
/// Names a connection for ever: who sent a block stays known when its slot is somebody else's.
using SenderId = std::uint32_t;
/// Of a block that was there before this run.
inline constexpr SenderId kUnknownSender = 0;

enum class BlockState : std::uint8_t {
    free,       // nobody is expected to send it; stalled holders may
    requested,  // outstanding at one peer at least that is not stalled
    received,
};

struct Block {
    SenderId sender = kUnknownSender;  // once received
    std::array<PeerSlot, kMaxHolders> holder{};
    std::uint8_t holders = 0;
    std::uint8_t stalled = 0;  // bit i: holder[i] is snubbed or chokes us
    BlockState state = BlockState::free;
    bool parked = false;     // received, and on disk or on its way there, unverified
    std::uint32_t mark = 0;  // of a parked one: the beginning of its SHA-1
};

struct OpenPiece {
    PieceIndex piece;
    std::uint32_t size = 0;             // bytes
    std::uint32_t free = 0;             // blocks in that state
    std::uint32_t requested = 0;        // blocks in that state
    std::uint32_t received = 0;         // blocks in that state
    std::uint32_t held = 0;             // holders of all its blocks, stalled ones included
    std::uint32_t first_free = 0;       // no block before it is free
    std::uint32_t contiguous = 0;       // all blocks before it are received
    std::uint32_t submitted = 0;        // blocks handed to the disk in runs
    std::uint32_t run_begin = 0;        // of those, where the last run begins
    std::uint32_t gathered = 0;         // bytes of blocks that are in memory, and not with the disk
    std::uint32_t writing = 0;          // bytes of blocks that are in memory, and with the disk
    std::uint32_t partial_at = 0;       // position in PieceManager::partials(), while free > 0
    PeerSlot owner = kNobody;           // who opened it
    bool verifying = false;             // all blocks are with the disk
    bool busy = false;                  // a run of it is with the disk, or blocks to be parked
    bool exclusive = false;             // suspect: to come from its owner alone
    SenderId lost_by = kUnknownSender;  // who last kept back a block of it
    TimePoint touched{};                // when a block last came, or it was opened
    crypto::Sha1 hash;                  // of the blocks that have been written
    std::vector<Block> blocks;
    std::vector<BlockBuffer> buffers;
    std::vector<std::uint32_t> given_up;  // parked blocks, since the disk was told of any

    /// Begun, and nobody has been asked for the rest: it does not grow.
    [[nodiscard]] bool orphan() const { return held == 0 && free > 0; }
};

}  // namespace bt::swarm
