// Dht: this client's node of the DHT (BEP 5), in the IPv4 and the IPv6 network (BEP 32). A machine
// owned by the service that has the sockets; on the io thread. It has no socket, clock or random
// device: facts go in with their time, actions come out.
//
//     dht.on_packet(packet, from, now);          // or on_timeout(now) at wake_at()
//     dht.take_actions(actions);                 // after every call that takes a time
//
// A search begins with whatever there is: nodes of the table, nodes of an earlier run, addresses
// that were added, routers; all at once. Peers are reported from the first answer that names some.
// At the end of its first round, which takes a few round trips, we are announced.
//
// Invariants
//  - A node is in the table because it has answered; who merely asks is asked in turn.
//  - An answer counts if its transaction id and the very endpoint that it comes from are those of
//    a query of ours; any other changes nothing.
//  - All that strangers make it hold is bounded; so are the answers that they get: of one source a
//    few a second, of all together kReplyRate, and to an address that has not shown that it is one,
//    no more than kMaxGain times what came from it (reflection).
//  - Nobody on the Internet has us ask, or report as a peer, an address in a local range.
//  - While it is read-only (BEP 43) it answers nobody, and says so in what it asks: until it has
//    run for Settings::read_only_for, and as long as it is behind a NAT.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "bt/core/bytes.hpp"
#include "bt/core/endpoint.hpp"
#include "bt/core/ids.hpp"
#include "bt/core/time.hpp"
#include "bt/dht/node_id.hpp"

namespace bt::dht {

/// Bytes a second that answers take in all, and bytes at once.
inline constexpr double kReplyRate = 8 * 1024;
inline constexpr double kReplyBurst = 32 * 1024;
inline constexpr std::size_t kMaxGain = 3;
/// Nodes that are kept for the next run, of each family.
inline constexpr std::size_t kMaxKept = 200;
inline constexpr std::size_t kMaxRouters = 16;
/// Lookups under way at a time; more searches wait for their turn.
inline constexpr std::size_t kMaxLookups = 16;
/// Peers reported in one round of a search.
inline constexpr std::size_t kMaxPeersOfRound = 2000;
/// With fewer good nodes than this a table is short: routers are asked.
inline constexpr std::size_t kShortTable = 8;
/// The pause between the rounds of a search that finds peers; doubles.
inline constexpr Duration kFirstSearchPause = std::chrono::seconds(30);
/// Stored peers live for half an hour.
inline constexpr Duration kMaxSearchPause = std::chrono::minutes(15);
/// The same for one that finds none; for one that is answered by fewer than kShortTable nodes, and
/// for filling a short table.
inline constexpr Duration kFirstVainPause = std::chrono::seconds(10);
inline constexpr Duration kFirstRetryPause = std::chrono::seconds(1);
inline constexpr Duration kMaxRetryPause = std::chrono::minutes(5);
/// Rounds that news of nodes brings forward are so far apart at least.
inline constexpr Duration kNewsPause = std::chrono::seconds(5);

struct Settings {
    std::uint16_t port = 0;  // of our socket: together with local addresses tells us from others
    bool ipv4 = true;        // there is a socket for it
    bool ipv6 = true;
    Duration read_only_for = std::chrono::minutes(10);
};

/// Who named the address of a node.
enum class NodeSource : std::uint8_t {
    peer,     // a PORT message, from the address that it names
    torrent,  // a stranger: local ranges are left out
};

struct SendPacket {
    Endpoint to;
    ByteVector packet;
};
/// Peers of a search that its present round has not reported yet. They can be dialed as far as
/// their numbers tell.
struct PeersFound {
    InfoHash info_hash;
    std::vector<Endpoint> peers;
};
/// A round of a search is over, and its announces are sent.
struct LookupDone {
    InfoHash info_hash;
    std::size_t peers = 0;     // reported in this round
    std::size_t answered = 0;  // nodes
};
using Action = std::variant<SendPacket, PeersFound, LookupDone>;

class Dht {
public:
    /// `saved` is our id of an earlier run. `random` gives what nobody may guess; `seed` is for
    /// choices that need no secrecy.
    Dht(Settings settings, std::optional<NodeId> saved, Random random, std::uint64_t seed);
    ~Dht();
    Dht(const Dht&) = delete;
    Dht& operator=(const Dht&) = delete;

    /// Any datagram that begins with 'd'.
    void on_packet(Bytes packet, const Endpoint& from, TimePoint now);
    void on_timeout(TimePoint now);
    /// When on_timeout() is next of use without other news; the past when it is so now.
    [[nodiscard]] TimePoint wake_at() const;

    /// A bootstrap node: asked while the table is short, never in the table itself.
    void add_router(const Endpoint& endpoint, TimePoint now);
    void add_node(const Endpoint& endpoint, TimePoint now, NodeSource source = NodeSource::peer);
    /// Nodes of an earlier run: asked at once, in the table when they answer.
    void restore(std::span<const NodeInfo> nodes, TimePoint now);
    /// Good nodes, and those of the last run that have not been asked yet; at most kMaxKept of each
    /// family. Empty when nobody has answered: what was kept before is better.
    [[nodiscard]] std::vector<NodeInfo> nodes_to_keep() const;
    /// Changes when others agree on an address of ours that it is not valid for (BEP 42).
    [[nodiscard]] NodeId id(Family family) const;

    /// Looks for peers now and then with a growing pause, and announces us on `announce_port` (TCP
    /// and uTP) at the end of each round. For a search that runs already: takes the port, and
    /// begins a round at once unless one is under way.
    void search(const InfoHash& info_hash, std::optional<std::uint16_t> announce_port,
                TimePoint now);
    void stop_search(const InfoHash& info_hash);

    /// Of this machine. An address that others see and that is none of them means NAT.
    void set_local_addresses(std::span<const IpAddress> addresses);
    /// Another network: old failures, votes and pauses mean nothing any more.
    void network_changed(TimePoint now);

    /// Appends what is to be done, in order.
    void take_actions(std::vector<Action>& out);

    struct Stats {
        std::size_t nodes_v4 = 0;  // in the table
        std::size_t nodes_v6 = 0;
        std::size_t good_nodes = 0;
        std::size_t contacts = 0;  // addresses that wait to be asked
        std::size_t searches = 0;
        std::size_t lookups = 0;  // under way
        std::size_t queries_in_flight = 0;
        std::size_t stored_torrents = 0;
        std::size_t stored_peers = 0;
        std::uint64_t queries_sent = 0;
        std::uint64_t queries_received = 0;
        std::uint64_t replies_sent = 0;
        std::uint64_t reply_bytes = 0;
        std::uint64_t dropped = 0;  // packets that changed nothing
        std::optional<IpAddress> external_v4;
        std::optional<IpAddress> external_v6;
        bool read_only = true;
    };
    [[nodiscard]] Stats stats() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace bt::dht
