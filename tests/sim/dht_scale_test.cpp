// A thousand nodes: loss, churn, NATs and liars. BT_SIM_SEED replays a run.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "sim/dht_net.hpp"

namespace bt::dht::sim {
namespace {

constexpr std::uint16_t kPeerPort = 7777;
constexpr double kLoss = 0.1;
#ifdef __SANITIZE_ADDRESS__
constexpr int kThousand = 300;  // it takes ten times as long
#else
constexpr int kThousand = 1000;
#endif

/// What lookups took.
struct Costs {
    std::vector<double> seconds;
    std::vector<double> queries;

    static double part(std::vector<double> of, double share) {
        std::sort(of.begin(), of.end());
        return of[static_cast<std::size_t>(share * static_cast<double>(of.size() - 1))];
    }
    void print(const char* what) const {
        std::printf("    %-28s %.2f s (median) %.2f s (worst), %.0f queries (median) %.0f (most)\n",
                    what, part(seconds, 0.5), part(seconds, 1), part(queries, 0.5),
                    part(queries, 1));
    }
};

class DhtScale : public ::testing::Test {
protected:
    std::uint64_t seed = seed_from_environment();
    ::testing::ScopedTrace trace{__FILE__, __LINE__, "BT_SIM_SEED=" + std::to_string(seed)};
    DhtNet net{seed, kLoss};
    std::vector<Endpoint> routers;

