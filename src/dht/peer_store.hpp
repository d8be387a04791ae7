// PeerStore: the peers that others have announced to us, of one family (BEP 5). A machine owned by
// the Dht.
//
// Invariants
//  - No more than kMaxTorrents, kMaxPeersPerTorrent and kMaxPeers, whoever announces what; one host
//    holds no more than kMaxPerSource of it (local ranges excepted).
//  - A peer is given to others for kLifetime after its last announce, no longer.
#pragma once

#include <cstddef>
#include <unordered_map>
#include <vector>

#include "bt/core/endpoint.hpp"
#include "bt/core/ids.hpp"
#include "bt/core/rng.hpp"
#include "bt/core/time.hpp"

namespace bt::dht {

class PeerStore {
public:
    static constexpr std::size_t kMaxTorrents = 2000;
    static constexpr std::size_t kMaxPeersPerTorrent = 500;
    static constexpr std::size_t kMaxPeers = 50'000;  // in all: some 2 MB
    static constexpr std::size_t kMaxPerSource = 64;
    static constexpr Duration kLifetime = std::chrono::minutes(30);
    /// How often expired peers are looked for; they may stay so much longer.
    static constexpr Duration kSweepInterval = std::chrono::minutes(1);

    /// False: there is no room for it.
    bool add(const InfoHash& torrent, const Endpoint& peer, TimePoint now);
    /// Any `most` of the peers of a torrent.
    [[nodiscard]] std::vector<Endpoint> sample(const InfoHash& torrent, std::size_t most,
                                               TimePoint now, Rng& rng) const;

    [[nodiscard]] std::size_t torrent_count() const { return torrents_.size(); }
    [[nodiscard]] std::size_t peer_count() const { return peer_count_; }
    /// Sources that peers are counted for.
    [[nodiscard]] std::size_t source_count() const { return per_source_.size(); }

private:
    struct Peer {
        Endpoint endpoint;
        TimePoint expires;
    };
    using Torrents = std::unordered_map<InfoHash, std::vector<Peer>>;

    void sweep(TimePoint now);
    void remove_smallest();
    void count_out(const Peer& peer);

    Torrents torrents_;                                      // none is empty
    std::unordered_map<IpAddress, std::size_t> per_source_;  // hosts, local ranges left out
    std::size_t peer_count_ = 0;
    TimePoint next_sweep_ = TimePoint::min();
};

}  // namespace bt::dht
