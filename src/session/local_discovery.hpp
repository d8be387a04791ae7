// LocalDiscovery: finds peers in the local network by multicast (BEP 14). Owned by the session, on
// the io thread.
//
// Nothing is opened, sent or received until the first search. What is heard counts only if it
// comes from the local network: from a local range, or an address of a network that an interface of
// ours is in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "bt/core/bytes.hpp"
#include "bt/core/endpoint.hpp"
#include "bt/core/ids.hpp"
#include "bt/core/time.hpp"
#include "bt/net/asio.hpp"
#include "bt/net/interfaces.hpp"
#include "bt/net/multicast_port.hpp"
#include "bt/net/task_group.hpp"
#include "bt/tracker/local_discovery.hpp"
#include "session/flood_guard.hpp"

namespace bt::session {

struct LocalDiscoverySettings {
    std::uint16_t port = 0;  // where we listen, by TCP
    /// Names of interfaces that are used; none: all that can multicast, or loopback without one.
    std::vector<std::string> interfaces;
    Endpoint group_v4 = tracker::local_group_v4();
    Endpoint group_v6 = tracker::local_group_v6();
};

class LocalDiscovery {
public:
    /// Torrents that are added within this are announced together, since the next announce is a
    /// minute off.
    static constexpr Duration kGather = std::chrono::milliseconds(50);

    /// Called on the io thread.
    class Searcher {
    public:
        virtual ~Searcher() = default;
        /// They have announced the torrent of the search.
        virtual void on_local_peers(std::span<const Endpoint> peers) = 0;
    };

    LocalDiscovery(net::asio::io_context& io, LocalDiscoverySettings settings);
    /// stop() has returned, or nothing was ever searched.
    ~LocalDiscovery() = default;
    LocalDiscovery(const LocalDiscovery&) = delete;
    LocalDiscovery& operator=(const LocalDiscovery&) = delete;

    /// Announces a torrent, which is not private, soon and then each five minutes, and tells
    /// `searcher` of others that do, until stop_search().
    void search(const InfoHash& info_hash, Searcher& searcher);
    void stop_search(const InfoHash& info_hash);
    /// Other interfaces may be there.
    void network_changed();
    [[nodiscard]] net::Awaitable<void> stop();

    struct Status {
        std::size_t interfaces = 0;       // joined, each family by itself
        std::uint64_t announces = 0;      // sent, one for all interfaces
        std::uint64_t heard = 0;          // of others, of any torrent
        std::uint64_t dropped = 0;        // flood, not local, no announce, our own
        net::DatagramCounts datagrams{};  // of the sockets
    };
    [[nodiscard]] Status status() const;

private:
    void open();
    void arm();
    void announce(TimePoint now);
    void on_datagram(Bytes datagram, const Endpoint& from);
    [[nodiscard]] bool is_near(const IpAddress& address) const;
    [[nodiscard]] net::Awaitable<void> keep_time();

    const LocalDiscoverySettings settings_;
    const std::string cookie_;  // tells our own announces when they come back
    std::unordered_map<InfoHash, Searcher*> searches_;
    tracker::LocalSchedule schedule_;
    FloodGuard guard_;
    std::vector<net::Interface> interfaces_;
    net::asio::io_context& io_;
    std::optional<net::MulticastPort> port_;  // from the first search
    TimePoint not_before_ = TimePoint::min();
    TimePoint armed_ = kNever;
    Status counts_;
    bool stopped_ = false;
    net::Timer timer_;
    net::TaskGroup tasks_;
};

}  // namespace bt::session
