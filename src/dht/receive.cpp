#include <algorithm>
#include <variant>

#include "bt/core/nearness.hpp"
#include "dht/state.hpp"

namespace bt::dht {

void Dht::State::on_packet(Bytes packet, const Endpoint& from) {
    ++counts.dropped;  // until it turns out to be of use
    if (!can_ask(from)) return;
    // A flood of one source is not even read, unless we have asked it.
    if (guard.blocks(from, now) && !outstanding.awaits(from)) return;
    const auto message = parse_message(packet);
    if (!message) return;
    if (const auto* query = std::get_if<Query>(&*message)) {
        on_query(*query, from, packet.size());
        return;
    }
    if (const auto* answer = std::get_if<Answer>(&*message)) on_answer(*answer, from);
    if (const auto* error = std::get_if<ErrorAnswer>(&*message)) on_error(*error, from);
}

void Dht::State::on_answer(const Answer& answer, const Endpoint& from) {
    const auto query = outstanding.take(answer.transaction, from);
    if (!query) return;
    --counts.dropped;
    auto& net = network(from.address);
    net.round_trip.add(now - query->sent_at);
    on_vote(net, from, answer.seen_as);
    const NodeInfo node{answer.id, from};
    if (answer.id == net.id) {  // ourselves, by another way
        if (auto at = runs.find(query->lookup); at != runs.end())
            at->second.lookup.on_failure(from);
        advance();
        return;
    }
    on_node(net, node);
    if (query->purpose == Purpose::lookup) {
        if (const auto at = runs.find(query->lookup); at != runs.end()) {
            at->second.lookup.on_answer(node, answer.token);
        }
        auto peers = answer.values;
        if (!is_local(from.address)) {
            std::erase_if(peers, [](const Endpoint& peer) { return is_local(peer.address); });
        }
        report(as_info_hash(query->target), peers);
    }
    if (query->purpose != Purpose::announce) on_nodes(*query, answer.nodes, from);
    advance();
}

/// It is there, and will not do what we asked.
void Dht::State::on_error(const ErrorAnswer& error, const Endpoint& from) {
    const auto query = outstanding.take(error.transaction, from);
    if (!query) return;
    --counts.dropped;
    on_vote(network(from.address), from, error.seen_as);
    if (query->purpose == Purpose::lookup) {
        const auto at = runs.find(query->lookup);
        if (at != runs.end()) at->second.lookup.on_failure(from);
    }
    advance();
}

void Dht::State::on_vote(Network& net, const Endpoint& voter, const std::optional<Endpoint>& seen) {
    if (!seen) return;
    net.votes.add(voter.address, seen->address);
    adopt_address(net);
}

/// A node has shown that it is there.
void Dht::State::on_node(Network& net, const NodeInfo& node) {
    net.contacts.remove(node.endpoint);
    if (is_router(net, node.endpoint)) return;
    const bool first = net.table.good_count(now) == 0;
    if (!net.table.on_answer(node, now)) return;
    for (auto& [id, run] : runs)
        if (run.family == net.family) run.lookup.add(node);
    if (!first) return;
    // BEP 5: with the first node, we look for our neighbours.
    net.neighbourhood_at = now;
    wake_hungry(net);
}

void Dht::State::on_nodes(const Pending& query, const std::vector<NodeInfo>& nodes,
                          const Endpoint& from) {
    const bool local = is_local(from.address);
    const auto at = runs.find(query.lookup);
    const bool walks = query.purpose == Purpose::lookup && at != runs.end();
    for (const auto& node : nodes) {
        if (!can_ask(node.endpoint) || (!local && is_local(node.endpoint.address))) continue;
        auto& net = network(node.endpoint.address);
        if (node.id == net.id) continue;
        if (walks && at->second.family == net.family) {
            at->second.lookup.add(node);
        } else if (walks && at->second.search) {
            auto* other = run_of(*at->second.search, net.family);
            if (other != nullptr) other->lookup.add(node);
        }
        if (!is_router(net, node.endpoint) && net.table.has_room_for(node)) {
            net.contacts.add(node.endpoint, node.id);
        }
    }
}

/// Asks `pending.to`. The caller has seen that there is room for one more.
void Dht::State::send(Network& net, Query query, Pending pending) {
    const auto transaction = outstanding.add(pending, net.round_trip.patience(), now);
    std::array<std::byte, sizeof transaction> bytes;
    write_be(bytes.data(), transaction);
    query.transaction = bytes;
    query.id = net.id;
    query.read_only = read_only();
    const auto& other = networks[net.family == Family::v4 ? 1 : 0];
    const bool takes_nodes = query.method == Method::find_node || query.method == Method::get_peers;
    // BEP 32: both kinds while the other network is not known well, else what is given unasked.
    if (takes_nodes && other.enabled && is_short(other)) query.want = Want{true, true};
    ++counts.queries_sent;
    actions.emplace_back(SendPacket{pending.to, encode(query)});
}

}  // namespace bt::dht
