#include "sim/dht_net.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>
#include <variant>

#include "bt/core/assert.hpp"

namespace bt::dht::sim {

namespace {

constexpr Duration kNatMemory = 120s;

IpAddress random_v4(Rng& rng) {
    const auto byte = [&](std::uint64_t from, std::uint64_t to) {
        return static_cast<std::uint8_t>(from + random_below(rng, to - from));
    };
    return IpAddress::v4({byte(20, 99), byte(0, 255), byte(0, 255), byte(1, 255)});
}

IpAddress random_v6(Rng& rng) {
    std::array<std::uint8_t, 16> bytes{0x2a};
    for (std::size_t i = 1; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::uint8_t>(rng());
    return IpAddress::v6(bytes);
}

/// Agrees with `target` in all but the last bytes.
NodeId beside(NodeId target, Rng& rng) {
    for (std::size_t i = 16; i < target.bytes.size(); ++i)
        target.bytes[i] = static_cast<std::byte>(rng());
    return target;
}

}  // namespace

std::uint64_t seed_from_environment() {
    const char* text = std::getenv("BT_SIM_SEED");
    return text == nullptr ? 1 : std::strtoull(text, nullptr, 10);
}

DhtNet::DhtNet(std::uint64_t seed, double loss) : rng_(seed), loss_(loss) {}

InfoHash DhtNet::random_hash() {
    InfoHash out;
    for (auto& byte : out.bytes)
        byte = static_cast<std::byte>(rng_());
    return out;
}

Endpoint DhtNet::random_endpoint() {
    return {random_v4(rng_), static_cast<std::uint16_t>(1024 + random_below(rng_, 60'000))};
}

Node& DhtNet::add(const NodeOptions& options) {
    auto& node = *nodes_.emplace_back(std::make_unique<Node>());
    node.index = static_cast<std::uint32_t>(nodes_.size() - 1);
    node.options = options;
    auto settings = options.settings;
    if (options.local) settings.port = next_port_++;
    settings.ipv4 = options.v4;
    settings.ipv6 = options.v6;
    const auto port = settings.port;
    const auto loopback = IpAddress::v4({127, 0, 0, 1});
    if (options.v4) node.v4 = Endpoint{options.local ? loopback : random_v4(rng_), port};
    if (options.v6) node.v6 = Endpoint{random_v6(rng_), port};
    std::vector<IpAddress> addresses;
    for (const auto& endpoint : {node.v4, node.v6}) {
        if (!endpoint) continue;
        by_endpoint_[*endpoint] = &node;
        addresses.push_back(options.hidden ? IpAddress::v4({192, 168, 0, 2}) : endpoint->address);
    }
    auto random = [rng = Rng(rng_())]() mutable { return static_cast<std::uint32_t>(rng()); };
    if (options.liar) {
        node.lied = make_node_id(node.endpoint().address, random);
        at(now_ + Duration(random_below(rng_, 60'000'000'000)), [this, &node] { introduce(node); });
        return node;
    }
    node.dht = std::make_unique<Dht>(settings, std::nullopt, std::move(random), rng_());
    node.dht->set_local_addresses(addresses);
    return node;
}

void DhtNet::act(Node& node, const std::function<void(Dht&)>& what) {
    what(*node.dht);
    carry_out(node);
}

void DhtNet::leave(Node& node) {
    node.alive = false;
    node.dht.reset();
}

void DhtNet::search(Node& node, const InfoHash& hash, std::optional<std::uint16_t> port) {
    act(node, [&](Dht& dht) { dht.search(hash, port, now_); });
}

void DhtNet::at(TimePoint when, std::function<void()> what) {
    events_.push({when, order_++, std::move(what)});
}

void DhtNet::carry_out(Node& node) {
    std::vector<Action> actions;
    node.dht->take_actions(actions);
    for (auto& action : actions) {
        if (auto* packet = std::get_if<SendPacket>(&action)) send(node, *packet);
        if (auto* found = std::get_if<PeersFound>(&action)) {
            auto& into = node.found[found->info_hash];
            into.first = std::min(into.first, now_);
            into.peers.insert(into.peers.end(), found->peers.begin(), found->peers.end());
        }
        if (auto* done = std::get_if<LookupDone>(&action)) {
            auto& into = node.found[done->info_hash];
            if (into.rounds++ == 0) into.round_end = now_;
            into.answered = done->answered;
        }
    }
    schedule_wake(node);
}

void DhtNet::schedule_wake(Node& node) {
    const auto wake = std::max(node.dht->wake_at(), now_);
    if (wake == kNever || wake >= node.wakes) return;
    node.wakes = wake;
    at(wake, [this, &node, wake] {
        if (!node.alive || node.wakes != wake) return;
        node.wakes = kNever;
        act(node, [&](Dht& dht) { dht.on_timeout(now_); });
        // One that asks to be woken at once for ever would stand still here.
        BT_ASSERT(node.dht->wake_at() > now_);
    });
}

void DhtNet::send(Node& node, const SendPacket& packet) {
    BT_ASSERT(packet.packet.size() <= kMaxSent);
    ++node.sent;
    node.sent_bytes += packet.packet.size();
    if (node.options.hidden) node.sent_to[packet.to] = now_;
    const auto from = packet.to.address.is_v4() ? node.v4 : node.v6;
    BT_ASSERT(from);
    const auto at_receiver = by_endpoint_.find(packet.to);
    if (at_receiver == by_endpoint_.end()) return;
    if (static_cast<double>(random_below(rng_, 1'000'000)) < loss_ * 1e6) return;
    auto& to = *at_receiver->second;
    const auto jitter = Duration(random_below(rng_, 10'000'000));
    at(now_ + node.options.latency + to.options.latency + jitter,
       [this, &to, sender = *from, bytes = packet.packet] { arrive(to, sender, bytes); });
}

void DhtNet::inject(const Endpoint& from, const Endpoint& to, ByteVector packet) {
    arrive(*by_endpoint_.at(to), from, packet);
}

void DhtNet::arrive(Node& node, const Endpoint& from, const ByteVector& packet) {
    if (!node.alive) return;
    if (node.options.hidden) {
        const auto at = node.sent_to.find(from);
        if (at == node.sent_to.end() || now_ - at->second > kNatMemory) return;
    }
    ++node.received;
    if (node.options.liar) {
        lie(node, from, packet);
        return;
    }
    act(node, [&](Dht& dht) { dht.on_packet(packet, from, now_); });
}

/// Asks some, so that it is asked; again and again.
void DhtNet::introduce(Node& liar) {
    for (int i = 0; i < 10; ++i) {
        Query query;
        query.transaction = as_bytes("liar");
        query.id = liar.lied;
        send(liar, {nodes_[random_below(rng_, nodes_.size())]->endpoint(), encode(query)});
    }
    at(now_ + 30s, [this, &liar] { introduce(liar); });
}

void DhtNet::lie(Node& node, const Endpoint& from, const ByteVector& packet) {
    const auto message = parse_message(packet);
    const auto* query = message ? std::get_if<Query>(&*message) : nullptr;
    if (query == nullptr) return;
    Answer answer;
    answer.transaction = query->transaction;
    const bool walks = query->method == Method::find_node || query->method == Method::get_peers;
    // Some are where their address lets them be (BEP 42), some always where the asker wants to go.
    answer.id = walks && node.index % 2 == 0 ? beside(query->target, rng_) : node.lied;
    answer.seen_as = random_endpoint();
    const auto token = as_bytes("no token");
    for (int i = 0; walks && i < 8; ++i) {
        // Half of them nowhere, half of them other liars.
        auto endpoint = random_endpoint();
        const auto& other = *nodes_[random_below(rng_, nodes_.size())];
        if (i % 2 == 0 && other.options.liar) endpoint = other.endpoint();
        answer.nodes.push_back({beside(query->target, rng_), endpoint});
    }
    if (query->method == Method::get_peers) {
        answer.token = token;
        for (int i = 0; i < 10; ++i)
            answer.values.push_back(random_endpoint());
        answer.values.push_back({IpAddress::v4({127, 0, 0, 1}), 80});
        answer.values.push_back({IpAddress::v4({224, 0, 0, 1}), 80});
    }
    send(node, {from, encode(answer)});
}

void DhtNet::step() {
    auto event = events_.top();
    events_.pop();
    now_ = event.at;
    event.run();
}

void DhtNet::run_for(Duration duration) {
    const auto end = now_ + duration;
    while (!events_.empty() && events_.top().at <= end)
        step();
    now_ = end;
}

bool DhtNet::run_until(const std::function<bool()>& done, Duration limit) {
    const auto end = now_ + limit;
    while (!done()) {
        if (events_.empty() || events_.top().at > end) {
            now_ = end;
            return done();
        }
        step();
    }
    return true;
}

}  // namespace bt::dht::sim
