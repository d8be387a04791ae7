#include <algorithm>

#include "bt/core/nearness.hpp"
#include "dht/state.hpp"
#include "dht/subnet.hpp"

namespace bt::dht {

namespace {

/// In an answer, beyond the nodes and peers themselves: keys and lengths.
constexpr std::size_t kNodesHead = 14;   // "6:nodes6304:" and a reserve
constexpr std::size_t kValuesHead = 10;  // "6:valuesle"
constexpr std::size_t kValueV4 = 8;      // "6:" and it
constexpr std::size_t kValueV6 = 21;

std::size_t fitting(std::size_t room, std::size_t head, std::size_t each, std::size_t most) {
    return room <= head ? 0 : std::min((room - head) / each, most);
}

}  // namespace

void Dht::State::on_query(const Query& query, const Endpoint& from, std::size_t size) {
    auto& net = network(from.address);
    if (query.id == net.id || !guard.admits(from, now)) return;
    --counts.dropped;
    ++counts.queries_received;
    const NodeInfo node{query.id, from};
    net.table.on_query(node, now);
    if (!query.read_only && !is_router(net, from) && net.table.has_room_for(node)) {
        net.contacts.add(from, query.id);  // BEP 5: it is in the table when it answers
        ask_contacts(net);
    }
    if (read_only()) return;
    if (query.method == Method::unknown) {
        refuse(query, from, Refusal::unknown);
        return;
    }
    Answer answer;
    answer.transaction = query.transaction;
    answer.id = net.id;
    answer.seen_as = from;
    if (query.method == Method::announce_peer) {
        on_announce(query, from, answer);
        return;
    }
    reply(from, query.method == Method::ping ? encode(answer)
                                             : compose(std::move(answer), query, from, size));
}

void Dht::State::refuse(const Query& query, const Endpoint& from, Refusal code) {
    reply(from, encode(ErrorAnswer{query.transaction, code, from}));
}

void Dht::State::on_announce(const Query& query, const Endpoint& from, const Answer& answer) {
    const Endpoint peer{from.address, query.implied_port ? from.port : query.port};
    if (!tokens.accepts(query.token, from.address, query.target, now) || peer.port == 0) {
        refuse(query, from, Refusal::protocol);
        return;
    }
    const auto hash = as_info_hash(query.target);
    if (!network(from.address).store.add(hash, peer, now)) {
        refuse(query, from, Refusal::server);
        return;
    }
    reply(from, encode(answer));
    report(hash, {peer});
}

/// Nodes and peers, as many as may be sent: half of the room for peers first, the rest for nodes,
/// what is left for more peers.
ByteVector Dht::State::compose(Answer answer, const Query& query, const Endpoint& from,
                               std::size_t size) {
    auto& net = network(from.address);
    Tokens::Token token;
    std::vector<Endpoint> peers;
    if (query.method == Method::get_peers) {
        token = tokens.make(from.address, query.target, now);
        answer.token = token;
        const auto hash = as_info_hash(query.target);
        peers = net.store.sample(hash, kMaxValues - 1, now, rng);
        if (!is_local(from.address)) {
            std::erase_if(peers, [](const Endpoint& peer) { return is_local(peer.address); });
        }
        add_own_endpoint(peers, hash, from);
    }
    const bool proven = net.table.knows(from, now);
    const auto most = proven ? kMaxSent : std::min(kMaxSent, kMaxGain * size);
    const auto bare = encode(answer).size();
    auto room = most > bare ? most - bare : 0;
    const auto each = net.family == Family::v4 ? kValueV4 : kValueV6;
    const auto first = fitting(room / 2, kValuesHead, each, peers.size());
    if (first > 0) room -= kValuesHead + first * each;
    add_nodes(answer, query, from, room);
    const auto head = first > 0 ? 0 : kValuesHead;
    peers.resize(first + fitting(room, head, each, peers.size() - first));
    answer.values = std::move(peers);
    return encode(answer);
}

void Dht::State::add_nodes(Answer& answer, const Query& query, const Endpoint& from,
                           std::size_t& room) {
    const auto own = family_of(from.address);
    const auto want = query.want.value_or(Want{own == Family::v4, own == Family::v6});
    for (const auto family : {Family::v4, Family::v6}) {
        const auto& source = network(family);
        if (!(family == Family::v4 ? want.v4 : want.v6) || !source.enabled) continue;
        const auto bytes = family == Family::v4 ? kCompactNodeV4 : kCompactNodeV6;
        const auto count = fitting(room, kNodesHead, bytes, RoutingTable::kBucketSize);
        auto nodes = source.table.closest(query.target, count, true, now);
        // Addresses of our own network mean nothing beyond it.
        if (!is_local(from.address)) {
            std::erase_if(nodes, [](const NodeInfo& n) { return is_local(n.endpoint.address); });
        }
        if (nodes.empty()) continue;
        room -= kNodesHead + nodes.size() * bytes;
        answer.nodes.insert(answer.nodes.end(), nodes.begin(), nodes.end());
    }
}

/// We are a peer of what we announce, for those who ask us; as far as we know where they see us.
void Dht::State::add_own_endpoint(std::vector<Endpoint>& peers, const InfoHash& hash,
                                  const Endpoint& asker) const {
    const auto at = searches.find(hash);
    if (at == searches.end() || !at->second.port) return;
    const auto port = *at->second.port;
    const auto& net = networks[static_cast<std::size_t>(family_of(asker.address))];
    if (asker.address.is_loopback()) {
        peers.insert(peers.begin(), {asker.address, port});
        return;
    }
    if (!is_local(asker.address)) {
        if (const auto seen = net.votes.agreed()) peers.insert(peers.begin(), {*seen, port});
        return;
    }
    for (const auto& address : local_addresses) {
        if (subnet_of(address) != subnet_of(asker.address)) continue;
        peers.insert(peers.begin(), {address, port});
        return;
    }
}

void Dht::State::reply(const Endpoint& to, ByteVector packet) {
    if (!reply_budget.take(static_cast<double>(packet.size()), now)) return;
    ++counts.replies_sent;
    counts.reply_bytes += packet.size();
    actions.emplace_back(SendPacket{to, std::move(packet)});
}

}  // namespace bt::dht
