// The state of a PeerBook: the addresses that it knows, in the order in which they are dialed, and
// who named them.
#pragma once

#include <compare>
#include <optional>
#include <set>
#include <unordered_map>

#include "bt/core/rng.hpp"
#include "bt/swarm/peer_book.hpp"
#include "swarm/newest_of.hpp"

namespace bt::swarm {

enum class PeerStage : std::uint8_t {
    ready,
    waiting,
    parked,  // it could be dialed, but its sender has its share of the connections
    half_open,
    connected,
};

/// Nobody checks what PEX and the DHT name.
[[nodiscard]] inline bool is_hearsay(PeerSource source) {
    return source == PeerSource::pex || source == PeerSource::dht;
}

/// Against whose share a candidate counts.
[[nodiscard]] inline std::optional<IpAddress> whose(const PeerOrigin& origin) {
    return is_hearsay(origin.source) ? origin.sender : std::nullopt;
}

/// The order in which candidates are dialed.
struct PeerRank {
    std::uint8_t origin = 0;  // see origin_of
    std::uint8_t failures = 0;
    std::uint64_t tie = 0;  // the canonical priority (BEP 40), as far as it is known, then chance
    Endpoint endpoint;      // two equal chances must not be one candidate
    friend auto operator<=>(const PeerRank&, const PeerRank&) = default;
};

struct PeerWait {
    TimePoint until;
    Endpoint endpoint;
    friend auto operator<=>(const PeerWait&, const PeerWait&) = default;
};

struct PeerEntry {
    PeerSource source = PeerSource::tracker;
    PeerStage stage = PeerStage::ready;
    bool doomed = false;  // banned or forgotten while it is connected
    bool worked = false;  // has given payload
    bool connected_ever = false;
    std::uint8_t failures = 0;        // tries since it last gave payload
    std::uint8_t returns = 0;         // short connections in a row that gave payload
    TimePoint since{};                // when the stage half_open or connected began
    TimePoint until{};                // waiting
    std::uint64_t tie = 0;            // ready
    std::optional<IpAddress> sender;  // whose hearsay it is; nobody's once a better source names it

    [[nodiscard]] bool is_dialed() const {
        return stage == PeerStage::half_open || stage == PeerStage::connected;
    }
};

struct PeerBook::State {
    State(PeerBookSettings given, std::uint64_t seed);

    using Table = std::unordered_map<Endpoint, PeerEntry>;
    /// What one sender has named.
    struct Share {
        std::uint32_t known = 0;
        std::uint32_t dialed = 0;  // of these, half-open or connected
        std::set<Endpoint> parked;
    };

    // Candidates: peer_book_room.cpp.
    [[nodiscard]] bool may_know(const Endpoint& endpoint, const PeerOrigin& origin) const;
    void insert(const Endpoint& endpoint, const PeerOrigin& origin);
    void heard_again(Table::value_type& known, PeerSource source, TimePoint now);
    void drop(const Endpoint& endpoint);
    void erase(Table::iterator at);
    void make_ready(Table::value_type& known);
    void make_waiting(Table::value_type& known, TimePoint until);
    void withdraw(const Table::value_type& known);
    void wake_waiting(TimePoint now);
    /// Takes the first of those that are ready and may be dialed; parks those that may not.
    [[nodiscard]] Table::value_type* take_ready();
    /// A dialed connection has ended.
    void release(const PeerEntry& entry);
    void rank_again();
    [[nodiscard]] std::uint8_t spent_after(const Table::value_type& known) const;
    [[nodiscard]] static PeerRank rank_of(const Table::value_type& known);
    [[nodiscard]] std::uint64_t tie_of(const Endpoint& endpoint);
    [[nodiscard]] bool make_room(const PeerRank& newcomer);
    [[nodiscard]] bool make_room_of(const std::optional<IpAddress>& sender);
    void unattribute(PeerEntry& entry, const Endpoint& endpoint);
    [[nodiscard]] std::uint32_t share_of_connections() const;

    // Connections: peer_book.cpp.
    [[nodiscard]] std::uint32_t connections() const { return half_open + connected + incoming; }
    [[nodiscard]] bool has_room() const;
    [[nodiscard]] Duration token() const {
        return connected + incoming == 0 ? dial_interval / kLonelyHaste : dial_interval;
    }
    [[nodiscard]] TimePoint next_token() const;
    void take_token(TimePoint now);

    const PeerBookSettings settings;
    Rng rng;
    Table known;
    std::set<PeerRank> ready;    // of stage ready
    std::set<PeerWait> waiting;  // of stage waiting; kNever: has failed too often
    std::unordered_map<IpAddress, std::uint32_t> known_at;  // addresses of known, all ports
    std::unordered_map<IpAddress, Share> shares;            // of senders
    std::optional<Endpoint> own_v4;
    std::optional<Endpoint> own_v6;
    NewestOf<IpAddress> banned{kMaxBanned};
    NewestOf<Endpoint> forgotten;
    std::unordered_map<IpAddress, std::uint32_t> incoming_of;

    std::uint32_t half_open = 0;
    std::uint32_t connected = 0;  // dialed
    std::uint32_t incoming = 0;
    std::uint32_t ever_connected = 0;

    // Tokens as time, exact in integers: each dial moves `paid_until` one token on, and it may run
    // ahead of now by a burst.
    const Duration dial_interval;
    TimePoint paid_until{};
};

}  // namespace bt::swarm
