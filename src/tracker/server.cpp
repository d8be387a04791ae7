#include "bt/tracker/server.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "bt/bencode/writer.hpp"
#include "bt/text/compact_peers.hpp"

namespace bt::tracker {

ByteVector encode_failure(std::string_view reason) {
    bencode::Writer out;
    out.begin_dictionary().key("failure reason").string(reason).end();
    return std::move(out).take();
}

TrackerTable::TrackerTable(Duration interval, Rng rng) : interval_(interval), rng_(rng) {}

std::optional<ByteVector> TrackerTable::respond(std::string_view target, const IpAddress& from,
                                                TimePoint now) {
    const auto path = target.substr(0, target.find('?'));
    if (path == "/announce") {
        const auto request = parse_announce_query(target);
        return request ? announce(*request, from, now) : encode_failure(request.error().message);
    }
    if (path == "/scrape") {
        auto hashes = parse_scrape_query(target);
        return hashes ? scrape(std::move(*hashes), now) : encode_failure(hashes.error().message);
    }
    return std::nullopt;
}

ByteVector TrackerTable::announce(const AnnounceRequest& request, const IpAddress& from,
                                  TimePoint now) {
    sweep(now);
    if (torrents_.size() >= kMaxTorrents && !torrents_.contains(request.info_hash)) {
        return encode_failure("this tracker has too many torrents");
    }
    const Endpoint endpoint{from, request.port};
    const auto at = torrents_.try_emplace(request.info_hash).first;
    auto& torrent = at->second;
    note(torrent, request, endpoint, now);
    const auto peers = choose(torrent, request, endpoint);
    const auto complete = torrent.complete;
    const auto incomplete = std::ssize(torrent.peers) - complete;
    if (torrent.peers.empty()) torrents_.erase(at);

    bencode::Writer out;
    out.begin_dictionary();
    out.key("complete").integer(complete);
    out.key("incomplete").integer(incomplete);
    out.key("interval")
        .integer(std::chrono::duration_cast<std::chrono::seconds>(interval_).count());
    out.key("peers").string(text::compact_v4(peers));
    out.key("peers6").string(text::compact_v6(peers));
    out.end();
    return std::move(out).take();
}

ByteVector TrackerTable::scrape(std::vector<InfoHash> hashes, TimePoint now) {
    sweep(now);
    std::ranges::sort(hashes);  // bencode wants the keys in order, and each once
    hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
    bencode::Writer out;
    out.begin_dictionary().key("files").begin_dictionary();
    for (const auto& hash : hashes) {
        const auto at = torrents_.find(hash);
        if (at == torrents_.end()) continue;
        const auto& torrent = at->second;
        out.key(as_text(hash.bytes)).begin_dictionary();
        out.key("complete").integer(torrent.complete);
        out.key("downloaded").integer(torrent.downloaded);
        out.key("incomplete").integer(std::ssize(torrent.peers) - torrent.complete);
        out.end();
    }
    out.end().end();
    return std::move(out).take();
}

/// Takes down what the asker says about itself. At a bound, a new peer is answered but not kept.
void TrackerTable::note(Torrent& torrent, const AnnounceRequest& request, const Endpoint& endpoint,
                        TimePoint now) {
    const auto known = torrent.peers.find(endpoint);
    const bool is_known = known != torrent.peers.end();
    const bool was_complete = is_known && known->second.complete;
    const bool is_complete = request.left == 0;
    if (request.event == Event::stopped) {
        if (!is_known) return;
        torrent.peers.erase(known);
        torrent.complete -= was_complete;
        --peer_count_;
        return;
    }
    if (!is_known) {
        if (torrent.peers.size() >= kMaxPeersPerTorrent || peer_count_ >= kMaxTrackedPeers) return;
        ++peer_count_;
    }
    torrent.peers[endpoint] = {now + 2 * interval_, is_complete};
    torrent.complete += is_complete;
    torrent.complete -= was_complete;
    if (is_known && !was_complete && request.event == Event::completed) ++torrent.downloaded;
}

std::vector<Endpoint> TrackerTable::choose(const Torrent& torrent, const AnnounceRequest& request,
                                           const Endpoint& asker) {
    std::vector<Endpoint> out;
    if (request.event == Event::stopped || request.num_want == 0) return out;
    for (const auto& [endpoint, peer] : torrent.peers) {
        if (endpoint == asker) continue;
        if (peer.complete && request.left == 0) continue;  // two seeds have nothing to exchange
        out.push_back(endpoint);
    }
    const auto wanted = std::min<std::size_t>({request.num_want, kMaxAnswerPeers, out.size()});
    for (std::size_t i = 0; i < wanted; ++i) {
        std::swap(out[i], out[i + random_below(rng_, out.size() - i)]);
    }
    out.resize(wanted);
    return out;
}

void TrackerTable::sweep(TimePoint now) {
    if (now < next_sweep_) return;
    next_sweep_ = now + kSweepInterval;
    for (auto& held : torrents_) {
        auto& torrent = held.second;
        peer_count_ -= std::erase_if(torrent.peers, [&torrent, now](const auto& entry) {
            if (entry.second.expires > now) return false;
            torrent.complete -= entry.second.complete;
            return true;
        });
    }
    std::erase_if(torrents_, [](const auto& entry) { return entry.second.peers.empty(); });
}

}  // namespace bt::tracker
