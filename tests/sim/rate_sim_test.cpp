// Whole swarms under a download limit, in virtual time. BT_SIM_SEED replays a run.
#include <gtest/gtest.h>

#include <cstdio>

#include "sim/sim_net.hpp"

namespace bt::swarm::sim {
namespace {

constexpr std::uint64_t kKiB = 1 << 10;
constexpr std::uint64_t kMiB = 1 << 20;

class RateSim : public ::testing::Test {
protected:
    std::uint64_t seed = seed_from_environment();
    ::testing::ScopedTrace trace{__FILE__, __LINE__, "BT_SIM_SEED=" + std::to_string(seed)};

    static NodeOptions limited(double limit) {
        NodeOptions options;
        options.latency = 0ms;
        options.limit = limit;
        return options;
    }

    /// Runs until `me` has all; every ten seconds within are as fast as the limit, but for the
    /// first and the last.
    static void run(SimNet& net, Node& me, double limit, Duration longest, bool seeds = true) {
        std::uint64_t before = 0;
        double worst = 0;
        for (int tens = 0; !me.complete() && tens * 10s < longest; ++tens) {
            (void)net.run([&] { return me.complete(); }, 10s);
            if (me.complete()) break;
            EXPECT_TRUE(!seeds || me.connections.size() == net.size() - 1) << "one was closed";
            const auto got = static_cast<double>(me.read - before) / 10;
            before = me.read;
            if (tens > 0) {
                EXPECT_NEAR(got, limit, limit * 0.03) << "in the " << tens << "th ten seconds";
                worst = std::max(worst, std::abs(got / limit - 1));
            }
        }
        ASSERT_TRUE(me.complete());
        const auto stats = me.swarm->stats(net.now());
        const auto total = static_cast<double>(net.content().layout.total_length());
        std::printf("    %.1f s, x ideal %.3f, worst 10 s %.2f %%, wasted %.3f %%, cancels %llu\n",
                    net.seconds(), net.seconds() * limit / total, 100 * worst,
                    100 * static_cast<double>(stats.wasted) / total,
                    static_cast<unsigned long long>(stats.cancels));
        EXPECT_LT(static_cast<double>(stats.wasted), total / 100);
        EXPECT_TRUE(me.banned.empty());
    }
};

TEST_F(RateSim, OnePeerAtOneMegabyte) {
    const Content content(256 * kKiB, 40 * kMiB, seed);
    SimNet net(content, seed);
    net.add(seeder(0, 20ms));
    auto& me = net.add(limited(kMiB));
    net.connect_all();
    run(net, me, kMiB, 120s);
}

TEST_F(RateSim, OnePeerAtOneKilobyte) {
    const Content content(32 * kKiB, 256 * kKiB, seed);
    SimNet net(content, seed);
    net.add(seeder(0, 50ms));
    auto& me = net.add(limited(kKiB));
    net.connect_all();
    run(net, me, kKiB, 600s);
}

TEST_F(RateSim, FiftyPeersAtAnyLimit) {
    for (const auto limit : {1 * kKiB, 10 * kKiB, 100 * kKiB, 2 * kMiB}) {
        const auto length = limit * (limit > 10 * kKiB ? 60 : 300);
        const Content content(64 * kKiB, length, seed);
        SimNet net(content, seed);
        for (int i = 0; i < 50; ++i)
            net.add(seeder(1e6, Duration(10ms) * (1 + i % 10)));
        auto& me = net.add(limited(static_cast<double>(limit)));
        for (std::size_t i = 0; i + 1 < net.size(); ++i)
            net.connect(me, net.node(i));
        run(net, me, static_cast<double>(limit), 900s);
    }
}

TEST_F(RateSim, TwoHundredPartialPeersAtTenKilobytes) {
    const Content content(32 * kKiB, 2 * kMiB, seed);
    SimNet net(content, seed);
    for (int i = 0; i < 200; ++i)
        net.add(seeder(50e3, 80ms, 0.5));
    auto& me = net.add(limited(10 * kKiB));
    for (std::size_t i = 0; i + 1 < net.size(); ++i)
        net.connect(me, net.node(i));
    // Who wants something of us closes when it gets nothing for minutes.
    run(net, me, 10 * kKiB, 900s, false);
}

TEST_F(RateSim, SilentPeersDoNotHoldTheLimitBack) {
    const Content content(64 * kKiB, 12 * kMiB, seed);
    SimNet net(content, seed);
    for (int i = 0; i < 10; ++i)
        net.add(seeder(1e6, 40ms));
    for (int i = 0; i < 20; ++i) {
        auto mute = seeder(1e6, 40ms);
        mute.mute = true;
        net.add(mute);
    }
    auto& me = net.add(limited(100 * kKiB));
    for (std::size_t i = 0; i + 1 < net.size(); ++i)
        net.connect(me, net.node(i));
    ASSERT_TRUE(net.run([&] { return me.complete(); }, 300s));
    const auto ideal = 12.0 * kMiB / (100 * kKiB);
    std::printf("    %.1f s, x ideal %.3f\n", net.seconds(), net.seconds() / ideal);
    EXPECT_LT(net.seconds(), 1.1 * ideal);
}

TEST_F(RateSim, ALimitThatDoesNotBindCostsNothing) {
    const Content content(256 * kKiB, 64 * kMiB, seed);
    const auto seconds = [&](double limit) {
        SimNet net(content, seed);
        for (int i = 0; i < 10; ++i)
            net.add(seeder(1e6, 80ms));
        auto& me = net.add(limited(limit));
        for (std::size_t i = 0; i + 1 < net.size(); ++i)
            net.connect(me, net.node(i));
        EXPECT_TRUE(net.run([&] { return me.complete(); }, 100s));
        return net.seconds();
    };
    const auto without = seconds(0);
    const auto with = seconds(20e6);
    std::printf("    %.2f s without, %.2f s with\n", without, with);
    EXPECT_LT(with, 1.02 * without);
}

}  // namespace
}  // namespace bt::swarm::sim
