// Upload: who may ask us for blocks, and for which.
#pragma once

#include <cstdint>

#include "bt/core/rng.hpp"
#include "bt/swarm/swarm.hpp"
#include "swarm/choker.hpp"
#include "swarm/outbox.hpp"
#include "swarm/peer_table.hpp"
#include "swarm/piece_manager.hpp"

namespace bt::swarm {

class Upload {
public:
    /// Requests for what does not exist or we have not, before the peer is closed.
    static constexpr std::uint32_t kMaxBadRequests = 100;
    /// So long after it connected a peer is a newcomer to the choker.
    static constexpr Duration kNewcomer = std::chrono::seconds(60);

    Upload(const PieceManager& manager, PeerTable& peers, Outbox& outbox, const Settings& settings,
           Rng& rng)
        : manager_(manager),
          peers_(peers),
          outbox_(outbox),
          rng_(rng),
          choker_(settings.regular_slots, settings.optimistic_slots) {}

    void on_disconnected(const Peer& peer) { slot_freed_ |= !peer.choked; }
    void on_interested(Peer& peer, TimePoint now);
    void on_not_interested(Peer& peer);
    void on_request(Peer& peer, const BlockRequest& block);
    void on_cancel(Peer& peer, const BlockRequest& block);
    /// BEP 6.
    void grant(Peer& peer, const InfoHash& info_hash, std::uint32_t count);

    void on_timeout(TimePoint now);

private:
    void rechoke(TimePoint now);
    void fill_free_slots(TimePoint now);
    [[nodiscard]] std::uint32_t taken_slots() const;
    [[nodiscard]] double score(const Peer& peer, TimePoint now) const;
    void choke(Peer& peer);
    void unchoke(Peer& peer, TimePoint now);

    const PieceManager& manager_;
    PeerTable& peers_;
    Outbox& outbox_;
    Rng& rng_;
    Choker choker_;
    bool slot_freed_ = false;
};

}  // namespace bt::swarm
