// PiecePicker: which piece a peer should fetch blocks of next.
//
// A peer keeps to its piece until all its blocks have been asked for, so that pieces finish early
// and a bad one has one sender. Then it takes over what others have left behind, then opens a new
// piece, the rarest that it has; among equally rare ones the next in a row. Only when nothing may
// be opened it helps another peer with its piece. Slow peers help each other before that.
//
// Invariant: a needed piece is a candidate of Availability, or in suspects_ or withheld_, or has a
// slot.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "bt/core/bitfield.hpp"
#include "bt/core/rng.hpp"
#include "bt/swarm/swarm.hpp"
#include "swarm/availability.hpp"
#include "swarm/peer_table.hpp"
#include "swarm/piece_manager.hpp"
#include "swarm/smart_ban.hpp"

namespace bt::swarm {

class PiecePicker {
public:
    /// A peer that needs longer for a piece shares it with others of its kind.
    static constexpr double kOwnPieceSeconds = 8;
    /// Adjacent pieces that a peer fetches in a row, in seconds of its rate and in bytes.
    static constexpr double kRunSeconds = 4;
    static constexpr std::uint64_t kMaxRunBytes = 8u << 20;
    /// Pieces that are picked at random before rarity counts: the first is to be had fast.
    static constexpr std::uint32_t kRandomPieces = 4;
    /// A piece that nobody has worked on for so long makes room for others, if there are too many.
    static constexpr Duration kOrphanAge = std::chrono::seconds(10);
    /// Blocks of open pieces, which take memory before they come: 9 MiB of it.
    static constexpr std::uint64_t kMaxOpenBlocks = 1u << 18;

    PiecePicker(PieceManager& manager, Availability& availability, const PeerTable& peers,
                const SmartBan& smart_ban, const Settings& settings, Rng& rng);

    /// An open piece with a free block for this peer; kNoPiece if there is none.
    [[nodiscard]] PieceSlot next(Peer& peer, TimePoint now);

    /// Before peers are looked after, every tick.
    void on_tick();
    /// Something can be picked again that could not: free blocks, room.
    void wake() { ++epoch_; }
    /// Something was not asked for, for want of memory.
    [[nodiscard]] bool braked() const { return braked_; }
    /// So much is held that large pieces are asked for only in the order in which they are written.
    [[nodiscard]] bool short_of_memory(std::uint64_t share = 1) const {
        return manager_.buffered_bytes() >= settings_.buffer_limit_bytes / share;
    }
    /// So much is held that not even all is kept that was asked for.
    [[nodiscard]] bool out_of_memory() const {
        const auto limit = std::uint64_t{settings_.buffer_limit_bytes};
        return manager_.buffered_bytes() >= limit + limit / 2;
    }
    /// The disk holds everybody up: nobody could bring a block sooner.
    [[nodiscard]] bool disk_bound() const {
        const auto with_disk = manager_.buffered_bytes() - manager_.gathered_bytes();
        return with_disk >= settings_.buffer_limit_bytes / 4;
    }
    /// Too many pieces wait for blocks that do not come.
    [[nodiscard]] bool stuck() const { return braked_ && !short_of_memory(); }
    /// Blocks that somebody has kept back go to reliable peers, if there are any.
    [[nodiscard]] bool may_rescue(const Peer& peer, const OpenPiece& open) const;
    /// A needed piece without a slot may be picked, as soon as the horizon lets it.
    void offer(PieceIndex piece);
    /// Swarm::set_horizon().
    void set_horizon(PieceIndex end);
    /// A piece failed. Suspect ones are to come from one peer.
    void on_failed(PieceIndex piece);
    /// Every block of every needed piece is there or asked for.
    [[nodiscard]] bool exhausted() const {
        return availability_.candidates() == 0 && manager_.partials().empty() &&
               suspects_.empty() && withheld_count_ == 0;
    }
    /// Bytes of orphans that were given up; asking resets it.
    [[nodiscard]] std::uint64_t take_dropped_bytes() { return std::exchange(dropped_bytes_, 0); }

private:
    [[nodiscard]] bool beyond_horizon(PieceIndex piece) const { return piece.value() >= horizon_; }
    [[nodiscard]] bool may_join(const Peer& peer, const OpenPiece& open) const;
    [[nodiscard]] bool others_serve(const Peer& peer, PieceIndex piece) const;
    [[nodiscard]] bool may_grow(const Peer& peer, PieceSlot slot);
    [[nodiscard]] bool owner_at_work(const OpenPiece& open, const Peer& asking) const;
    [[nodiscard]] bool slow(const Peer& peer, std::uint32_t bytes) const;
    [[nodiscard]] PieceSlot search(Peer& peer, TimePoint now);
    [[nodiscard]] PieceSlot left_behind(const Peer& peer);
    [[nodiscard]] PieceSlot help(const Peer& peer);
    [[nodiscard]] PieceSlot suspect(Peer& peer, TimePoint now);
    [[nodiscard]] PieceSlot suggested(Peer& peer, TimePoint now);
    [[nodiscard]] PieceSlot allowed_fast(Peer& peer, TimePoint now);
    [[nodiscard]] PieceSlot open_new(Peer& peer, TimePoint now);
    [[nodiscard]] std::optional<PieceIndex> choose(Peer& peer, TimePoint now);
    [[nodiscard]] bool room(const Peer& peer, TimePoint now);
    void drop_orphan(TimePoint now);
    [[nodiscard]] bool others_are_clean(PieceIndex piece) const;
    PieceSlot open(Peer& peer, PieceIndex piece, bool exclusive, TimePoint now);

    PieceManager& manager_;
    Availability& availability_;
    const PeerTable& peers_;
    const SmartBan& smart_ban_;
    const Settings& settings_;
    Rng& rng_;
    std::vector<PieceIndex> suspects_;
    std::vector<PeerSlot>
        reliable_;           // peers that served and kept nothing back, as of the last tick
    std::uint32_t horizon_;  // the first piece that is not asked for
    bool has_horizon_ = false;
    Bitfield withheld_;  // needed pieces beyond it that have no slot
    std::uint32_t withheld_count_ = 0;
    std::uint64_t epoch_ = 1;
    bool braked_ = false;
    std::uint64_t dropped_bytes_ = 0;
};

}  // namespace bt::swarm
