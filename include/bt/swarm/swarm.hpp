// Swarm: all decisions about one torrent. Facts in, actions out. Owned by a torrent, on the io
// thread.
//
// It owns no socket, file, clock, thread, random device or log. It never calls back; it is never
// told the same fact twice. Every on_*() can leave actions behind: the owner takes them with
// take_actions() and carries them out in order. Late facts (of a peer or piece that has gone) are
// normal and ignored.
//
// Invariants
//  - A piece is in exactly one state: doubtful, missing, open (blocks being gathered), verifying,
//    have.
//  - A block is outstanding at no peer, one, or in endgame at most kEndgameHolders.
//  - Bytes of blocks in memory, gathered or with the disk, stay under the buffer limit plus what
//    was already asked for: requests stop first. Blocks that wait for others do so on disk when
//    they are three quarters of it, so that nobody fills the memory by keeping back what they wait
//    for.
//  - Every request made of a peer ends in exactly one of: block, reject, choke (without BEP 6),
//    cancel, disconnect.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "bt/core/bitfield.hpp"
#include "bt/core/endpoint.hpp"
#include "bt/core/ids.hpp"
#include "bt/core/time.hpp"
#include "bt/metainfo/layout.hpp"
#include "bt/swarm/action.hpp"
#include "bt/wire/message.hpp"

namespace bt::swarm {

/// Calls of on_timeout() further apart than this make timeouts late, nothing worse.
inline constexpr Duration kTick = std::chrono::milliseconds(100);

struct Settings {
    /// Blocks in memory, gathered or with the disk: when they are so many, no more is asked for.
    std::size_t buffer_limit_bytes = kBufferLimit;
    /// Pieces in work, of each 1 MiB at most.
    std::size_t open_limit_bytes = 48u << 20;
    std::uint32_t regular_slots = 4;  // unchoked by merit (BEP 3)
    std::uint32_t optimistic_slots = 1;
    bool sequential = false;          // pieces in order instead of rarest first
    bool seed_when_complete = false;  // keep leechers connected once all is there
};

/// What is known of a peer when its handshake is done.
struct PeerTraits {
    Endpoint endpoint;
    bool fast = false;  // both sides speak BEP 6
    bool outgoing = false;
    bool local = false;  // on this machine or network
    /// It was told that we are interested before it said what it has, which saves a round trip.
    bool told_interest = false;
};

struct PeerStats {
    std::uint64_t downloaded = 0;  // bytes of payload, wasted ones included
    std::uint64_t uploaded = 0;
    double down_rate = 0;  // bytes/s
    double up_rate = 0;
    std::uint32_t pieces = 0;       // that the peer has
    std::uint32_t outstanding = 0;  // requests
    std::uint32_t depth = 0;        // requests that it should have outstanding
    Duration round_trip{0};
    bool seed = false;
    bool choking_us = true;
    bool choked_by_us = true;
    bool interested_in_us = false;
    bool interesting = false;
    bool snubbed = false;
};

/// What downloading has cost so far.
struct DownloadCounts {
    std::uint64_t wasted = 0;  // bytes: duplicate, unrequested or failed
    std::uint64_t requests = 0;
    std::uint64_t cancels = 0;
    std::uint64_t duplicates = 0;     // blocks asked of one more peer
    std::uint32_t deepest_queue = 0;  // the most requests outstanding at one peer
    std::uint32_t hash_failures = 0;
    std::uint64_t parked = 0;  // bytes
};

struct SwarmStats : DownloadCounts {
    std::uint64_t downloaded = 0;   // bytes of payload received, wasted ones included
    std::uint64_t uploaded = 0;     // bytes of payload sent
    std::uint64_t verified = 0;     // bytes of pieces that we have
    std::uint64_t wanted_left = 0;  // bytes of wanted pieces that we lack
    double down_rate = 0;           // bytes/s
    double up_rate = 0;
    std::uint32_t peers = 0;
    std::uint32_t seeds = 0;       // of those
    std::uint32_t choking_us = 0;  // of those that are interesting
    std::uint32_t interesting = 0;
    bool endgame = false;
};

class Swarm {
public:
    /// `have`: pieces on disk. `wanted`: pieces to get; same size. `seed` feeds all random choices.
    Swarm(const metainfo::PieceLayout& layout, Bitfield have, Bitfield wanted, Settings settings,
          std::uint64_t seed);
    ~Swarm();
    Swarm(const Swarm&) = delete;
    Swarm& operator=(const Swarm&) = delete;

