// Swarm::State: the parts of a swarm, and what joins them.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "bt/swarm/swarm.hpp"
#include "swarm/download.hpp"
#include "swarm/outbox.hpp"
#include "swarm/peer_table.hpp"
#include "swarm/piece_manager.hpp"
#include "swarm/upload.hpp"

namespace bt::swarm {

struct Swarm::State {
    /// Times that a peer may say anew all that it has: each costs a look at every piece.
    static constexpr std::uint32_t kMaxMaps = 100;

    State(const metainfo::PieceLayout& layout, Bitfield have, const Bitfield& wanted,
          const Settings& chosen, std::uint64_t seed);

    void on_message(Peer& peer, wire::Message& message, TimePoint now);
    /// Messages about what the peer has. False if it broke the protocol.
    bool on_pieces_message(Peer& peer, const wire::Message& message, TimePoint now);
    void on_piece_verified(PieceIndex piece, const std::vector<Sha1Digest>& digests, TimePoint now);
    void on_doubt_settled(PieceIndex piece, bool there, TimePoint now);
    void on_complete();
    /// We have all that we want, and so has it: nothing left to say.
    void close_if_done(Peer& peer);
    /// Tells peers of the pieces that we have got since the last time.
    void send_haves();

    [[nodiscard]] bool complete() const {
        return manager.needed_count() + manager.doubtful_count() == 0;
    }
    [[nodiscard]] bool valid(PieceIndex piece) const {
        return piece.value() < manager.layout().piece_count();
    }

    Settings settings;
    Rng rng;
    PieceManager manager;
    PeerTable peers;
    Outbox outbox;
    std::unique_ptr<Download> download;  // while there is something to get
    Upload upload;
    RateMeter down;
    RateMeter up;
    std::vector<PieceIndex> fresh;  // verified since send_haves()
    DownloadCounts final_counts;    // of the download, once it is over
};

}  // namespace bt::swarm
