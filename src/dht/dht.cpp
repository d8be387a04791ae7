#include "bt/dht/dht.hpp"

#include <algorithm>
#include <iterator>

#include "bt/core/assert.hpp"
#include "bt/core/nearness.hpp"
#include "dht/state.hpp"

namespace bt::dht {

Dht::State::State(Settings given, std::optional<NodeId> saved, Random source, std::uint64_t seed)
    : settings(given),
      rng(seed),
      random(std::move(source)),
      networks{Network(Family::v4, given.ipv4, saved ? *saved : random_node_id(random)),
               Network(Family::v6, given.ipv6, saved ? *saved : random_node_id(random))},
      outstanding([this] { return random(); }),
      tokens([this] { return random(); }),
      guard(std::uint64_t{random()} << 32 | random()) {
    if (!saved) {  // BEP 32: one id for both, as long as BEP 42 does not ask for two
        network(Family::v6).id = network(Family::v4).id;
        network(Family::v6).table.move_to(network(Family::v4).id);
    }
}

bool Dht::State::read_only() const {
    return !started || now - *started < settings.read_only_for || behind_nat();
}

/// Only if every network that has been seen from outside is behind one.
bool Dht::State::behind_nat() const {
    if (local_addresses.empty()) return false;
    bool hidden = false;
    for (const auto& net : networks) {
        const auto seen = net.votes.agreed();
        if (!seen) continue;
        if (std::find(local_addresses.begin(), local_addresses.end(), *seen) !=
            local_addresses.end()) {
            return false;
        }
        hidden = true;
    }
    return hidden;
}

bool Dht::State::is_ours(const Endpoint& endpoint) const {
    return endpoint.port == settings.port &&
           std::find(local_addresses.begin(), local_addresses.end(), endpoint.address) !=
               local_addresses.end();
}

bool Dht::State::can_ask(const Endpoint& endpoint) {
    return endpoint.port != 0 && endpoint.address.is_unicast() &&
           network(endpoint.address).enabled && !is_ours(endpoint);
}

bool Dht::State::is_router(const Network& net, const Endpoint& endpoint) {
    return std::find(net.routers.begin(), net.routers.end(), endpoint) != net.routers.end();
}

/// Time does not go back, whatever the caller says.
void Dht::State::at(TimePoint time) {
    now = started ? std::max(now, time) : time;
    if (!started) started = now;
}

/// All that is due. In this order: what fails makes room, what is learned is used.
void Dht::State::advance() {
    expire();
    drive_runs();
    while (begin_due_searches() || begin_due_neighbourhoods())
        drive_runs();
    for (auto& net : networks) {
        ask_contacts(net);
        check_nodes(net);
    }
}

Dht::Dht(Settings settings, std::optional<NodeId> saved, Random random, std::uint64_t seed)
    : state_(std::make_unique<State>(settings, saved, std::move(random), seed)) {}
Dht::~Dht() = default;

void Dht::on_packet(Bytes packet, const Endpoint& from, TimePoint now) {
    state_->at(now);
    state_->on_packet(packet, from);
}

void Dht::on_timeout(TimePoint now) {
    state_->at(now);
    state_->advance();
}

TimePoint Dht::wake_at() const {
    const auto& state = *state_;
    auto out = state.outstanding.wake_at();
    for (const auto& [id, run] : state.runs)
        out = std::min(out, run.over ? kNever : run.ends_at);
    const bool room = state.lookups_under_way() < kMaxLookups;
    for (const auto& [hash, search] : state.searches)
        if (!search.in_round && room) out = std::min(out, search.next_at);
    for (const auto& net : state.networks) {
        if (!net.enabled) continue;
        if (room) out = std::min(out, net.neighbourhood_at);
        if (state.outstanding.full()) continue;
        out = std::min(out, std::max(net.table.next_check_time(), net.check_after));
    }
    return out;
}

void Dht::add_router(const Endpoint& endpoint, TimePoint now) {
    auto& state = *state_;
    state.at(now);
    if (!state.can_ask(endpoint)) return;
    auto& net = state.network(endpoint.address);
    if (State::is_router(net, endpoint) || net.routers.size() >= kMaxRouters) return;
    net.routers.push_back(endpoint);
    net.table.remove(endpoint);
    // Once, however full the table is: those who came to us unasked may be all of one mind.
    net.new_routers = true;
    net.neighbourhood_at = std::min(net.neighbourhood_at, state.now);
    if (state.is_short(net)) {
        for (auto& [id, run] : state.runs)
            if (run.family == net.family) run.lookup.add_unnamed(endpoint);
        state.wake_hungry(net);
    }
    state.advance();
}

void Dht::add_node(const Endpoint& endpoint, TimePoint now, NodeSource source) {
    auto& state = *state_;
    state.at(now);
    if (!state.can_ask(endpoint)) return;
    if (source == NodeSource::torrent && is_local(endpoint.address)) return;
    auto& net = state.network(endpoint.address);
    if (State::is_router(net, endpoint) || net.table.knows(endpoint, state.now)) return;
    net.contacts.add(endpoint, std::nullopt);
    state.wake_hungry(net);
    state.advance();
}

void Dht::restore(std::span<const NodeInfo> nodes, TimePoint now) {
    auto& state = *state_;
    state.at(now);
    for (const auto& node : nodes) {
        auto& net = state.network(node.endpoint.address);
        if (state.can_ask(node.endpoint) && node.id != net.id) {
            net.contacts.add(node.endpoint, node.id, true);
        }
    }
    for (auto& net : state.networks)
        if (net.contacts.size() > 0) state.wake_hungry(net);
    state.advance();
}

std::vector<NodeInfo> Dht::nodes_to_keep() const {
    std::vector<NodeInfo> out;
    for (const auto& net : state_->networks) {
        auto nodes = net.table.closest(net.id, kMaxKept, true, state_->now);
        // A run may be too short to ask all of the last one's.
        const auto more = net.contacts.kept();
        nodes.insert(nodes.end(), more.begin(), more.end());
        if (nodes.size() > kMaxKept) nodes.resize(kMaxKept);
        out.insert(out.end(), nodes.begin(), nodes.end());
    }
    return out;
}

NodeId Dht::id(Family family) const {
    return state_->network(family).id;
}

void Dht::search(const InfoHash& info_hash, std::optional<std::uint16_t> announce_port,
                 TimePoint now) {
    auto& state = *state_;
    state.at(now);
    auto& search = state.searches[info_hash];
    search.port = announce_port && *announce_port != 0 ? announce_port : std::nullopt;
    search.next_at = state.now;
    state.advance();
}

void Dht::stop_search(const InfoHash& info_hash) {
    std::erase_if(state_->runs, [&](const auto& one) { return one.second.search == info_hash; });
    state_->searches.erase(info_hash);
}

void Dht::set_local_addresses(std::span<const IpAddress> addresses) {
    state_->local_addresses.assign(addresses.begin(), addresses.end());
}

void Dht::network_changed(TimePoint now) {
    auto& state = *state_;
    state.at(now);
    for (auto& net : state.networks) {
        net.votes.clear();
        net.round_trip = {};
        net.table.forgive();
        net.neighbourhood_tries = 0;
        if (net.neighbourhood_at != kNever) net.neighbourhood_at = state.now;
    }
    for (auto& [hash, search] : state.searches) {
        search.good_rounds = search.vain_rounds = 0;
        search.next_at = state.now;
    }
    state.advance();
}

void Dht::take_actions(std::vector<Action>& out) {
    std::move(state_->actions.begin(), state_->actions.end(), std::back_inserter(out));
    state_->actions.clear();
}

Dht::Stats Dht::stats() const {
    const auto& state = *state_;
    auto out = state.counts;
    const auto& [v4, v6] = state.networks;
    out.nodes_v4 = v4.table.size();
    out.nodes_v6 = v6.table.size();
    out.external_v4 = v4.votes.agreed();
    out.external_v6 = v6.votes.agreed();
    for (const auto& net : state.networks) {
        out.good_nodes += net.table.good_count(state.now);
        out.contacts += net.contacts.size();
        out.stored_torrents += net.store.torrent_count();
        out.stored_peers += net.store.peer_count();
    }
    out.searches = state.searches.size();
    out.lookups = state.runs.size();
    out.queries_in_flight = state.outstanding.size();
    out.read_only = state.read_only();
    return out;
}

}  // namespace bt::dht
