#include "bt/swarm/peer_book.hpp"

#include <algorithm>
#include <cmath>
#include <compare>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "bt/core/assert.hpp"
#include "bt/core/rng.hpp"
#include "swarm/newest_of.hpp"

namespace bt::swarm {
namespace {

constexpr std::size_t kMaxForgotten = 2000;
constexpr std::uint16_t kFirstCommonPort = 1024;

enum class Stage : std::uint8_t { ready, waiting, half_open, connected };

/// The order in which candidates are dialed.
struct Rank {
    std::uint8_t origin = 0;  // see origin_of
    std::uint8_t failures = 0;
    std::uint64_t chance = 0;
    Endpoint endpoint;  // two equal chances must not be one candidate
    friend auto operator<=>(const Rank&, const Rank&) = default;
};

struct Wait {
    TimePoint until;
    Endpoint endpoint;
    friend auto operator<=>(const Wait&, const Wait&) = default;
};

struct Entry {
    PeerSource source = PeerSource::tracker;
    Stage stage = Stage::ready;
    bool doomed = false;  // banned or forgotten while it is connected
    bool worked = false;  // has given payload
    bool connected_ever = false;
    std::uint8_t failures = 0;  // tries since it last gave payload
    std::uint8_t returns = 0;   // short connections in a row that gave payload
    TimePoint since{};          // when the stage half_open or connected began
    TimePoint until{};          // waiting
    std::uint64_t chance = 0;   // ready
};

std::uint8_t origin_of(const Entry& entry, const Endpoint& endpoint) {
    if (entry.source == PeerSource::manual) return 0;
    if (entry.worked) return 1;
    if (entry.source == PeerSource::tracker) return 2;
    const bool hearsay = entry.source == PeerSource::pex || entry.source == PeerSource::dht;
    // Nobody checks what PEX and DHT name: web servers have been given as peers to flood them.
    return hearsay && endpoint.port < kFirstCommonPort ? 4 : 3;
}

Duration doubled(Duration first, unsigned times) {
    return std::min(first * (1 << std::min(times, 10u)), PeerBook::kMaxPause);
}

}  // namespace

struct PeerBook::State {
    State(PeerBookSettings given, std::uint64_t seed)
        : settings(given),
          rng(seed),
          dial_interval(given.dials_per_second > 0 ? from_seconds(1 / given.dials_per_second)
                                                   : Duration::max()) {}

    using Table = std::unordered_map<Endpoint, Entry>;

    [[nodiscard]] std::uint32_t connections() const { return half_open + connected + incoming; }
    [[nodiscard]] bool has_room() const {
        if (half_open >= settings.max_half_open || connections() >= settings.max_peers) {
            return false;
        }
        // Dials to dead addresses must not keep out the peers that come to us: the last tenth is
        // filled one dial at a time.
        return half_open == 0 || connections() < settings.max_peers - settings.max_peers / 10;
    }
    [[nodiscard]] static Rank rank_of(const Table::value_type& known) {
        const auto& [endpoint, entry] = known;
        return {origin_of(entry, endpoint), entry.failures, entry.chance, endpoint};
    }

    void make_ready(Table::value_type& known);
    void make_waiting(Table::value_type& known, TimePoint until);
    void withdraw(const Table::value_type& known);
    void wake_waiting(TimePoint now);
    [[nodiscard]] bool make_room(const Rank& newcomer);
    void heard_again(Table::value_type& known, PeerSource source, TimePoint now);
    void drop(const Endpoint& endpoint);

    [[nodiscard]] Duration token() const {
        return connected + incoming == 0 ? dial_interval / kLonelyHaste : dial_interval;
    }
    [[nodiscard]] TimePoint next_token() const;
    void take_token(TimePoint now);

