// Whole DHTs in virtual time: that lookups converge, and how soon. BT_SIM_SEED replays a run.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "sim/dht_net.hpp"

namespace bt::dht::sim {
namespace {

constexpr std::uint16_t kPeerPort = 7777;

class DhtSim : public ::testing::Test {
protected:
    std::uint64_t seed = seed_from_environment();
    ::testing::ScopedTrace trace{__FILE__, __LINE__, "BT_SIM_SEED=" + std::to_string(seed)};

    static bool has(const Found& found, const Node& node) {
        const Endpoint peer{node.endpoint().address, kPeerPort};
        return std::find(found.peers.begin(), found.peers.end(), peer) != found.peers.end();
    }
    static NodeOptions local() {
        NodeOptions options;
        options.local = true;
        options.latency = 0ms;
        return options;
    }
    /// As the program starts: nothing known but `router`.
    static void join(DhtNet& net, Node& node, const Endpoint& router) {
        net.act(node, [&](Dht& dht) { dht.add_router(router, net.now()); });
    }
    static void add_dozen(DhtNet& net) {
        for (int i = 0; i < 12; ++i) {
            auto& node = net.add(local());
            join(net, node, net.node(0).endpoint());
        }
    }
    static NodeOptions newcomer() {
        NodeOptions options;
        options.settings.read_only_for = 10min;
        return options;
    }
};

TEST_F(DhtSim, ADozenNodesOnLoopbackFindASeederWithinASecond) {
    DhtNet net(seed);
    add_dozen(net);
    net.run_for(5s);
    for (std::size_t i = 0; i < 12; ++i)
        EXPECT_GE(net.node(i).dht->stats().nodes_v4, 8u) << i;

    const auto hash = net.random_hash();
    auto& seeder = net.add(local());
    join(net, seeder, net.node(0).endpoint());
    net.search(seeder, hash, kPeerPort);
    ASSERT_TRUE(net.run_until([&] { return seeder.found[hash].rounds > 0; }, 1s));
    net.run_for(200ms);

    auto& me = net.add(local());
    const auto start = net.now();
    net.search(me, hash, kPeerPort);
    join(net, me, net.node(0).endpoint());
    ASSERT_TRUE(net.run_until([&] { return has(me.found[hash], seeder); }, 1s));
    std::printf("    first peer after %.0f ms\n", to_seconds(net.now() - start) * 1e3);
}

TEST_F(DhtSim, ADeadRouterBesideALivingOneCostsNoTime) {
    DhtNet net(seed);
    add_dozen(net);
    net.run_for(5s);
    const auto hash = net.random_hash();
    net.search(net.node(5), hash, kPeerPort);
    net.run_for(2s);

    auto& me = net.add(local());
    net.search(me, hash, std::nullopt);
    join(net, me, *Endpoint::parse("127.0.0.1:9"));
    join(net, me, net.node(0).endpoint());
    EXPECT_TRUE(net.run_until([&] { return has(me.found[hash], net.node(5)); }, 500ms));
}

TEST_F(DhtSim, ALostPacketToTheOnlyRouterCostsHalfASecond) {
    DhtNet net(seed, 0.2);
    for (int i = 0; i < 30; ++i) {
        auto& node = net.add(local());
        join(net, node, net.node(0).endpoint());
    }
    net.run_for(1min);
    const auto hash = net.random_hash();
    net.search(net.node(5), hash, kPeerPort);
    net.run_for(5s);
    int quick = 0;
    for (int i = 0; i < 50; ++i) {
        auto& me = net.add(local());
        net.search(me, hash, std::nullopt);
        join(net, me, net.node(0).endpoint());
        quick += net.run_until([&] { return has(me.found[hash], net.node(5)); }, 1600ms) ? 1 : 0;
        net.leave(me);
    }
    std::printf("    %d of 50 within 1.6 s\n", quick);
    EXPECT_GE(quick, 45);
}

TEST_F(DhtSim, TwoNodesFindEachOther) {
    DhtNet net(seed);
    auto& a = net.add(local());
    auto& b = net.add(local());
    const auto hash = net.random_hash();
    net.search(a, hash, kPeerPort);
    net.run_for(1s);
    join(net, b, a.endpoint());
    net.search(b, hash, kPeerPort);
    EXPECT_TRUE(net.run_until([&] { return has(b.found[hash], a); }, 1s));
    EXPECT_TRUE(net.run_until([&] { return has(a.found[hash], b); }, 10s));
}

TEST_F(DhtSim, ALonelyNodeWaitsQuietly) {
    DhtNet net(seed);
    auto& me = net.add(newcomer());
    net.search(me, net.random_hash(), kPeerPort);
    net.run_for(1h);
    EXPECT_EQ(me.sent, 0u);
    join(net, me, net.random_endpoint());
    net.run_for(1h);
    EXPECT_LT(me.sent, 200u) << "of queries to a router that is not there";
    EXPECT_GT(me.sent, 20u);
}

TEST_F(DhtSim, BothFamiliesAreSearched) {
    DhtNet net(seed);
    NodeOptions both;
    both.v6 = true;
    for (int i = 0; i < 30; ++i) {
        auto options = both;
        options.v4 = i % 3 != 1;
        options.v6 = i % 3 != 2;
        auto& node = net.add(options);
        // The first has both: by way of it each family is found from the other.
        join(net, node, node.v4 ? *net.node(0).v4 : *net.node(0).v6);
    }
    net.run_for(60s);
    EXPECT_GE(net.node(0).dht->stats().nodes_v4, kShortTable);
    EXPECT_GE(net.node(0).dht->stats().nodes_v6, kShortTable);

    const auto hash = net.random_hash();
    net.search(net.node(1), hash, kPeerPort);  // IPv6 alone
    net.search(net.node(2), hash, kPeerPort);  // IPv4 alone
    net.run_for(10s);
    auto& me = net.add(both);
    net.search(me, hash, std::nullopt);
    join(net, me, *net.node(0).v4);  // by IPv4 alone
    EXPECT_TRUE(net.run_until(
        [&] { return has(me.found[hash], net.node(1)) && has(me.found[hash], net.node(2)); }, 5s));
}

}  // namespace
}  // namespace bt::dht::sim
