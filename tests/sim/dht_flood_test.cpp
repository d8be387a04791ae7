// A node under floods for an hour of virtual time, among honest ones. BT_SIM_SEED replays a run.
#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "sim/dht_net.hpp"

namespace bt::dht::sim {
namespace {

constexpr std::uint16_t kPeerPort = 7777;

/// Bytes of the heap in use; zero under a sanitizer, which has a heap of its own.
std::size_t heap_bytes() {
    return mallinfo2().uordblks;
}

class DhtFlood : public ::testing::Test {
protected:
    static constexpr int kNodes = 60;

    std::uint64_t seed = seed_from_environment();
    ::testing::ScopedTrace trace{__FILE__, __LINE__, "BT_SIM_SEED=" + std::to_string(seed)};
    DhtNet net{seed};

    DhtFlood() {
        for (int i = 0; i < kNodes; ++i) {
            auto& node = net.add();
            net.act(node, [&](Dht& dht) { dht.add_router(net.node(0).endpoint(), net.now()); });
        }
        net.run_for(5min);
    }
    Node& victim() { return net.node(1); }
    [[nodiscard]] ByteVector query(Method method, Bytes token = {}) {
        Query out;
        out.transaction = as_bytes("aa");
        out.method = method;
        out.id = as_node_id(net.random_hash());
        out.target = as_node_id(net.random_hash());
        out.token = token;
        out.port = 1;
        return encode(out);
    }
    /// `rate` packets a second for `duration`.
    void flood(double rate, Duration duration, const std::function<void()>& packet) {
        const auto pause = from_seconds(1 / rate);
        const auto end = net.now() + duration;
        while (net.now() < end) {
            packet();
            net.run_for(pause);
        }
    }
    /// It can still do what it is there for.
    void expect_well() {
        const auto hash = net.random_hash();
        net.search(net.node(5), hash, kPeerPort);
        net.run_for(5s);
        net.search(victim(), hash, kPeerPort);
        EXPECT_TRUE(net.run_until([&] { return !victim().found[hash].peers.empty(); }, 5s));
        EXPECT_GE(victim().dht->stats().good_nodes, kShortTable);
    }
};

TEST_F(DhtFlood, OneSourceIsHardlyAnswered) {
    const auto from = net.random_endpoint();
    const auto before = victim().dht->stats();
    flood(100, 10min, [&] { net.inject(from, victim().endpoint(), query(Method::find_node)); });
    const auto after = victim().dht->stats();
    std::printf("    60000 queries: %llu answers\n",
                static_cast<unsigned long long>(after.replies_sent - before.replies_sent));
    EXPECT_LT(after.replies_sent - before.replies_sent, 1000u);  // the others ask, too
    expect_well();
}

TEST_F(DhtFlood, ForgedSourcesGetNoMoreThanTheBudget) {
    const auto before = victim().dht->stats();
    std::uint64_t bytes = 0;
    flood(200, 5min, [&] {
        auto packet = query(Method::get_peers);
        bytes += packet.size();
        net.inject(net.random_endpoint(), victim().endpoint(), std::move(packet));
    });
    const auto after = victim().dht->stats();
    const auto gained = static_cast<double>(after.reply_bytes - before.reply_bytes);
    std::printf("    %llu bytes in, %.0f out\n", static_cast<unsigned long long>(bytes), gained);
    EXPECT_LT(gained, kReplyRate * 300 + kReplyBurst);
    expect_well();
}

TEST_F(DhtFlood, AnHourMakesNothingGrowWithoutBound) {
    const auto heap_before = heap_bytes();
    const auto start = victim().dht->stats();
    std::uint64_t n = 0;
    // Most of it from anywhere: queries, junk, answers to nothing, announces with bad tokens.
    flood(60, 1h, [&] {
        const auto from = net.random_endpoint();
        const auto to = victim().endpoint();
        switch (n++ % 6) {
            case 0:
                net.inject(from, to, query(Method::ping));
                break;
            case 1:
                net.inject(from, to, query(Method::find_node));
                break;
            case 2:
                net.inject(from, to, query(Method::get_peers));
                break;
            case 3:
                net.inject(from, to, query(Method::announce_peer, as_bytes("badtoken")));
                break;
            case 4: {
                Answer answer;
                answer.transaction = as_bytes("abcd");
                answer.id = as_node_id(net.random_hash());
                for (int i = 0; i < 8; ++i)
                    answer.nodes.push_back({as_node_id(net.random_hash()), net.random_endpoint()});
                net.inject(from, to, encode(answer));
                break;
            }
            default: {
                ByteVector junk(random_below(net.rng(), 1500));
                for (auto& byte : junk)
                    byte = static_cast<std::byte>(net.rng()());
                if (!junk.empty()) junk.front() = std::byte{'d'};
                net.inject(from, to, junk);
                break;
            }
        }
    });
    const auto end = victim().dht->stats();
    const auto heap_after = heap_bytes();
    std::printf("    heap of all %zu nodes: %.0f KB before, %.0f KB after %llu packets\n",
                net.size(), static_cast<double>(heap_before) / 1024,
                static_cast<double>(heap_after) / 1024, static_cast<unsigned long long>(n));
    EXPECT_EQ(end.stored_peers, start.stored_peers);
    EXPECT_LE(end.contacts, 256u);
    EXPECT_LE(end.queries_in_flight, 256u);
    EXPECT_LE(end.nodes_v4, static_cast<std::size_t>(kNodes)) << "who merely asks is in no table";
    if (heap_before > 0) {
        EXPECT_LT(heap_after, heap_before + (std::size_t{2} << 20));
    }
    expect_well();
}

TEST_F(DhtFlood, AnnouncesFromEverywhereFillABoundedStore) {
    // Whoever has asked for a token may announce: here a new host each time.
    const auto heap_before = heap_bytes();
    Dht dht(
        {.port = 1, .ipv6 = false, .read_only_for = 0s}, std::nullopt,
        [rng = Rng(seed)]() mutable { return static_cast<std::uint32_t>(rng()); }, seed);
    auto now = net.now();
    std::vector<Action> actions;
    std::uint64_t stored = 0;
    for (int i = 0; i < 20'000; ++i) {
        now += 200ms;
        Query asks;
        asks.transaction = as_bytes("aa");
        asks.method = Method::get_peers;
        asks.id = as_node_id(net.random_hash());
        asks.target = as_node_id(net.random_hash());
        asks.read_only = true;
        const auto from = net.random_endpoint();
        dht.on_packet(encode(asks), from, now);
        actions.clear();
        dht.take_actions(actions);
        if (actions.empty()) continue;
        const auto& reply = std::get<SendPacket>(actions.front()).packet;
        const auto message = parse_message(reply);
        ASSERT_TRUE(message && std::holds_alternative<Answer>(*message));
        asks.method = Method::announce_peer;
        asks.token = std::get<Answer>(*message).token;
        asks.port = 1;
        dht.on_packet(encode(asks), from, now);
        dht.take_actions(actions);
        ++stored;
    }
    const auto stats = dht.stats();
    std::printf("    %llu announces: %zu torrents, heap %+.0f KB\n",
                static_cast<unsigned long long>(stored), stats.stored_torrents,
                (static_cast<double>(heap_bytes()) - static_cast<double>(heap_before)) / 1024);
    EXPECT_GT(stored, 15'000u);
    EXPECT_EQ(stats.stored_torrents, 2000u);
    EXPECT_EQ(stats.stored_peers, 2000u);
}

}  // namespace
}  // namespace bt::dht::sim
