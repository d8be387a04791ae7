// DhtService: the session's node of the DHT: joins the machine of dht/ to the UDP port, the clock,
// the resolver and the file in which nodes are kept between runs. Owned by the session, on the io
// thread.
//
// It is asleep until something is first asked of it: until then it reads no file, looks up no name,
// sends nothing and answers nobody, so that a run of private torrents alone is unseen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bt/core/bytes.hpp"
#include "bt/core/endpoint.hpp"
#include "bt/core/ids.hpp"
#include "bt/core/time.hpp"
#include "bt/dht/dht.hpp"
#include "bt/net/asio.hpp"
#include "bt/net/services.hpp"
#include "bt/net/udp_port.hpp"

namespace bt::session {

/// Run by the makers of four clients.
inline constexpr std::pair<std::string_view, std::uint16_t> kDhtRouters[] = {
    {"router.bittorrent.com", 6881},
    {"dht.transmissionbt.com", 6881},
    {"router.utorrent.com", 6881},
    {"dht.libtorrent.org", 25401},
};

struct DhtSettings {
    /// Host, port: bootstrap nodes instead of kDhtRouters.
    std::vector<std::pair<std::string, std::uint16_t>> routers;
    std::filesystem::path state_file;                        // empty: nothing is kept
    Duration read_only_for = dht::Settings{}.read_only_for;  // BEP 43
    /// A search that is asked to go on begins no two rounds within this. Each time it is asked to,
    /// it is twice as long, up to DhtService::kMaxPause, until the network changes.
    Duration least_pause = std::chrono::seconds(15);
};

class DhtService {
public:
    /// Names of hosts of torrents that are looked up at a time; more are dropped.
    static constexpr std::size_t kMaxLookUps = 32;
    static constexpr Duration kMaxPause = std::chrono::minutes(5);
    static constexpr Duration kSaveInterval = std::chrono::minutes(10);
    /// Routers are looked up again after this while no node is known; doubles.
    static constexpr Duration kFirstRetry = std::chrono::seconds(5);
    static constexpr Duration kMaxRetry = std::chrono::minutes(5);
    /// What nodes of an earlier run have for themselves before routers are looked up.
    static constexpr Duration kGrace = std::chrono::seconds(1);
    /// Without a node for so long, status() says that none answers.
    static constexpr Duration kPatience = std::chrono::seconds(10);

    /// One who searches. Called on the io thread, from within any call of the service.
    class Searcher {
    public:
        virtual ~Searcher() = default;
        /// Peers of the search, as soon as a node has named them; not of this machine, and not
        /// judged otherwise.
        virtual void on_dht_peers(std::span<const Endpoint> peers) = 0;
        /// A round in which nodes have answered is over, and we are announced to them. So many
        /// peers have been reported in it.
        virtual void on_dht_round(std::size_t peers) = 0;
    };

    /// `port` is bound. `services` and `port` outlive the service.
    DhtService(net::Services& services, net::UdpPort& port, DhtSettings settings);
    /// stop() has returned, or nothing was ever asked.
    ~DhtService();
    DhtService(const DhtService&) = delete;
    DhtService& operator=(const DhtService&) = delete;

    /// Looks for peers of a torrent, which is not private, at once and then now and then; with
    /// `announce`, tells that we are one, at the number of `port`. `searcher` is not called after
    /// stop_search(). Asked again for the same torrent, it takes the new `searcher` and `announce`.
    void search(const InfoHash& info_hash, Searcher& searcher, bool announce);
    void stop_search(const InfoHash& info_hash);
    /// Begins another round of a search at once, or as soon as DhtSettings::least_pause allows. To
    /// be asked for as often as peers are missed.
    void want_peers(const InfoHash& info_hash);

    /// A node that a peer has named by a PORT message (BEP 5): its own address.
    void add_node(const Endpoint& endpoint);
    /// One of a torrent's `nodes` (BEP 5); the host by name or as an address.
    void add_node(const std::string& host, std::uint16_t port);

    /// A datagram that begins with 'd'.
    void on_packet(Bytes packet, const Endpoint& from);
    /// This machine has other addresses, or a way to elsewhere.
    void network_changed();
    /// Keeps what is to be kept and ends everything, at once.
    [[nodiscard]] net::Awaitable<void> stop();

    enum class State : std::uint8_t {
        asleep,    // nothing was asked yet
        starting,  // no node has answered yet
        working,   // nodes are known, or somebody answered in the last round of a search
        failed,    // no node answers, see message
    };
    struct Status {
        State state = State::asleep;
        std::size_t nodes_v4 = 0;
        std::size_t nodes_v6 = 0;
        bool read_only = true;
        std::optional<IpAddress> external_v4;  // ours, as several nodes see it
        std::optional<IpAddress> external_v6;
        std::string message;  // failed: why, in one line, escaped
    };
    [[nodiscard]] Status status() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace bt::session
