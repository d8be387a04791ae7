// Pex: what one torrent tells its peers about each other, and what it takes from them (BEP 11). A
// machine: no socket, no clock. Owned by the torrent; not used for private ones (BEP 27).
//
// A peer is told of whom we are connected to now: of each message, what has changed since the last
// one to that peer. Somebody who comes and goes in between is never mentioned.
//
// Invariants
//  - At most one message a minute to a peer and one from it, of at most 50 added and 50 dropped.
//  - Who was named as added is named as dropped once it has gone, if the peer is still there.
//  - Nobody is told of itself, nor of a peer whose listening port is not known.
//  - Memory: kMaxPeers connections, each with what it has been told, at most kMaxTold addresses.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "bt/core/bytes.hpp"
#include "bt/core/endpoint.hpp"
#include "bt/core/time.hpp"
#include "bt/swarm/connection.hpp"
#include "bt/wire/pex.hpp"

namespace bt::swarm {

class Pex {
public:
    static constexpr Duration kInterval = std::chrono::minutes(1);
    /// A new peer gets its first message after this: by then we know more.
    static constexpr Duration kFirstAfter = std::chrono::seconds(2);
    /// Clocks and queues of others: a message that is early by so much is taken.
    static constexpr Duration kTolerance = std::chrono::seconds(5);
    static constexpr std::size_t kMaxPeers = 1024;  // further ones take no part
    static constexpr std::size_t kMaxTold = 400;    // addresses that one peer is told of at a time

    /// Its handshake is over. `listening`: where others can reach it; nothing while its port is not
    /// known. `flags`: see wire::pex_flag. To be called again when either has changed.
    void on_connected(ConnectionId peer, const std::optional<Endpoint>& listening,
                      std::uint8_t flags, TimePoint now);
    /// It speaks ut_pex (again), or has switched it off.
    void on_support(ConnectionId peer, bool speaks);
    void on_disconnected(ConnectionId peer);

    /// The message to send to this peer now, if one is due and says something.
    [[nodiscard]] std::optional<wire::PexMessage> next_message(ConnectionId peer, TimePoint now);
    /// When next_message() can have an answer for somebody; kNever if only news can bring one.
    [[nodiscard]] TimePoint wake_at() const;

    /// The payload of a message from this peer. The candidates in it: unicast with a port, one for
    /// each IP address. Empty when it comes too soon or is broken.
    [[nodiscard]] std::vector<wire::PexPeer> on_message(ConnectionId peer, Bytes payload,
                                                        TimePoint now);

private:
    struct Contact {
        std::uint32_t connections = 0;
        std::uint8_t flags = 0;  // of the one that came last
    };
    struct Peer {
        std::optional<Endpoint> listening;
        std::uint8_t flags = 0;
        bool speaks = false;
        TimePoint send_at{};
        TimePoint take_at = TimePoint::min();
        std::uint64_t seen = 0;      // version_ of which it knows all
        std::vector<Endpoint> told;  // sorted
    };

    void add_contact(const Endpoint& endpoint, std::uint8_t flags);
    void drop_contact(const Endpoint& endpoint);

    std::map<ConnectionId, Peer> peers_;
    std::map<Endpoint, Contact> contacts_;  // whom we are connected to
    std::uint64_t version_ = 0;             // of contacts_
};

}  // namespace bt::swarm
