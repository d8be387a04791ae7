// Peer and PeerTable: what the swarm knows of each connection, and who has gone.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "bt/core/endpoint.hpp"
#include "bt/core/ids.hpp"
#include "bt/swarm/rate.hpp"
#include "bt/swarm/swarm.hpp"
#include "swarm/open_piece.hpp"
#include "swarm/piece_set.hpp"
#include "swarm/request_pipeline.hpp"

namespace bt::swarm {

/// One connection. Plain data of the swarm's parts.
struct Peer {
    Peer(PeerKey k, SenderId s, const PeerTraits& t, std::uint32_t piece_count, TimePoint now)
        : key(k),
          sender(s),
          traits(t),
          connected_at(now),
          pieces(piece_count),
          interested(t.told_interest) {}

    PeerKey key;
    SenderId sender;
    PeerTraits traits;
    TimePoint connected_at;
    bool closing = false;  // a Disconnect has been emitted: it gets nothing more

    // What it has and what we want of it
    PieceSet pieces;
    std::uint32_t interesting = 0;  // pieces that it has and we need
    bool interested = false;        // we have told it so
    bool choking_us = true;
    std::vector<PieceIndex> allowed_fast;  // pieces that we may have while choked
    std::vector<PieceIndex> suggested;
    std::uint32_t maps = 0;      // bitfield, have_all, have_none that it has sent
    std::uint32_t unchokes = 0;  // ever

    // Downloading from it
    RequestPipeline pipeline;
    RateMeter down;
    std::optional<PieceIndex> current;  // the open piece that it is at work on
    std::optional<PieceIndex> latest;   // opened last for it
    std::uint64_t run_left = 0;         // bytes that it may go on with in adjacent pieces
    std::uint64_t starved_at = 0;       // PiecePicker::epoch() when it found nothing to pick
    TimePoint searched_at{};            // when it last looked for blocks of others in vain
    TimePoint useful_at{};              // when a block last came, or none was due
    TimePoint choked_at{};
    std::optional<TimePoint> held_since;  // what it sends is not read, for a limit of ours
    std::uint32_t owed = 0;               // requests that we gave up on and it may still answer
    std::uint32_t unsolicited = 0;
    std::uint32_t false_rejects = 0;  // of what it was not asked for
    std::uint32_t rejected = 0;       // requests in a row, while it did not choke us
    bool proven = false;              // had a part in a good piece
    std::uint32_t kept_back = 0;      // times that others had to wait for what it did not send

    // Uploading to it
    bool choked = true;  // by us
    bool interested_in_us = false;
    bool optimistic = false;
    RateMeter up;
    TimePoint unchoked_at{};
    std::vector<PieceIndex> granted;  // BEP 6: what we serve it while it is choked
    std::uint32_t bad_requests = 0;

    /// It lets others wait for its blocks: it gets no more than half of the memory.
    [[nodiscard]] bool keeps_back() const { return kept_back > 1 || pipeline.snubbed(); }
    /// It has kept what it promised so far: to be asked for what another has kept back.
    [[nodiscard]] bool reliable() const { return serving() && kept_back == 0 && down.total() > 0; }
    [[nodiscard]] PeerSlot slot() const { return static_cast<PeerSlot>(key.slot); }
    /// Blocks asked of it can be expected to come.
    [[nodiscard]] bool serving() const { return !choking_us && !pipeline.snubbed() && !closing; }
};

class PeerTable {
public:
    static constexpr std::size_t kMaxPeers = kNobody;
    /// Gone peers that can still be convicted.
    static constexpr std::size_t kMaxGone = 1024;

    Peer& add(const PeerTraits& traits, std::uint32_t piece_count, TimePoint now);
    void remove(Peer& peer);

    /// nullptr when the key names nobody.
    [[nodiscard]] Peer* find(PeerKey key) const;
    [[nodiscard]] Peer* find(SenderId sender) const;
    [[nodiscard]] Peer* at(PeerSlot slot) const {
        return slot < slots_.size() ? slots_[slot].get() : nullptr;
    }
    /// The address of a sender that has hung up.
    [[nodiscard]] std::optional<IpAddress> gone(SenderId sender) const;
    /// All of them, in no order; do not add or remove meanwhile.
    [[nodiscard]] const std::vector<Peer*>& all() const { return all_; }

private:
    struct Gone {
        SenderId sender;
        IpAddress address;
    };
    std::vector<std::unique_ptr<Peer>> slots_;
    std::vector<std::uint32_t> generations_;
    std::vector<PeerSlot> unused_;
    std::vector<Peer*> all_;
    std::deque<Gone> gone_;
    SenderId next_sender_ = 1;
};

}  // namespace bt::swarm
