// Endgame: what a peer that has nothing to pick can take over from others.
//
// A block far back in a slower peer's queue is moved: the slow one is sent a cancel before it comes
// to it, so nothing arrives twice. When every block has been asked for (the endgame proper), a
// block about to come can be asked for a second time if it would come clearly sooner; the copy
// that loses is cancelled. A block that has all the holders it may have changes hands: the latest
// of them loses it.
//
// Asking twice has a budget. When it is spent, a block that is long overdue still changes hands, so
// that the end is never stuck. The same goes before the end, when memory is full of blocks that
// wait for one that does not come.
#pragma once

#include <cstdint>
#include <optional>

#include "swarm/peer_table.hpp"
#include "swarm/piece_manager.hpp"

namespace bt::swarm {

class Endgame {
public:
    static constexpr std::uint8_t kEndgameHolders = 2;
    static constexpr std::uint32_t kLastBlocks = 16;  // these may have kMaxHolders
    /// How much sooner a block must come to be worth asking for again.
    static constexpr Duration kMargin = std::chrono::milliseconds(250);
    /// A piece that is to come from one peer is left to it a little longer.
    static constexpr Duration kExclusiveMargin = std::chrono::seconds(2);
    /// Requests looked at from the end of a queue.
    static constexpr std::size_t kLookBack = 32;
    static constexpr std::uint64_t kMinDuplicateBytes = 4u << 20;
    /// Blocks that a peer may take over before it has ever sent one.
    static constexpr std::uint32_t kUnknownPeerBlocks = 2;

    struct Theft {
        Peer* victim = nullptr;
        PieceSlot slot = kNoPiece;
        std::uint32_t block = 0;
        bool move = false;     // the victim is told to forget it
        bool again = false;    // it can arrive twice
        bool overdue = false;  // the victim should have sent it long ago
    };

    /// Whether a block about to come may be asked for a second time.
    enum class Twice : std::uint8_t { no, overdue, yes };

    explicit Endgame(std::uint64_t total_bytes);

    /// The block that the thief would get the most sooner.
    [[nodiscard]] std::optional<Theft> find(const Peer& thief, const PeerTable& peers,
                                            const PieceManager& manager, Twice twice,
                                            TimePoint now) const;
    void on_duplicate(std::uint32_t bytes) { duplicate_bytes_ += bytes; }

private:
    /// How the thief may have a block that the victim holds at `position`, if at all.
    [[nodiscard]] std::optional<Theft> judge(Peer& victim, std::size_t position, Duration expected,
                                             const Block& block, std::uint8_t max_holders,
                                             Twice twice) const;
    [[nodiscard]] bool spent() const { return duplicate_bytes_ >= max_duplicate_bytes_; }

    std::uint64_t max_duplicate_bytes_;
    std::uint64_t duplicate_bytes_ = 0;
};

}  // namespace bt::swarm
