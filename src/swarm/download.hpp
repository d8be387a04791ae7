// Download: getting the pieces. Interest, requests, blocks, verdicts, and what goes wrong with
// them.
//
// Invariant: a request is in a peer's pipeline if and only if the peer is a holder of its block.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "bt/core/rng.hpp"
#include "bt/swarm/rate.hpp"
#include "bt/swarm/swarm.hpp"
#include "swarm/availability.hpp"
#include "swarm/endgame.hpp"
#include "swarm/outbox.hpp"
#include "swarm/peer_table.hpp"
#include "swarm/piece_manager.hpp"
#include "swarm/piece_picker.hpp"
#include "swarm/smart_ban.hpp"

namespace bt::swarm {

class Download {
public:
    /// Blocks that nobody asked for, before the peer that sends them is closed.
    static constexpr std::uint32_t kMaxUnsolicited = 10;
    /// Requests that a peer may reject in a row without choking us, before it counts as snubbed.
    static constexpr std::uint32_t kMaxRejected = 64;
    /// Rejects of what was not asked for, before the peer that sends them is closed.
    static constexpr std::uint32_t kMaxFalseRejects = 1000;
    /// Unchokes of one peer: these, and so many for each second of its connection.
    static constexpr std::uint32_t kMaxUnchokes = 1000;
    static constexpr double kUnchokesPerSecond = 10;
    /// BEP 6: allowed-fast and suggested pieces kept of a peer.
    static constexpr std::size_t kMaxFastPieces = 32;
    /// Unchoked and asked, a peer that has sent nothing for so long makes room for another.
    static constexpr Duration kUselessAfter = std::chrono::seconds(60);
    /// So long after it connected, a peer that has given nothing makes room for another, too; one
    /// of them at a time.
    static constexpr Duration kGivesNothing = std::chrono::minutes(2);
    static constexpr Duration kRotation = std::chrono::seconds(1);
    /// Requests kept for a peer that chokes us and never rejects them (BEP 6).
    static constexpr Duration kRejectPatience = std::chrono::seconds(20);
    /// Requests to a new peer, at least, if there is so much to be had.
    static constexpr std::uint32_t kStartLeech = 16;
    static constexpr std::uint32_t kStartSeed = 32;
    /// Requests to begin with, shared by all interesting peers: 8 MiB, which fills 40 MB/s over 200
    /// ms. A lone peer need not be probed, since nobody else could fetch what it is asked for.
    static constexpr std::uint32_t kStartShared = 512;
    static constexpr std::uint32_t kBoldShare =
        16;  // at most one part in so many of what is missing
    /// An unanswered interest that was told before the peer's handshake is told once more.
    static constexpr Duration kRepeatInterest = std::chrono::seconds(5);
    /// A peer that has had this long to say what it has, and has nothing, is told so.
    static constexpr Duration kSilentAboutPieces = std::chrono::seconds(2);
    /// A peer that would come too late leaves a piece to one that is so many times as fast.
    static constexpr double kMuchFaster = 4;
    /// What is assumed of a peer before any has been measured, bytes/s.
    static constexpr double kUnknownRate = 100e3;

    /// Blocks of a piece of which none has come for so long wait on disk, not in memory.
    static constexpr Duration kRest = std::chrono::seconds(1);

    /// Under a rate limit, what comes in this time may be asked for, all peers together; half of
    /// it of one peer, and less of one that has not shown yet that it sends.
    static constexpr Duration kLimitedQueue = std::chrono::seconds(3);
    static constexpr std::uint32_t kLeastLimited = 4;  // blocks
    static constexpr std::uint32_t kTrialShare = 8;
    /// So long after a peer was held, the limit still counts as what makes all slow.
    static constexpr Duration kThrottled = std::chrono::seconds(1);

    Download(PieceManager& manager, PeerTable& peers, Outbox& outbox, const Settings& settings,
             Rng& rng);

    /// Swarm::resume_prefix().
    void resume(PieceIndex piece, std::uint32_t bytes, const crypto::Sha1& hash);
    /// Swarm::doubt().
    void doubt(PieceIndex piece);
    /// Swarm::resume_parked().
    void resume(PieceIndex piece, const ParkedBlocks& blocks);
    /// False if the piece was not doubtful.
    bool settle(PieceIndex piece, bool there, TimePoint now);

    // --- peers ---
    void on_disconnected(Peer& peer, TimePoint now);
    void on_have(Peer& peer, PieceIndex piece, TimePoint now);
    void on_pieces(Peer& peer, PieceSet pieces, TimePoint now);
    void on_choke(Peer& peer, TimePoint now);
    void on_unchoke(Peer& peer, TimePoint now);
    void on_allowed_fast(Peer& peer, PieceIndex piece, TimePoint now);
    void on_suggest(Peer& peer, PieceIndex piece);

