// Dht::State: what a Dht is made of, and how its parts are joined. receive.cpp takes
// packets in, answer.cpp serves others, search.cpp walks for us, upkeep.cpp keeps the tables alive.
#pragma once

#include <array>
#include <map>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "bt/core/rng.hpp"
#include "bt/dht/dht.hpp"
#include "bt/dht/message.hpp"
#include "dht/address_votes.hpp"
#include "dht/allowance.hpp"
#include "dht/contacts.hpp"
#include "dht/lookup.hpp"
#include "dht/outstanding.hpp"
#include "dht/peer_store.hpp"
#include "dht/round_trip.hpp"
#include "dht/routing_table.hpp"
#include "dht/source_guard.hpp"
#include "dht/tokens.hpp"

namespace bt::dht {

/// How many contacts are asked at a time, with a short table and with another.
inline constexpr std::size_t kHastyContacts = 8;
inline constexpr std::size_t kCalmContacts = 2;
/// Nodes that a lookup begins with.
inline constexpr std::size_t kFirstNodes = 16;
/// Our own neighbourhood is looked up so often, as buckets are refreshed (BEP 5).
inline constexpr Duration kNeighbourhoodPause = std::chrono::minutes(15);
/// Checks of nodes are so far apart at least.
inline constexpr Duration kCheckPause = std::chrono::seconds(1);
/// A lookup that has not ended of itself is ended.
inline constexpr Duration kMaxLookupTime = std::chrono::seconds(20);

/// What there is of one family.
struct Network {
    Network(Family which, bool on, const NodeId& own) : family(which), enabled(on), id(own) {}

    Family family;
    bool enabled;
    NodeId id;
    RoutingTable table{id};
    Contacts contacts;
    AddressVotes votes;
    PeerStore store;
    RoundTrip round_trip;
    std::vector<Endpoint> routers;
    bool new_routers = false;             // that no lookup of our own id has asked
    TimePoint neighbourhood_at = kNever;  // when our own id is looked up next
    unsigned neighbourhood_tries = 0;     // in a row that left the table short
    TimePoint check_after{};
};

/// A lookup under way, and what it is for. It outlives its end while queries are in flight: a late
/// answer may name peers, or lead on.
struct Run {
    Run(Family in, std::optional<InfoHash> what, const NodeId& target, TimePoint now)
        : family(in), search(what), lookup(target), ends_at(now + kMaxLookupTime) {}

    Family family;
    std::optional<InfoHash> search;  // nothing: a lookup of our own id
    Lookup lookup;
    TimePoint ends_at;
    bool over = false;  // has been counted in the round of its search
    bool asked_routers = false;
    std::size_t answered_at_end = 0;  // when it last came to an end
    std::unordered_set<Endpoint> announced;
};

struct Search {
    std::optional<std::uint16_t> port;
    TimePoint next_at;
    TimePoint began_at;  // the last round
    bool in_round = false;
    std::array<bool, 2> asked{};  // somebody of each family, in the last round
    std::size_t running = 0;      // lookups of the round that are not over
    std::size_t answered = 0;
    unsigned good_rounds = 0;  // in a row that found peers
    unsigned vain_rounds = 0;  // in a row that found none
    std::unordered_set<Endpoint> reported;
};

struct Dht::State {
    State(Settings given, std::optional<NodeId> saved, Random random, std::uint64_t seed);

    [[nodiscard]] Network& network(Family family) {
        return networks[static_cast<std::size_t>(family)];
    }
    [[nodiscard]] Network& network(const IpAddress& address) { return network(family_of(address)); }
    [[nodiscard]] bool read_only() const;
    [[nodiscard]] bool behind_nat() const;
    [[nodiscard]] bool is_short(const Network& net) const {
        return net.table.good_count(now) < kShortTable;
    }
    [[nodiscard]] bool is_ours(const Endpoint& endpoint) const;
    /// May be asked at all: an address that a host can have, in a network that we are in.
    [[nodiscard]] bool can_ask(const Endpoint& endpoint);
    [[nodiscard]] static bool is_router(const Network& net, const Endpoint& endpoint);
    void at(TimePoint time);
    void advance();

    // receive.cpp
    void on_packet(Bytes packet, const Endpoint& from);
    void on_answer(const Answer& answer, const Endpoint& from);
    void on_error(const ErrorAnswer& error, const Endpoint& from);
    void on_vote(Network& net, const Endpoint& voter, const std::optional<Endpoint>& seen);
    void on_node(Network& net, const NodeInfo& node);
    void on_nodes(const Pending& query, const std::vector<NodeInfo>& nodes, const Endpoint& from);
    void send(Network& net, Query query, Pending pending);

    // answer.cpp
    void on_query(const Query& query, const Endpoint& from, std::size_t size);
    void refuse(const Query& query, const Endpoint& from, Refusal code);
    void on_announce(const Query& query, const Endpoint& from, const Answer& answer);
    [[nodiscard]] ByteVector compose(Answer answer, const Query& query, const Endpoint& from,
                                     std::size_t size);
    void add_nodes(Answer& answer, const Query& query, const Endpoint& from, std::size_t& room);
    void add_own_endpoint(std::vector<Endpoint>& peers, const InfoHash& hash,
                          const Endpoint& asker) const;
    void reply(const Endpoint& to, ByteVector packet);

    // search.cpp
    [[nodiscard]] std::size_t lookups_under_way() const;
    /// Whether one has begun.
    bool begin_due_searches();
    void begin_round(const InfoHash& hash, Search& search);
    bool begin_run(Network& net, const std::optional<InfoHash>& search, const NodeId& target);
    void seed(Network& net, Run& run);
    static void ask_routers(const Network& net, Run& run);
    [[nodiscard]] Run* run_of(const InfoHash& search, Family family);
    void drive_runs();
    void ask(std::uint32_t id, Run& run);
    void end_run(Run& run);
    void end_round(const InfoHash& hash, Search& search);
    void announce(Run& run, const Search& search);
    void report(const InfoHash& hash, const std::vector<Endpoint>& peers);
    void wake_hungry(Network& net);

    // upkeep.cpp
    void expire();
    bool begin_due_neighbourhoods();
    void ask_contacts(Network& net);
    void check_nodes(Network& net);
    void adopt_address(Network& net);

    const Settings settings;
    Rng rng;
    Random random;
    TimePoint now{};
    std::optional<TimePoint> started;
    std::array<Network, 2> networks;
    std::vector<IpAddress> local_addresses;
    Outstanding outstanding;
    Tokens tokens;
    SourceGuard guard;
    Allowance reply_budget{kReplyRate, kReplyBurst};
    std::map<std::uint32_t, Run> runs;
    std::uint32_t last_run = 0;
    std::unordered_map<InfoHash, Search> searches;
    std::vector<Action> actions;
    Stats counts;  // of packets
};

}  // namespace bt::dht
