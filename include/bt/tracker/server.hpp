// The other side of an announce: a small tracker for `bt seed --run-tracker` (BEP 3, 7, 23, 48).
// TrackerTable is owned by whoever listens for it, on the io thread; a machine without socket or
// clock.
//
// Invariants:
// - all that announces make it hold is bounded by the constants below;
// - a peer is its address and port, is not given to itself, and goes when it says `stopped` or has
//   not announced for two intervals, at the next sweep;
// - the address of a peer is the one that its announce came from, whatever `ip` says.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bt/core/bytes.hpp"
#include "bt/core/endpoint.hpp"
#include "bt/core/ids.hpp"
#include "bt/core/result.hpp"
#include "bt/core/rng.hpp"
#include "bt/core/time.hpp"
#include "bt/tracker/announce.hpp"

namespace bt::tracker {

inline constexpr std::size_t kMaxTorrents = 1000;
inline constexpr std::size_t kMaxPeersPerTorrent = 5000;
/// Of all torrents together: some 10 MB.
inline constexpr std::size_t kMaxTrackedPeers = 100'000;
/// Peers in one answer, whatever numwant says.
inline constexpr std::uint32_t kMaxAnswerPeers = 200;
inline constexpr std::uint32_t kDefaultAnswerPeers = 50;
inline constexpr std::size_t kMaxScrapeHashes = 64;
/// A longer request target is refused unread.
inline constexpr std::size_t kMaxTargetBytes = 4096;
/// How often the table is searched for peers that have gone; they may stay so much longer.
inline constexpr Duration kSweepInterval = std::chrono::seconds(60);

/// `target` is path and query of the request line. info_hash, peer_id and port must be there and be
/// right (Errc::protocol); of the rest, what cannot be read counts as absent. A missing `left`
/// counts as a peer that is not complete.
[[nodiscard]] Result<AnnounceRequest> parse_announce_query(std::string_view target);
/// The info_hash values of a scrape; Errc::protocol when there is none, a bad one, or one too many.
[[nodiscard]] Result<std::vector<InfoHash>> parse_scrape_query(std::string_view target);

/// {"failure reason": ...}
[[nodiscard]] ByteVector encode_failure(std::string_view reason);

class TrackerTable {
public:
    /// `interval` between the announces of a peer.
    TrackerTable(Duration interval, Rng rng);

    /// The body that answers a GET of `target`; nothing when the path is neither an announce nor a
    /// scrape (404).
    [[nodiscard]] std::optional<ByteVector> respond(std::string_view target, const IpAddress& from,
                                                    TimePoint now);

    /// Bencoded, peers in compact form.
    [[nodiscard]] ByteVector announce(const AnnounceRequest& request, const IpAddress& from,
                                      TimePoint now);
    [[nodiscard]] ByteVector scrape(std::vector<InfoHash> hashes, TimePoint now);

    [[nodiscard]] std::size_t torrent_count() const { return torrents_.size(); }
    [[nodiscard]] std::size_t peer_count() const { return peer_count_; }

private:
    struct Peer {
        TimePoint expires;
        bool complete = false;
    };
    struct Torrent {
        std::unordered_map<Endpoint, Peer> peers;
        std::uint32_t complete = 0;    // of the peers
        std::uint32_t downloaded = 0;  // `completed` events
    };

    void note(Torrent& torrent, const AnnounceRequest& request, const Endpoint& endpoint,
              TimePoint now);
    [[nodiscard]] std::vector<Endpoint> choose(const Torrent& torrent,
                                               const AnnounceRequest& request,
                                               const Endpoint& asker);
    void sweep(TimePoint now);

    Duration interval_;
    Rng rng_;
    std::unordered_map<InfoHash, Torrent> torrents_;
    std::size_t peer_count_ = 0;
    TimePoint next_sweep_ = TimePoint::min();
};

}  // namespace bt::tracker
