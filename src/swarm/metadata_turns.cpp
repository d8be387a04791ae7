// MetadataFetch: whom to ask for which piece, and when to think again.
#include <algorithm>
#include <tuple>

#include "swarm/metadata_state.hpp"

namespace bt::swarm {

void MetadataFetch::State::settle(TimePoint now) {
    if (metadata) {
        wake = kNever;
        return;
    }
    expire(now);
    for (auto& [size, of] : sizes) {
        if (of.peers == 0) continue;
        if (of.in_doubt) {
            ask_by_turns(size, now);
        } else {
            ask_all(size, of, now);
        }
    }
    wake = next_wake(now);
}

void MetadataFetch::State::expire(TimePoint now) {
    for (auto& [id, peer] : peers) {
        if (peer.outstanding.empty() || now < peer.heard + kPatience) continue;
        give_up_outstanding(id, peer);
        rest(peer, now);
    }
}

/// One request a round, so that the pieces spread over the peers: first over those that have
/// answered, then over those that owe least; last those that had nothing when they were asked.
void MetadataFetch::State::ask_all(std::uint32_t size, MetadataSize& of, TimePoint now) {
    of.shared.advance(now);
    std::vector<Peers::value_type*> able;
    for (auto& one : peers) {
        if (one.second.size == size && one.second.can_be_asked(now)) able.push_back(&one);
    }
    const auto rank = [](const MetadataPeer& peer) {
        return std::tuple(peer.rests, peer.answers == 0, peer.outstanding.size());
    };
    std::stable_sort(able.begin(), able.end(), [&](const auto* a, const auto* b) {
        return rank(a->second) < rank(b->second);
    });
    for (bool asked = true; asked;) {
        asked = false;
        for (auto* const one : able) {
            auto& [id, peer] = *one;
            if (peer.can_be_asked(now) && ask(id, peer, of.shared, now)) asked = true;
        }
    }
}

bool MetadataFetch::State::ask(ConnectionId id, MetadataPeer& peer, MetadataAttempt& attempt,
                               TimePoint now) {
    const auto piece = attempt.pick(id, now);
    if (!piece) return false;
    if (peer.outstanding.empty()) peer.heard = now;
    peer.outstanding.push_back(*piece);
    std::erase(peer.late, *piece);
    requests.push_back({id, *piece});
    return true;
}

void MetadataFetch::State::ask_by_turns(std::uint32_t size, TimePoint now) {
    std::vector<Peers::value_type*> waiting;
    std::size_t taken = 0;
    for (auto& one : peers) {
        auto& peer = one.second;
        if (peer.size != size || !peer.usable()) continue;
        if (peer.has_turn) {
            ++taken;
        } else if (peer.paused_until <= now) {
            waiting.push_back(&one);
        }
    }
    give_turns(waiting, taken, now);
    for (auto& [id, peer] : peers) {
        if (peer.size != size || !peer.has_turn) continue;
        while (peer.can_be_asked(now) && ask(id, peer, attempt_of(peer), now)) {
        }
    }
}

/// Those who hold a turn for too long give it up if others wait. What they have sent is kept for
/// their next one.
void MetadataFetch::State::give_turns(std::vector<Peers::value_type*>& waiting, std::size_t taken,
                                      TimePoint now) {
    std::stable_sort(waiting.begin(), waiting.end(), [](const auto* a, const auto* b) {
        const auto& [x, y] = std::tie(a->second, b->second);
        return x.turns != y.turns ? x.turns < y.turns : x.answers > y.answers;
    });
    for (auto* const one : waiting) {
        auto& peer = one->second;
        if (taken == kTriedAtOnce && !end_a_turn(peer.size, now)) return;
        taken = std::min(taken + 1, kTriedAtOnce);
        peer.has_turn = true;
        peer.turn_ends = now + kTurn;
        peer.heard = now;
        ++peer.turns;
    }
}

bool MetadataFetch::State::end_a_turn(std::uint32_t size, TimePoint now) {
    const auto at = std::find_if(peers.begin(), peers.end(), [&](const auto& one) {
        return one.second.size == size && one.second.has_turn && one.second.turn_over() <= now;
    });
    if (at == peers.end()) return false;
    auto& [id, peer] = *at;
    peer.has_turn = false;
    if (peer.turn_ends <= now) return true;
    give_up_outstanding(id, peer);
    rest(peer, now);
    return true;
}

TimePoint MetadataFetch::State::next_wake(TimePoint now) const {
    auto out = kNever;
    const auto consider = [&](TimePoint at) {
        if (at > now) out = std::min(out, at);
    };
    for (const auto& [id, peer] : peers) {
        if (!peer.usable()) continue;
        consider(peer.paused_until);
        if (!peer.outstanding.empty()) consider(peer.heard + kPatience);
        if (peer.has_turn) consider(peer.turn_over());
    }
    for (const auto& [size, of] : sizes) {
        if (of.peers > 1 && !of.in_doubt) consider(of.shared.next_repeat());
    }
    return out;
}

}  // namespace bt::swarm
