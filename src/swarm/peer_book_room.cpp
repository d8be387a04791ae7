// PeerBook: which addresses it knows, whose they are, and in which order.
#include <algorithm>
#include <utility>

#include "bt/core/assert.hpp"
#include "bt/core/nearness.hpp"
#include "bt/swarm/peer_priority.hpp"
#include "swarm/peer_book_state.hpp"

namespace bt::swarm {
namespace {

constexpr std::uint16_t kFirstCommonPort = 1024;

/// Web servers have been given as peers to flood them.
bool is_doubtful(PeerSource source, const Endpoint& endpoint) {
    return is_hearsay(source) && endpoint.port < kFirstCommonPort;
}

/// Smaller is better.
std::uint8_t origin_of(PeerSource source) {
    switch (source) {
        case PeerSource::manual:
            return 0;
        case PeerSource::tracker:
        case PeerSource::lsd:
            return 2;
        case PeerSource::incoming:
        case PeerSource::dht:
        case PeerSource::pex:
            break;
    }
    return 3;
}

/// The same of an address, by what has come of it.
std::uint8_t origin_of(const PeerEntry& entry, const Endpoint& endpoint) {
    if (entry.worked && entry.source != PeerSource::manual) return 1;
    return is_doubtful(entry.source, endpoint) ? 4 : origin_of(entry.source);
}

/// Whether a sender can know that somebody is there: who is on the Internet knows nothing of our
/// network, and nobody but ourselves of this machine.
bool can_know(const IpAddress& sender, const IpAddress& address) {
    if (nearness(address) == Nearness::this_machine) {
        return nearness(sender) == Nearness::this_machine;
    }
    return is_local(sender) || !is_local(address);
}

}  // namespace

/// Of hearsay, the judgement: see PeerBook::add().
bool PeerBook::State::may_know(const Endpoint& endpoint, const PeerOrigin& origin) const {
    if (endpoint.port == 0 || !endpoint.address.is_unicast()) return false;
    if (banned.contains(endpoint.address) || forgotten.contains(endpoint)) return false;
    if (!is_hearsay(origin.source) || known.contains(endpoint)) return true;
    // On one machine or network several peers share an address, and they harm nobody else.
    if (!is_local(endpoint.address) && known_at.contains(endpoint.address)) return false;
    const auto& sender = origin.sender;
    const auto& own = endpoint.address.is_v4() ? own_v4 : own_v6;
    if (own && own->address == endpoint.address) {
        // Others may sit behind the same router; they know it.
        return sender && (*sender == endpoint.address || is_local(*sender));
    }
    return !sender || can_know(*sender, endpoint.address);
}

void PeerBook::State::insert(const Endpoint& endpoint, const PeerOrigin& origin) {
    auto& one = *known.emplace(endpoint, PeerEntry{}).first;
    one.second.source = origin.source;
    one.second.sender = whose(origin);
    if (one.second.sender) ++shares[*one.second.sender].known;
    ++known_at[endpoint.address];
    make_ready(one);
}

void PeerBook::State::heard_again(Table::value_type& one, PeerSource source, TimePoint now) {
    auto& entry = one.second;
    const bool better = origin_of(source) < origin_of(entry.source);
    if (better || (is_hearsay(entry.source) && !is_hearsay(source))) {
        const bool idle = entry.stage == PeerStage::ready || entry.stage == PeerStage::parked;
        if (idle) withdraw(one);
        entry.source = source;
        if (!is_hearsay(source)) unattribute(entry, one.first);
        if (idle) make_ready(one);
    }
    // Somebody who should know says that it is there: one more try, after the longest pause.
    const bool spent = entry.stage == PeerStage::waiting && entry.until == kNever;
    if (!spent || source == PeerSource::pex) return;
    withdraw(one);
    entry.failures = static_cast<std::uint8_t>(spent_after(one) - 1);
    make_waiting(one, std::max(now, entry.since + kMaxPause));
}

void PeerBook::State::drop(const Endpoint& endpoint) {
    const auto at = known.find(endpoint);
    if (at == known.end()) return;
    if (at->second.is_dialed()) {
        at->second.doomed = true;  // counted until on_closed()
        return;
    }
    withdraw(*at);
    erase(at);
}

/// It is in none of the orders any more.
void PeerBook::State::erase(Table::iterator at) {
    unattribute(at->second, at->first);
    const auto of_address = known_at.find(at->first.address);
    if (--of_address->second == 0) known_at.erase(of_address);
    known.erase(at);
}

/// It counts against nobody's share any more.
void PeerBook::State::unattribute(PeerEntry& entry, const Endpoint& endpoint) {
    if (!entry.sender) return;
    const auto at = shares.find(*entry.sender);
    BT_ASSERT(at != shares.end() && !at->second.parked.contains(endpoint));
    if (entry.is_dialed()) release(entry);
    entry.sender.reset();
    if (--at->second.known == 0) shares.erase(at);
}

void PeerBook::State::make_ready(Table::value_type& one) {
    one.second.stage = PeerStage::ready;
    one.second.tie = tie_of(one.first);
    ready.insert(rank_of(one));
}

void PeerBook::State::make_waiting(Table::value_type& one, TimePoint until) {
    one.second.stage = PeerStage::waiting;
    one.second.until = until;
    waiting.insert({until, one.first});
}

void PeerBook::State::withdraw(const Table::value_type& one) {
    const auto& [endpoint, entry] = one;
    if (entry.stage == PeerStage::ready) ready.erase(rank_of(one));
    if (entry.stage == PeerStage::waiting) waiting.erase({entry.until, endpoint});
    if (entry.stage == PeerStage::parked) shares.at(*entry.sender).parked.erase(endpoint);
}

void PeerBook::State::wake_waiting(TimePoint now) {
    while (!waiting.empty() && waiting.begin()->until <= now) {
        auto& one = *known.find(waiting.begin()->endpoint);
        waiting.erase(waiting.begin());
        make_ready(one);
    }
}

PeerBook::State::Table::value_type* PeerBook::State::take_ready() {
    while (!ready.empty()) {
        auto& one = *known.find(ready.begin()->endpoint);
        ready.erase(ready.begin());
        if (!one.second.sender) return &one;
        auto& share = shares.at(*one.second.sender);
        if (share.dialed < share_of_connections()) {
            ++share.dialed;
            return &one;
        }
        one.second.stage = PeerStage::parked;
        share.parked.insert(one.first);
    }
    return nullptr;
}

void PeerBook::State::release(const PeerEntry& entry) {
    if (!entry.sender) return;
    auto& share = shares.at(*entry.sender);
    --share.dialed;
    for (const auto& endpoint : std::exchange(share.parked, {}))
        make_ready(*known.find(endpoint));
}

std::uint32_t PeerBook::State::share_of_connections() const {
    return std::max(1u, settings.max_peers / kShare);
}

std::uint8_t PeerBook::State::spent_after(const Table::value_type& one) const {
    return is_doubtful(one.second.source, one.first) ? kMaxDoubtfulFailures : kMaxDialFailures;
}

PeerRank PeerBook::State::rank_of(const Table::value_type& one) {
    const auto& [endpoint, entry] = one;
    return {origin_of(entry, endpoint), entry.failures, entry.tie, endpoint};
}

std::uint64_t PeerBook::State::tie_of(const Endpoint& endpoint) {
    const auto chance = rng();
    const auto& own = endpoint.address.is_v4() ? own_v4 : own_v6;
    const auto priority = own ? peer_priority(*own, endpoint) : std::nullopt;
    if (!priority) return chance;
    return std::uint64_t{~*priority} << 32 | chance >> 32;
}

void PeerBook::State::rank_again() {
    for (const auto& rank : std::exchange(ready, {}))
        make_ready(*known.find(rank.endpoint));
}

bool PeerBook::State::make_room(const PeerRank& newcomer) {
    if (known.size() < kMaxKnown) return true;
    // The longest wait is the one of an address that has failed most.
    if (!waiting.empty()) {
        const auto& [endpoint, entry] = *known.find(waiting.rbegin()->endpoint);
        if (entry.failures > 0 && entry.source != PeerSource::manual) {
            drop(Endpoint(endpoint));
            return true;
        }
    }
    for (const auto& [sender, share] : shares) {
        if (share.parked.empty()) continue;
        drop(Endpoint(*share.parked.begin()));
        return true;
    }
    if (ready.empty() || *ready.rbegin() < newcomer) return false;
    drop(Endpoint(ready.rbegin()->endpoint));
    return true;
}

/// In the share of the book of one sender: by what it has named that has failed most.
bool PeerBook::State::make_room_of(const std::optional<IpAddress>& sender) {
    if (!sender) return true;
    const auto at = shares.find(*sender);
    if (at == shares.end() || at->second.known < kMaxKnown / kShare) return true;
    const Table::value_type* worst = nullptr;
    for (const auto& one : known) {
        const auto& entry = one.second;
        if (entry.sender != sender || entry.stage != PeerStage::waiting) continue;
        if (entry.failures == 0 || (worst && worst->second.failures >= entry.failures)) continue;
        worst = &one;
    }
    if (!worst) return false;
    drop(Endpoint(worst->first));
    return true;
}

}  // namespace bt::swarm