    const PeerBookSettings settings;
    Rng rng;
    Table known;
    std::set<Rank> ready;    // of stage ready
    std::set<Wait> waiting;  // of stage waiting; kNever: has failed too often
    NewestOf<IpAddress> banned{kMaxBanned};
    NewestOf<Endpoint> forgotten{kMaxForgotten};
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

PeerBook::PeerBook(PeerBookSettings settings, std::uint64_t seed)
    : state_(std::make_unique<State>(settings, seed)) {}
PeerBook::~PeerBook() = default;

void PeerBook::State::make_ready(Table::value_type& one) {
    one.second.stage = Stage::ready;
    one.second.chance = rng();
    ready.insert(rank_of(one));
}

void PeerBook::State::make_waiting(Table::value_type& one, TimePoint until) {
    one.second.stage = Stage::waiting;
    one.second.until = until;
    waiting.insert({until, one.first});
}

void PeerBook::State::withdraw(const Table::value_type& one) {
    if (one.second.stage == Stage::ready) ready.erase(rank_of(one));
    if (one.second.stage == Stage::waiting) waiting.erase({one.second.until, one.first});
}

void PeerBook::State::wake_waiting(TimePoint now) {
    while (!waiting.empty() && waiting.begin()->until <= now) {
        auto& one = *known.find(waiting.begin()->endpoint);
        waiting.erase(waiting.begin());
        make_ready(one);
    }
}

bool PeerBook::State::make_room(const Rank& newcomer) {
    if (known.size() < kMaxKnown) return true;
    // The longest wait is the one of an address that has failed most.
    if (!waiting.empty()) {
        const auto& [endpoint, entry] = *known.find(waiting.rbegin()->endpoint);
        if (entry.failures > 0 && entry.source != PeerSource::manual) {
            drop(Endpoint(endpoint));
            return true;
        }
    }
    if (ready.empty() || *ready.rbegin() < newcomer) return false;
    drop(Endpoint(ready.rbegin()->endpoint));
    return true;
}

void PeerBook::State::drop(const Endpoint& endpoint) {
    const auto at = known.find(endpoint);
    if (at == known.end()) return;
    if (at->second.stage == Stage::half_open || at->second.stage == Stage::connected) {
        at->second.doomed = true;  // counted until on_closed()
        return;
    }
    withdraw(*at);
    known.erase(at);
}

void PeerBook::State::heard_again(Table::value_type& one, PeerSource source, TimePoint now) {
    auto& entry = one.second;
    if (source < entry.source) {
        const bool was_ready = entry.stage == Stage::ready;
        if (was_ready) withdraw(one);
        entry.source = source;
        if (was_ready) make_ready(one);
    }
    // Somebody who should know says that it is there: one more try, after the longest pause.
    const bool spent = entry.stage == Stage::waiting && entry.until == kNever;
    if (!spent || source == PeerSource::pex) return;
    withdraw(one);
    entry.failures = kMaxDialFailures - 1;
    make_waiting(one, std::max(now, entry.since + kMaxPause));
}

TimePoint PeerBook::State::next_token() const {
    if (settings.burst == 0 || dial_interval == Duration::max()) return kNever;
    return paid_until - token() * (settings.burst - 1);
}

void PeerBook::State::take_token(TimePoint now) {
    paid_until = std::max(paid_until, now) + token();
}

bool PeerBook::add(const Endpoint& endpoint, PeerSource source, TimePoint now) {
    auto& state = *state_;
    if (endpoint.port == 0 || !endpoint.address.is_unicast() || banned(endpoint.address) ||
        state.forgotten.contains(endpoint)) {
        return false;
    }
    if (const auto at = state.known.find(endpoint); at != state.known.end()) {
        state.heard_again(*at, source, now);
        return false;
    }
    State::Table::value_type newcomer{endpoint, Entry{}};
    newcomer.second.source = source;
    newcomer.second.chance = state.rng();
    if (!state.make_room(State::rank_of(newcomer))) return false;
    state.make_ready(*state.known.insert(std::move(newcomer)).first);
    return true;
}

std::optional<Endpoint> PeerBook::next_to_dial(TimePoint now) {
    auto& state = *state_;
    if (!state.has_room() || state.next_token() > now) return std::nullopt;
    state.wake_waiting(now);
    if (state.ready.empty()) return std::nullopt;
    const auto endpoint = state.ready.begin()->endpoint;
    state.ready.erase(state.ready.begin());
    auto& entry = state.known.find(endpoint)->second;
    entry.stage = Stage::half_open;
    entry.since = now;
    ++state.half_open;
    state.take_token(now);
    return endpoint;
}

TimePoint PeerBook::next_dial_time(TimePoint now) const {
    const auto& state = *state_;
    if (!state.has_room()) return kNever;
    auto candidate = kNever;
    if (!state.ready.empty()) {
        candidate = now;
    } else if (!state.waiting.empty()) {
        candidate = state.waiting.begin()->until;
    }
    return std::max({now, candidate, state.next_token()});
}

bool PeerBook::has_failed(const Endpoint& endpoint) const {
    const auto at = state_->known.find(endpoint);
    return at != state_->known.end() && at->second.failures > 0;
}

Duration PeerBook::dial_timeout(const Endpoint& endpoint) const {
    return has_failed(endpoint) ? kLaterDialTimeout : kFirstDialTimeout;
}

void PeerBook::on_connected(const Endpoint& endpoint, TimePoint now) {
    const auto at = state_->known.find(endpoint);
    if (at == state_->known.end() || at->second.stage != Stage::half_open) return;
    auto& entry = at->second;
    entry.stage = Stage::connected;
    entry.since = now;
    if (!std::exchange(entry.connected_ever, true)) ++state_->ever_connected;
    --state_->half_open;
    ++state_->connected;
}

void PeerBook::on_closed(const Endpoint& endpoint, CloseKind kind, TimePoint now) {
    auto& state = *state_;
    const auto at = state.known.find(endpoint);
    if (at == state.known.end()) return;
    auto& entry = at->second;
    if (entry.stage != Stage::half_open && entry.stage != Stage::connected) return;

    const auto lasted = now - entry.since;
    if (entry.stage == Stage::half_open) {
        --state.half_open;
        const bool failed = kind == CloseKind::refused || kind == CloseKind::failed;
        if (failed && lasted < kQuickFailure) state.paid_until -= state.token();
    } else {
        --state.connected;
    }
    if (entry.doomed) {
        state.known.erase(at);
        return;
    }
    entry.since = now;
    switch (kind) {
        case CloseKind::redundant:
            state.make_waiting(*at, now + kRedundantPause);
            return;
        case CloseKind::worked:
            entry.worked = true;
            entry.failures = 0;
            if (lasted >= kLongConnection) entry.returns = 0;
            state.make_waiting(*at, now + doubled(kWorkedPause, entry.returns));
            if (entry.returns < 100) ++entry.returns;
            return;
        case CloseKind::startled:
            if (entry.failures++ > 0) break;
            state.make_ready(*at);
            return;
        case CloseKind::refused:
        case CloseKind::failed:
        case CloseKind::useless:
            ++entry.failures;
            break;
    }
    const bool spent = entry.failures >= kMaxDialFailures;
    state.make_waiting(*at, spent ? kNever : now + doubled(kFirstPause, entry.failures - 1u));
}

bool PeerBook::on_incoming(const IpAddress& address, TimePoint) {
    auto& state = *state_;
    if (banned(address) || state.connections() >= state.settings.max_peers) return false;
    if (state.incoming >= state.settings.max_incoming) return false;
    const auto at = state.incoming_of.find(address);
    const auto have = at == state.incoming_of.end() ? 0 : at->second;
    if (have >= state.settings.max_per_address) return false;
    ++state.incoming_of[address];
    ++state.incoming;
    ++state.ever_connected;
    return true;
}

void PeerBook::on_incoming_closed(const IpAddress& address, TimePoint) {
    auto& state = *state_;
    const auto at = state.incoming_of.find(address);
    BT_ASSERT(at != state.incoming_of.end());
    --state.incoming;
    if (--at->second == 0) state.incoming_of.erase(at);
}

void PeerBook::network_changed() {
    auto& state = *state_;
    for (const auto& wait : std::exchange(state.waiting, {})) {
        auto& one = *state.known.find(wait.endpoint);
        if (one.second.failures == 0) {
            state.waiting.insert(wait);
            continue;
        }
        one.second.failures = 0;
        state.make_ready(one);
    }
}

void PeerBook::forget(const Endpoint& endpoint) {
    state_->forgotten.insert(endpoint);
    state_->drop(endpoint);
}

void PeerBook::ban(const IpAddress& address) {
    state_->banned.insert(address);
    std::vector<Endpoint> of_it;
    for (const auto& [endpoint, entry] : state_->known) {
        if (endpoint.address == address) of_it.push_back(endpoint);
    }
    for (const auto& endpoint : of_it)
        state_->drop(endpoint);
}

bool PeerBook::banned(const IpAddress& address) const {
    return state_->banned.contains(address);
}

PeerBook::Counts PeerBook::counts(TimePoint now) const {
    const auto& state = *state_;
    Counts out;
    out.known = static_cast<std::uint32_t>(state.known.size());
    out.half_open = state.half_open;
    out.connected = state.connected + state.incoming;
    out.ready = static_cast<std::uint32_t>(state.ready.size());
    for (const auto& wait : state.waiting) {
        if (wait.until > now) break;
        ++out.ready;
    }
    out.ever_connected = state.ever_connected;
    out.banned = static_cast<std::uint32_t>(state.banned.size());
    out.full = !state_->has_room();
    return out;
}

}  // namespace bt::swarm
