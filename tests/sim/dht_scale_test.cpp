// A thousand nodes: loss, churn, NATs, liars and floods. BT_SIM_SEED replays a run.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "sim/dht_net.hpp"

namespace bt::dht::sim {
namespace {

constexpr std::uint16_t kPeerPort = 7777;

class DhtScale : public ::testing::Test {
protected:
    std::uint64_t seed = seed_from_environment();
    ::testing::ScopedTrace trace{__FILE__, __LINE__, "BT_SIM_SEED=" + std::to_string(seed)};
    DhtNet net{seed, 0.1};
    std::vector<Endpoint> routers;

    void grow(int count, double liars, double hidden) {
        for (int i = 0; i < count; ++i) {
            NodeOptions options;
            options.latency = Duration(10ms) + Duration(random_below(net.rng(), 60'000'000));
            const auto chance = static_cast<double>(random_below(net.rng(), 1000)) / 1000;
            if (i > 3) {
                options.liar = chance < liars;
                options.hidden = !options.liar && chance < liars + hidden;
                if (options.hidden) options.settings.read_only_for = 10min;
            }
            auto& node = net.add(options);
            if (i < 2) routers.push_back(node.endpoint());
            if (node.dht) join(node, Duration(200ms) * i);
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
    static bool has(const Found& found, const Node& node) {
        const Endpoint peer{node.endpoint().address, kPeerPort};
        return std::find(found.peers.begin(), found.peers.end(), peer) != found.peers.end();
    }
    Node& any() {
        for (;;) {
            auto& node = net.node(random_below(net.rng(), net.size()));
            if (node.alive && node.dht) return node;
        }
    }
};

struct Times {
    std::vector<double> seconds;
    std::vector<double> queries;
    static double part(std::vector<double> of, double share) {
        std::sort(of.begin(), of.end());
        return of[static_cast<std::size_t>(share * static_cast<double>(of.size() - 1))];
    }
    void print(const char* what) const {
        std::printf("    %-8s first peer %.2f s (median), %.2f s (worst); queries %.0f, %.0f\n",
                    what, part(seconds, 0.5), part(seconds, 1), part(queries, 0.5),
                    part(queries, 1));
    }
};

TEST_F(DhtScale, AThousandNodesConverge) {
    grow(1000, 0, 0.25);
    net.run_for(20min);
    Times rounds, cold, warm;
    for (int i = 0; i < 20; ++i) {
        const auto hash = net.random_hash();
        auto& seeder = any();
        auto start = net.now();
        net.search(seeder, hash, kPeerPort);
        ASSERT_TRUE(net.run_until([&] { return seeder.found[hash].rounds > 0; }, 30s));
        rounds.seconds.push_back(to_seconds(net.now() - start));
        rounds.queries.push_back(0);
        net.run_for(1s);
        std::vector<NodeInfo> kept;
        {
            NodeOptions options;
            options.settings.read_only_for = 10min;
            auto& me = net.add(options);
            start = net.now();
            net.search(me, hash, std::nullopt);
            join(me, 0ms);
            EXPECT_TRUE(net.run_until([&] { return has(me.found[hash], seeder); }, 30s));
            cold.seconds.push_back(to_seconds(net.now() - start));
            cold.queries.push_back(static_cast<double>(me.sent));
            net.run_for(5s);
            kept = me.dht->nodes_to_keep();
            std::printf("kept %zu sent %zu good %zu round %.2f answered %zu\n", kept.size(),
                        (size_t)me.sent, me.dht->stats().good_nodes,
                        to_seconds(me.found[hash].round_end - start), me.found[hash].answered);
            net.leave(me);
        }
        {
            NodeOptions options;
            options.settings.read_only_for = 10min;
            auto& me = net.add(options);
            start = net.now();
            net.act(me, [&](Dht& dht) { dht.restore(kept, net.now()); });
            net.search(me, hash, std::nullopt);
            EXPECT_TRUE(net.run_until([&] { return has(me.found[hash], seeder); }, 30s));
            warm.seconds.push_back(to_seconds(net.now() - start));
            warm.queries.push_back(static_cast<double>(me.sent));
            net.leave(me);
        }
    }
    rounds.print("announce");
    cold.print("cold");
    warm.print("warm");
}

}  // namespace
}  // namespace bt::dht::sim