    /// Of `count` nodes these shares lie, or are behind a NAT; the first two are routers.
    void grow(int count, double liars, double hidden) {
        for (int i = 0; i < count; ++i) {
            const auto chance = static_cast<double>(random_below(net.rng(), 1000)) / 1000;
            NodeOptions options;
            options.latency = Duration(10ms) + Duration(random_below(net.rng(), 60'000'000));
            options.liar = i > 1 && chance < liars;
            options.hidden = i > 1 && !options.liar && chance < liars + hidden;
            if (options.hidden) options.settings.read_only_for = 10min;
            auto& node = net.add(options);
            if (i < 2) routers.push_back(node.endpoint());
            if (!options.liar) join(node, Duration(50ms) * i);
        }
    }
    void join(Node& node, Duration after) {
        net.at(net.now() + after, [this, &node] {
            if (!node.alive) return;
            net.act(node, [&](Dht& dht) {
                for (const auto& router : routers)
                    dht.add_router(router, net.now());
            });
        });
    }
    Node& add_newcomer() {
        NodeOptions options;
        options.settings.read_only_for = 10min;
        return net.add(options);
    }
    static bool has(const Found& found, const Node& node) {
        const Endpoint peer{node.endpoint().address, kPeerPort};
        return std::find(found.peers.begin(), found.peers.end(), peer) != found.peers.end();
    }
    Node& any_honest() {
        for (;;) {
            auto& node = net.node(random_below(net.rng(), net.size()));
            if (node.alive && node.dht) return node;
        }
    }
    /// Somebody announces itself; what its first round takes.
    Node& announce(const InfoHash& hash, Costs& costs) {
        auto& seeder = any_honest();
        const auto start = net.now();
        const auto sent = seeder.sent;
        net.search(seeder, hash, kPeerPort);
        EXPECT_TRUE(net.run_until([&] { return seeder.found[hash].rounds > 0; }, 30s));
        costs.seconds.push_back(to_seconds(net.now() - start));
        costs.queries.push_back(static_cast<double>(seeder.sent - sent));
        net.run_for(1s);
        return seeder;
    }
    /// A newcomer looks for it, knowing routers or `kept`; false if it does not find it.
    bool find(const InfoHash& hash, const Node& seeder, std::vector<NodeInfo>& kept, Costs& costs) {
        auto& me = add_newcomer();
        const auto start = net.now();
        net.search(me, hash, std::nullopt);
        if (kept.empty()) {
            join(me, 0ms);
        } else {
            net.act(me, [&](Dht& dht) { dht.restore(kept, net.now()); });
        }
        const bool found = net.run_until([&] { return has(me.found[hash], seeder); }, 30s);
        costs.seconds.push_back(to_seconds(net.now() - start));
        costs.queries.push_back(static_cast<double>(me.sent));
        net.run_for(5s);
        kept = me.dht->nodes_to_keep();
        net.leave(me);
        return found;
    }
};

TEST_F(DhtScale, AThousandNodesConverge) {
    grow(kThousand, 0, 0.25);
    net.run_for(5min);
    Costs rounds, cold, warm;
    for (int i = 0; i < 20; ++i) {
        const auto hash = net.random_hash();
        const auto& seeder = announce(hash, rounds);
        std::vector<NodeInfo> kept;
        EXPECT_TRUE(find(hash, seeder, kept, cold)) << i;
        EXPECT_GE(kept.size(), kShortTable);
        EXPECT_TRUE(find(hash, seeder, kept, warm)) << i;
    }
    rounds.print("announced after");
    cold.print("first peer, by routers");
    warm.print("first peer, by the last run");
    EXPECT_LT(Costs::part(rounds.seconds, 1), 4);
    EXPECT_LT(Costs::part(cold.seconds, 0.5), 1);
    EXPECT_LT(Costs::part(warm.seconds, 0.5), Costs::part(cold.seconds, 0.5));
    EXPECT_LT(Costs::part(cold.queries, 1), 200);
}

TEST_F(DhtScale, ASteadyNodeCostsLittle) {
    grow(100, 0, 0.25);
    net.run_for(20min);
    std::vector<std::uint64_t> before;
    for (std::size_t i = 0; i < net.size(); ++i)
        before.push_back(net.node(i).sent_bytes);
    net.run_for(30min);
    std::vector<double> rates;
    for (std::size_t i = 0; i < net.size(); ++i)
        rates.push_back(static_cast<double>(net.node(i).sent_bytes - before[i]) / 1800);
    std::printf("    sends %.0f bytes/s in the median, %.0f at most\n", Costs::part(rates, 0.5),
                Costs::part(rates, 1));
    EXPECT_LT(Costs::part(rates, 0.5), 200);
    EXPECT_LT(Costs::part(rates, 1), 1000);
}

TEST_F(DhtScale, LiarsDoNotHideAPeer) {
    grow(400, 0.2, 0.2);
    net.run_for(10min);
    Costs rounds, cold;
    int found = 0;
    for (int i = 0; i < 20; ++i) {
        const auto hash = net.random_hash();
        const auto& seeder = announce(hash, rounds);
        std::vector<NodeInfo> kept;
        found += find(hash, seeder, kept, cold) ? 1 : 0;
    }
    std::printf("    %d of 20 found\n", found);
    rounds.print("announced after");
    cold.print("first peer");
    EXPECT_GE(found, 18);
    EXPECT_LT(Costs::part(cold.queries, 1), 400);
    for (std::size_t i = 0; i < net.size(); ++i) {
        for (const auto& [hash, results] : net.node(i).found) {
            for (const auto& peer : results.peers)
                EXPECT_TRUE(peer.address.is_unicast() && !peer.address.is_loopback());
        }
    }
}

TEST_F(DhtScale, ChurnIsOutlived) {
    grow(300, 0, 0.2);
    net.run_for(5min);
    Costs rounds, cold;
    for (int i = 0; i < 10; ++i) {
        const auto hash = net.random_hash();
        auto& seeder = announce(hash, rounds);
        for (int left = 0; left < 15; ++left) {  // half of them in all, while others come
            auto& gone = any_honest();
            const bool router = gone.index < 2;
            if (!router && &gone != &seeder) net.leave(gone);
            join(net.add(), 0ms);
        }
        net.run_for(1min);
        std::vector<NodeInfo> kept;
        EXPECT_TRUE(find(hash, seeder, kept, cold)) << i;
    }
    rounds.print("announced after");
    cold.print("first peer");
    EXPECT_LT(Costs::part(cold.seconds, 0.5), 2);
}

}  // namespace
}  // namespace bt::dht::sim