    // --- blocks ---
    void on_block(Peer& peer, const BlockRequest& range, BlockBuffer data, TimePoint now);
    void on_reject(Peer& peer, const BlockRequest& range, TimePoint now);

    // --- the disk ---
    void on_run_written(PieceIndex piece, const crypto::Sha1& hash, TimePoint now);
    /// Returns false if no such piece is being verified.
    bool on_verified(PieceIndex piece, std::span<const Sha1Digest> digests, TimePoint now);
    void on_failed(PieceIndex piece, std::span<const Sha1Digest> digests, TimePoint now);
    void on_altered(PieceIndex piece, TimePoint now);
    void on_parked(PieceIndex piece, const std::vector<std::uint32_t>& blocks,
                   const std::vector<std::uint32_t>& marks, TimePoint now);

    void on_timeout(TimePoint now);
    /// Swarm::put_by().
    void put_by();

    /// Swarm::set_horizon().
    void set_horizon(PieceIndex end, TimePoint now);

    // --- a rate limit ---
    void set_rate_limit(double bytes_per_second) { rate_limit_ = bytes_per_second; }
    void on_held(Peer& peer, TimePoint now);
    void on_released(Peer& peer, TimePoint now);

    /// Others wait for the connections of useless peers.
    void set_slots_wanted(bool wanted) { slots_wanted_ = wanted; }
    [[nodiscard]] bool endgame() const;
    [[nodiscard]] const DownloadCounts& counts() const { return counts_; }

private:
    // Requests
    void refill(Peer& peer, TimePoint now);
    void refill_all(TimePoint now);
    std::uint32_t pick(Peer& peer, std::uint32_t room, TimePoint now);
    [[nodiscard]] bool too_late(const Peer& peer, PieceIndex piece) const;
    /// Requests that the rate limit leaves to the peer, beside those that it has.
    [[nodiscard]] std::uint32_t limited_room(const Peer& peer) const;
    /// Blocks come late because of the limit: nobody could bring them sooner.
    [[nodiscard]] bool throttled(TimePoint now) const {
        return held_ > 0 || (held_at_ != TimePoint{} && now - held_at_ < kThrottled);
    }
    void steal(Peer& peer, std::uint32_t room, TimePoint now);
    void request(Peer& peer, PieceSlot slot, std::uint32_t block, TimePoint now);
    void cancel(Peer& holder, PieceSlot slot, std::uint32_t block);
    void give_back(Peer& peer);
    void give_back_stalled(Peer& peer);
    void stall(Peer& peer);
    void reclaim(Peer& peer);
    void lost(const Peer& peer, const Request& request) {
        manager_.lose(request.slot, peer.sender);
    }
    // Blocks
    [[nodiscard]] bool expects(Peer& peer, const std::optional<Request>& request,
                               std::uint32_t length);
    [[nodiscard]] bool welcome(PieceSlot slot, std::uint32_t block, bool held) const;
    void store(Peer& peer, PieceSlot slot, std::uint32_t block, BlockBuffer data, TimePoint now);
    void submit(PieceSlot slot, std::uint32_t least = PieceManager::kMinRunBlocks);
    void park(PieceSlot slot);
    void put_by(PieceSlot slot);
    void relieve();
    void on_room(TimePoint now);
    // Peers
    void recount(Peer& peer);
    void update_interest(Peer& peer, TimePoint now);
    [[nodiscard]] std::uint32_t start_depth(const Peer& peer) const;
    void update(Peer& peer, TimePoint now);
    void check_deadlines(Peer& peer, TimePoint now);
    void convict(const std::vector<SenderId>& liars);
    void let_go(TimePoint now);
    void rest(TimePoint now);
    void make_room(TimePoint now);
    void forgive_lateness(TimePoint now);
    void take_stock(TimePoint now);

    PieceManager& manager_;
    PeerTable& peers_;
    Outbox& outbox_;
    Availability availability_;
    SmartBan smart_ban_;
    PiecePicker picker_;
    const std::size_t gather_limit_;  // bytes
    bool all_busy_ = false;  // what has been gathered belongs to pieces that wait for the disk
    Endgame endgame_;
    // Of all peers, as of the last tick
    double typical_rate_ = kUnknownRate;
    Duration remaining_ = std::chrono::hours(1);
    TimePoint last_tick_{};
    bool slots_wanted_ = true;
    TimePoint rotated_at_{};
    double rate_limit_ = 0;   // bytes/s, 0: none
    std::uint32_t held_ = 0;  // peers
    TimePoint held_at_{};     // when the last of them was
    DownloadCounts counts_;
};

}  // namespace bt::swarm
