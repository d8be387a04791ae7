#include "dht/peer_store.hpp"

#include <algorithm>
#include <utility>

#include "bt/core/nearness.hpp"
#include "dht/subnet.hpp"

namespace bt::dht {

void PeerStore::count_out(const Peer& peer) {
    --peer_count_;
    const auto at = per_source_.find(host_of(peer.endpoint.address));
    if (at != per_source_.end() && --at->second == 0) per_source_.erase(at);
}

void PeerStore::sweep(TimePoint now) {
    if (now < next_sweep_) return;
    next_sweep_ = now + kSweepInterval;
    for (auto& [hash, peers] : torrents_) {
        std::erase_if(peers, [&](const Peer& peer) {
            if (peer.expires > now) return false;
            count_out(peer);
            return true;
        });
    }
    std::erase_if(torrents_, [](const auto& torrent) { return torrent.second.empty(); });
}

/// The torrent with the fewest peers: the one that is missed least.
void PeerStore::remove_smallest() {
    const auto at = std::min_element(
        torrents_.begin(), torrents_.end(),
        [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); });
    for (const auto& peer : at->second)
        count_out(peer);
    torrents_.erase(at);
}

bool PeerStore::add(const InfoHash& torrent, const Endpoint& endpoint, TimePoint now) {
    sweep(now);
    const Peer peer{endpoint, now + kLifetime};
    auto at = torrents_.find(torrent);
    if (at != torrents_.end()) {
        const auto known = std::find_if(at->second.begin(), at->second.end(),
                                        [&](const Peer& p) { return p.endpoint == endpoint; });
        if (known != at->second.end()) {
            known->expires = peer.expires;
            return true;
        }
    }
    const auto source = host_of(endpoint.address);
    const bool counted = !is_local(endpoint.address);
    if (counted) {
        const auto held = per_source_.find(source);
        if (held != per_source_.end() && held->second >= kMaxPerSource) return false;
    }
    if (peer_count_ >= kMaxPeers) return false;
    if (at == torrents_.end()) {
        if (torrents_.size() >= kMaxTorrents) remove_smallest();
        at = torrents_.try_emplace(torrent).first;
    }
    auto& peers = at->second;
    if (peers.size() >= kMaxPeersPerTorrent) {
        const auto oldest =
            std::min_element(peers.begin(), peers.end(),
                             [](const Peer& a, const Peer& b) { return a.expires < b.expires; });
        count_out(*oldest);
        *oldest = peer;
    } else {
        peers.push_back(peer);
    }
    ++peer_count_;
    if (counted) ++per_source_[source];
    return true;
}

std::vector<Endpoint> PeerStore::sample(const InfoHash& torrent, std::size_t most, TimePoint now,
                                        Rng& rng) const {
    std::vector<Endpoint> out;
    const auto at = torrents_.find(torrent);
    if (at == torrents_.end()) return out;
    for (const auto& peer : at->second)
        if (peer.expires > now) out.push_back(peer.endpoint);
    most = std::min(most, out.size());
    for (std::size_t i = 0; i < most; ++i)
        std::swap(out[i], out[i + random_below(rng, out.size() - i)]);
    out.resize(most);
    return out;
}

}  // namespace bt::dht
