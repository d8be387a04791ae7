#include <algorithm>
#include <utility>

#include "bt/core/nearness.hpp"
#include "dht/state.hpp"

namespace bt::dht {

namespace {

Duration doubled(Duration first, unsigned times, Duration most) {
    return std::min(first * (1 << std::min(times, 10u)), most);
}

}  // namespace

std::size_t Dht::State::lookups_under_way() const {
    return static_cast<std::size_t>(
        std::count_if(runs.begin(), runs.end(), [](const auto& one) { return !one.second.over; }));
}

/// Who has waited for the longest time comes first.
bool Dht::State::begin_due_searches() {
    bool begun = false;
    while (lookups_under_way() < kMaxLookups) {
        auto next = searches.end();
        for (auto at = searches.begin(); at != searches.end(); ++at) {
            if (at->second.in_round || at->second.next_at > now) continue;
            if (next == searches.end() || at->second.next_at < next->second.next_at) next = at;
        }
        if (next == searches.end()) break;
        begin_round(next->first, next->second);
        begun = true;
    }
    return begun;
}

void Dht::State::begin_round(const InfoHash& hash, Search& search) {
    search.in_round = true;
    search.began_at = now;
    search.running = search.answered = 0;
    search.reported.clear();
    for (auto& net : networks) {
        if (!net.enabled) continue;
        report(hash, net.store.sample(hash, kMaxValues, now, rng));  // as told by themselves
        auto& asked = search.asked[static_cast<std::size_t>(net.family)];
        asked = begin_run(net, hash, as_node_id(hash));
        if (asked) ++search.running;
    }
    if (search.running == 0) end_round(hash, search);
}

/// False: there is nobody to ask.
bool Dht::State::begin_run(Network& net, const std::optional<InfoHash>& search,
                           const NodeId& target) {
    Run run(net.family, search, target, now);
    seed(net, run);
    if (run.lookup.empty()) return false;
    runs.emplace(++last_run, std::move(run));
    return true;
}

void Dht::State::seed(Network& net, Run& run) {
    const auto& target = run.lookup.target();
    for (const auto& node : net.table.closest(target, kFirstNodes, false, now))
        run.lookup.add(node);
    if (!run.search && std::exchange(net.new_routers, false)) ask_routers(net, run);
    if (!is_short(net)) return;
    for (const auto& node : net.contacts.closest(target, kFirstNodes))
        run.lookup.add(node);
    for (const auto& endpoint : net.contacts.unnamed(kFirstNodes / 2))
        run.lookup.add_unnamed(endpoint);
    ask_routers(net, run);
}

void Dht::State::ask_routers(const Network& net, Run& run) {
    for (const auto& router : net.routers)
        run.lookup.add_unnamed(router);
    run.asked_routers = true;
}

Run* Dht::State::run_of(const InfoHash& search, Family family) {
    for (auto& [id, run] : runs) {
        if (run.search == search && run.family == family && !run.over) return &run;
    }
    return nullptr;
}

void Dht::State::drive_runs() {
    for (auto at = runs.begin(); at != runs.end();) {
        auto& [id, run] = *at;
        ask(id, run);
        const auto& net = network(run.family);
        if (run.lookup.done() && run.lookup.answered() == 0 && !run.asked_routers) {
            ask_routers(net, run);  // the nodes that we knew are gone
            ask(id, run);
        }
        if (run.lookup.done() || now >= run.ends_at) end_run(run);
        at = run.over && !outstanding.any_for(id) ? runs.erase(at) : std::next(at);
    }
}

void Dht::State::ask(std::uint32_t id, Run& run) {
    auto& net = network(run.family);
    while (now < run.ends_at && !outstanding.full()) {
        const auto to = run.lookup.next();
        if (!to) return;
        net.contacts.remove(*to);
        Query query;
        query.method = run.search ? Method::get_peers : Method::find_node;
        query.target = run.lookup.target();
        Pending pending;
        pending.to = *to;
        pending.purpose = Purpose::lookup;
        pending.lookup = id;
        pending.target = query.target;
        send(net, query, pending);
    }
}

/// The walk has come to an end: for the first time, or once more after a late answer led on.
void Dht::State::end_run(Run& run) {
    const bool news = run.lookup.answered() != run.answered_at_end;
    run.answered_at_end = run.lookup.answered();
    const auto at = run.search ? searches.find(*run.search) : searches.end();
    if (at != searches.end() && news) announce(run, at->second);
    if (run.over) return;
    run.over = true;
    if (!run.search) {
        auto& net = network(run.family);
        const bool filled = !is_short(net);
        net.neighbourhood_at =
            now + (filled ? kNeighbourhoodPause
                          : doubled(kFirstRetryPause, net.neighbourhood_tries, kMaxRetryPause));
        net.neighbourhood_tries = filled ? 0 : net.neighbourhood_tries + 1;
        return;
    }
    if (at == searches.end()) return;
    at->second.answered += run.lookup.answered();
    if (--at->second.running == 0) end_round(at->first, at->second);
}

void Dht::State::end_round(const InfoHash& hash, Search& search) {
    search.in_round = false;
    auto pause = kFirstSearchPause;
    if (!search.reported.empty()) {
        pause = doubled(kFirstSearchPause, search.good_rounds++, kMaxSearchPause);
        search.vain_rounds = 0;
    } else {
        const auto first = search.answered < kShortTable ? kFirstRetryPause : kFirstVainPause;
        pause = doubled(first, search.vain_rounds++, kMaxRetryPause);
        search.good_rounds = 0;
    }
    pause -= pause * static_cast<int>(random_below(rng, 256)) / 2048;  // nobody keeps step
    search.next_at = now + pause;
    actions.emplace_back(LookupDone{hash, search.reported.size(), search.answered});
}

void Dht::State::announce(Run& run, const Search& search) {
    if (!search.port) return;
    auto& net = network(run.family);
    for (const auto& place : run.lookup.places()) {
        if (outstanding.full()) return;
        if (!run.announced.insert(place.endpoint).second) continue;
        Query query;
        query.method = Method::announce_peer;
        query.target = run.lookup.target();
        query.port = *search.port;
        query.token = place.token;
        Pending pending;
        pending.to = place.endpoint;
        pending.purpose = Purpose::announce;
        pending.target = query.target;
        send(net, query, pending);
    }
}

void Dht::State::report(const InfoHash& hash, const std::vector<Endpoint>& peers) {
    const auto at = searches.find(hash);
    if (at == searches.end()) return;
    auto& reported = at->second.reported;
    PeersFound found{hash, {}};
    for (const auto& peer : peers) {
        if (reported.size() >= kMaxPeersOfRound) break;
        if (peer.port == 0 || !peer.address.is_unicast() || is_ours(peer)) continue;
        if (reported.insert(peer).second) found.peers.push_back(peer);
    }
    if (!found.peers.empty()) actions.emplace_back(std::move(found));
}

/// There is somebody new to ask: searches that have not asked in this family, or found next to
/// nothing, go on at once, or soon if they have only just asked.
void Dht::State::wake_hungry(Network& net) {
    for (auto& [hash, search] : searches) {
        auto& asked = search.asked[static_cast<std::size_t>(net.family)];
        if (search.in_round) {
            if (asked || !begin_run(net, hash, as_node_id(hash))) continue;
            asked = true;
            ++search.running;
            continue;
        }
        const bool fed = !search.reported.empty() || search.answered >= kShortTable;
        if (asked && fed) continue;
        const bool fresh = !search.asked[0] && !search.asked[1];
        const auto soon = fresh ? now : std::max(now, search.began_at + kNewsPause);
        search.next_at = std::min(search.next_at, soon);
    }
}

}  // namespace bt::dht
