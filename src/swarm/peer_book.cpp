#include "bt/swarm/peer_book.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "bt/core/assert.hpp"
#include "swarm/peer_book_state.hpp"

namespace bt::swarm {
namespace {

constexpr std::size_t kMaxForgotten = 2000;

Duration doubled(Duration first, unsigned times) {
    return std::min(first * (1 << std::min(times, 10u)), PeerBook::kMaxPause);
}

}  // namespace

PeerBook::State::State(PeerBookSettings given, std::uint64_t seed)
    : settings(given),
      rng(seed),
      forgotten(kMaxForgotten),
      dial_interval(given.dials_per_second > 0 ? from_seconds(1 / given.dials_per_second)
                                               : Duration::max()) {}

PeerBook::PeerBook(PeerBookSettings settings, std::uint64_t seed)
    : state_(std::make_unique<State>(settings, seed)) {}
PeerBook::~PeerBook() = default;

bool PeerBook::State::has_room() const {
    if (half_open >= settings.max_half_open || connections() >= settings.max_peers) return false;
    // Dials to dead addresses must not keep out the peers that come to us: the last tenth is filled
    // one dial at a time.
    return half_open == 0 || connections() < settings.max_peers - settings.max_peers / 10;
}

TimePoint PeerBook::State::next_token() const {
    if (settings.burst == 0 || dial_interval == Duration::max()) return kNever;
    return paid_until - token() * (settings.burst - 1);
}

void PeerBook::State::take_token(TimePoint now) {
    paid_until = std::max(paid_until, now) + token();
}

bool PeerBook::add(const Endpoint& endpoint, PeerSource source, TimePoint now) {
    return add(endpoint, PeerOrigin{source, std::nullopt}, now);
}

bool PeerBook::add(const Endpoint& endpoint, const PeerOrigin& origin, TimePoint now) {
    auto& state = *state_;
    if (!state.may_know(endpoint, origin)) return false;
    if (const auto at = state.known.find(endpoint); at != state.known.end()) {
        state.heard_again(*at, origin.source, now);
        return false;
    }
    if (!state.make_room_of(whose(origin))) return false;
    State::Table::value_type newcomer{endpoint, PeerEntry{}};
    newcomer.second.source = origin.source;
    newcomer.second.tie = state.tie_of(endpoint);
    if (!state.make_room(State::rank_of(newcomer))) return false;
    state.insert(endpoint, origin);
    return true;
}

std::optional<Endpoint> PeerBook::next_to_dial(TimePoint now) {
    auto& state = *state_;
    if (!state.has_room() || state.next_token() > now) return std::nullopt;
    state.wake_waiting(now);
    auto* const one = state.take_ready();
    if (one == nullptr) return std::nullopt;
    auto& [endpoint, entry] = *one;
    entry.stage = PeerStage::half_open;
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
    if (at == state_->known.end() || at->second.stage != PeerStage::half_open) return;
    auto& entry = at->second;
    entry.stage = PeerStage::connected;
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
    if (entry.stage != PeerStage::half_open && entry.stage != PeerStage::connected) return;

    const auto lasted = now - entry.since;
    if (entry.stage == PeerStage::half_open) {
        --state.half_open;
        const bool failed = kind == CloseKind::refused || kind == CloseKind::failed;
        if (failed && lasted < kQuickFailure) state.paid_until -= state.token();
    } else {
        --state.connected;
    }
    if (entry.doomed) {
        state.erase(at);
        return;
    }
    if (kind == CloseKind::worked) {
        state.unattribute(entry, endpoint);  // it is no hearsay any more
    } else {
        state.release(entry);
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
    const bool spent = entry.failures >= state.spent_after(*at);
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

void PeerBook::set_own_address(const Endpoint& endpoint) {
    auto& own = endpoint.address.is_v4() ? state_->own_v4 : state_->own_v6;
    if (own == endpoint) return;
    own = endpoint;
    state_->rank_again();
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