    /// The first `bytes` of a missing, wanted piece are on disk since an earlier run, `hash` being
    /// that of all of them: only the rest is fetched, and the first run to be written begins there.
    /// Nobody answers for these bytes: should the piece fail, all of it is fetched again. Before
    /// any peer connects, once a piece; `bytes` is a multiple of kBlockSize, above 0 and below the
    /// size of the piece. Of no effect on a piece of up to 1 MiB, which is fetched as a whole.
    void resume_prefix(PieceIndex piece, std::uint32_t bytes, const crypto::Sha1& hash);

    /// These blocks of a missing, wanted piece are at their place since an earlier run, unverified.
    /// Those of a prefix, which is told of first, need not be among them. Nobody answers for them.
    /// Before any peer connects, once a piece.
    void resume_parked(PieceIndex piece, const ParkedBlocks& blocks);

    /// These missing, wanted pieces may be on disk: nobody is asked for them until
    /// on_doubt_settled(). Before any peer connects; none of them has a prefix.
    void doubt(const Bitfield& pieces);

    /// The handshake is done. What we have (bitfield, have_all, have_none) has been sent by the
    /// owner as have() was at this moment, since it must be first on the wire.
    PeerKey on_peer_connected(const PeerTraits& traits, TimePoint now);
    void on_peer_disconnected(PeerKey peer, TimePoint now);
    /// BEP 10 reqq: never more requests than this outstanding.
    void on_request_limit(PeerKey peer, std::uint32_t reqq);
    /// Any message but extended, port and keep_alive. Takes the block out of a piece message.
    void on_message(PeerKey peer, wire::Message& message, TimePoint now);
    /// Payload bytes of served blocks that have left for the peer.
    void on_uploaded(PeerKey peer, std::uint64_t bytes, TimePoint now);

    /// A run that was not the last has been written.
    void on_run_written(PieceIndex piece, const crypto::Sha1& hash, TimePoint now);
    /// The last run was good and is written. `digests`: of each block, when they were wanted.
    void on_piece_verified(PieceIndex piece, const std::vector<Sha1Digest>& digests, TimePoint now);
    /// The digest did not match. `digests`: of each block of the bad piece, in order.
    void on_piece_failed(PieceIndex piece, const std::vector<Sha1Digest>& digests, TimePoint now);

    /// ParkBlocks has been done. `marks`: the beginning of the SHA-1 of each block.
    void on_parked(PieceIndex piece, const std::vector<std::uint32_t>& blocks,
                   const std::vector<std::uint32_t>& marks, TimePoint now);
    /// A run could not be hashed, since what was parked is not as it was: somebody else has changed
    /// it, and no peer is to blame.
    void on_piece_altered(PieceIndex piece, TimePoint now);

    /// A piece of doubt() has been hashed: it is there, or has to be fetched.
    void on_doubt_settled(PieceIndex piece, bool there, TimePoint now);

    /// Every kTick. Spurious calls are harmless.
    void on_timeout(TimePoint now);

    /// No more will come: what has been gathered of open pieces is parked.
    void put_by();

    /// Whether addresses wait for a connection. If not, peers that give nothing may stay; they are
    /// closed otherwise (CloseReason::useless). True at first.
    void set_slots_wanted(bool wanted);

    /// Nothing of the pieces at or beyond `end` is asked for, until it is called with a later one;
    /// an earlier one changes nothing. What was asked for already may come. Nobody is to blame for
    /// what is not asked for, and it is no endgame while something is held back.
    void set_horizon(PieceIndex end, TimePoint now);

    /// What comes is limited to so many bytes/s; 0: it is not. No more is asked for than comes in a
    /// few seconds.
    void set_rate_limit(double bytes_per_second);
    /// What the peer sends is not read from now on, by such a limit, until on_released(): it is not
    /// to blame for the delay.
    void on_held(PeerKey peer, TimePoint now);
    void on_released(PeerKey peer, TimePoint now);

    /// Moves the actions so far to the end of `out`.
    void take_actions(std::vector<Action>& out);

    [[nodiscard]] const Bitfield& have() const;
    /// All wanted pieces are there.
    [[nodiscard]] bool complete() const;
    [[nodiscard]] SwarmStats stats(TimePoint now) const;
    /// nullopt for a key that names nobody.
    [[nodiscard]] std::optional<PeerStats> peer_stats(PeerKey peer, TimePoint now) const;
    /// Whether the peer may be sending blocks that it was asked for.
    [[nodiscard]] bool expects_blocks(PeerKey peer) const;
    /// BEP 6 allowed-fast set for this address (IPv4 only), at most `count` pieces.
    /// Requests within it are served to choked peers.
    void grant_allowed_fast(PeerKey peer, const InfoHash& info_hash, std::uint32_t count);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace bt::swarm
