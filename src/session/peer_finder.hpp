// PeerFinder: every way to find peers of one torrent, at once: those that the user names, trackers,
// the DHT, the local network. Owned by whoever has the connections, and handed over with them; on
// the io thread. What peers name (BEP 11) comes to the PeerSet itself.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "bt/core/endpoint.hpp"
#include "bt/core/ids.hpp"
#include "bt/net/task_group.hpp"
#include "bt/session/announcer.hpp"
#include "bt/session/session.hpp"
#include "bt/swarm/peer_book.hpp"
#include "session/dht_service.hpp"
#include "session/local_discovery.hpp"
#include "session/shared.hpp"

namespace bt::session {

struct PeerFinderSettings {
    InfoHash info_hash;
    std::vector<std::vector<std::string>> tiers;               // of trackers
    std::vector<std::string> typed_trackers;                   // by the user
    std::vector<std::pair<std::string, std::uint16_t>> peers;  // by the user: host, port
    std::vector<Endpoint> named_peers;                         // by a magnet link
    std::vector<std::pair<std::string, std::uint16_t>> nodes;  // of the DHT, by the torrent
    bool open = true;  // the DHT and the local network may know; not of private torrents (BEP 27)
};

class PeerFinder final : private Announcer::Host,
                         private DhtService::Searcher,
                         private LocalDiscovery::Searcher {
public:
    class Host {
    public:
        virtual ~Host() = default;
        [[nodiscard]] virtual AnnounceCounts announce_counts() const = 0;
        virtual void on_found(std::span<const Endpoint> peers, swarm::PeerSource source) = 0;
    };

    /// `shared` and `host` outlive the finder.
    PeerFinder(Shared& shared, PeerFinderSettings settings, Host& host);
    /// stop() has returned, or start() was never called.
    ~PeerFinder() override;

    void set_host(Host& host) { host_ = &host; }
    void start();
    /// The torrent has turned out to be private: only trackers and the user are asked from now on.
    void go_private();
    /// As Announcer's.
    void completed() { announcer_.completed(); }
    void want_peers();
    void network_changed() { announcer_.network_changed(); }
    [[nodiscard]] net::Awaitable<void> stop(TimePoint deadline);

    [[nodiscard]] std::vector<TrackerStatus> trackers() const { return announcer_.status(); }
    /// What looks for peers beside trackers.
    [[nodiscard]] bool asks_dht() const { return on_dht_; }
    [[nodiscard]] bool asks_local_network() const { return on_local_; }
    /// Candidates so far, by source, repeated ones included.
    [[nodiscard]] const FoundPeers& found() const { return found_; }

private:
    [[nodiscard]] AnnounceCounts announce_counts() const override {
        return host_->announce_counts();
    }
    void on_tracker_peers(std::span<const Endpoint> peers) override;
    void on_tracker_status() override {}
    void on_dht_peers(std::span<const Endpoint> peers) override;
    void on_dht_round(std::size_t) override {}
    void on_local_peers(std::span<const Endpoint> peers) override;

    [[nodiscard]] net::Awaitable<void> resolve_named();
    void leave_the_open();

    Shared& shared_;
    PeerFinderSettings settings_;
    Host* host_;
    Announcer announcer_;
    net::TaskGroup tasks_;
    FoundPeers found_;
    bool on_dht_ = false;
    bool on_local_ = false;
    bool stopping_ = false;
};

}  // namespace bt::session
