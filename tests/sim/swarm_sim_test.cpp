// Whole swarms in virtual time. BT_SIM_SEED replays a run.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

#include "sim/sim_net.hpp"

namespace bt::swarm::sim {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;

class SwarmSim : public ::testing::Test {
protected:
    std::uint64_t seed = seed_from_environment();
    ::testing::ScopedTrace trace{__FILE__, __LINE__, "BT_SIM_SEED=" + std::to_string(seed)};

    /// How long `node` took, in relation to `ideal` seconds.
    void report(const Node& node, double seconds, double ideal) {
        const auto stats = node.swarm->stats(node.net.now());
        std::printf(
            "    %.3f s, x ideal %.3f, wasted %.3f %%, cancels %llu, failures %u, peak %.1f MB\n",
            seconds, seconds / ideal,
            100.0 * static_cast<double>(stats.wasted) /
                static_cast<double>(node.net.content().layout.total_length()),
            static_cast<unsigned long long>(stats.cancels), stats.hash_failures,
            static_cast<double>(node.peak_buffered) / 1e6);
    }
};

TEST_F(SwarmSim, AFarFastPeerFillsItsPipe) {
    const Content content(256 << 10, 128 * kMiB, seed);
    SimNet net(content, seed);
    auto options = seeder(40e6, 200ms);
    options.reqq = 0;
    net.add(options);
    auto& me = net.add(seeder(0, 0ms, 0));
    net.connect_all();
    ASSERT_TRUE(net.run([&] { return me.complete(); }, 60s));
    const double ideal = 128 * kMiB / 40e6 + 0.4;
    report(me, net.seconds(), ideal);
    EXPECT_LT(net.seconds(), 1.2 * ideal);
    EXPECT_EQ(me.swarm->stats(net.now()).wasted, 0u);
}

TEST_F(SwarmSim, ManyPartialPeersFillTheLine) {
    const Content content(256 << 10, 128 * kMiB, seed);
    SimNet net(content, seed);
    for (int i = 0; i < 30; ++i)
        net.add(seeder(1e6, 80ms, 0.6));
    for (int i = 0; i < 5; ++i)
        net.add(seeder(1e6, 40ms));
    auto mine = seeder(0, 0ms, 0);
    mine.down = 25e6;
    auto& me = net.add(mine);
    for (std::size_t i = 0; i + 1 < net.size(); ++i)
        net.connect(me, net.node(i));
    ASSERT_TRUE(net.run([&] { return me.complete(); }, 60s));
    const double ideal = 128 * kMiB / 25e6;
    report(me, net.seconds(), ideal);
    EXPECT_LT(net.seconds(), 1.15 * ideal);
    EXPECT_LT(me.swarm->stats(net.now()).wasted, 128 * kMiB / 100);
}

TEST_F(SwarmSim, EverybodyCompletes) {
    const Content content(64 << 10, 4 * kMiB, seed);
    SimNet net(content, seed);
    net.add(seeder(4e6, 20ms));
    for (int i = 0; i < 49; ++i)
        net.add(seeder(2e6, Duration(10ms) * (1 + i % 5), 0));
    net.connect_all();
    EXPECT_TRUE(net.run([&] { return net.completed() == net.size(); }, 300s));
    std::uint64_t sent = 0;
    for (std::size_t i = 0; i < net.size(); ++i)
        sent += net.node(i).sent;
    std::printf("    all complete after %.1f s, sent %.4f of the need, seed sent %.2f copies\n",
                net.seconds(), static_cast<double>(sent) / (49.0 * 4 * kMiB),
                static_cast<double>(net.node(0).sent) / (4 * kMiB));
    EXPECT_LT(static_cast<double>(sent), 49.0 * 4 * kMiB * 1.02);
}

TEST_F(SwarmSim, RarestFirstSpreadsPieces) {
    // Until the seed has sent everything once, hardly any piece leaves it twice.
    const Content content(64 << 10, 8 * kMiB, seed);
    SimNet net(content, seed);
    auto& source = net.add(seeder(1e6, 20ms));
    for (int i = 0; i < 20; ++i)
        net.add(seeder(2e6, 20ms, 0));
    net.connect_all();
    ASSERT_TRUE(net.run([&] { return net.spread() == content.layout.piece_count(); }, 120s));
    std::printf("    spread after %.1f s, %.2f copies sent by the seed\n", net.seconds(),
                static_cast<double>(source.sent) / (8 * kMiB));
    EXPECT_LT(static_cast<double>(source.sent), 1.5 * 8 * kMiB);
}

TEST_F(SwarmSim, SurvivesAHostileSwarm) {
    // Ten honest peers; others stall, lie now and then, never answer, hang up.
    const Content content(256 << 10, 64 * kMiB, seed);
    SimNet net(content, seed);
    for (int i = 0; i < 10; ++i)
        net.add(seeder(1e6, 60ms));
    for (int i = 0; i < 5; ++i) {
        auto o = seeder(1e6, 60ms);
        o.stall_after = 2'000'000;
        o.fast = i % 2 == 0;
        net.add(o);
    }
    for (int i = 0; i < 3; ++i) {
        auto o = seeder(1e6, 60ms);
        o.corrupt = 0.03;
        net.add(o);
    }
    for (int i = 0; i < 5; ++i) {
        auto o = seeder(1e6, 60ms);
        o.mute = true;
        net.add(o);
    }
    for (int i = 0; i < 5; ++i) {
        auto o = seeder(1e6, 60ms);
        o.drop_after = 3'000'000;
        net.add(o);
    }
    auto& me = net.add(seeder(0, 0ms, 0));
    for (std::size_t i = 0; i + 1 < net.size(); ++i)
        net.connect(me, net.node(i));
    ASSERT_TRUE(net.run([&] { return me.complete(); }, 60s));
    const double ideal = (64 * kMiB - 25e6) / 10e6;
    report(me, net.seconds(), ideal);
    for (const auto id : me.banned)
        EXPECT_GT(net.node(id).options.corrupt, 0) << "an honest peer was banned";
    EXPECT_LT(net.seconds(), 1.15 * ideal);
}

class Liars : public SwarmSim, public ::testing::WithParamInterface<std::pair<int, double>> {};

TEST_P(Liars, AreBannedAndNobodyElse) {
    const auto [liars, corrupt] = GetParam();
    const Content content(128 << 10, 16 * kMiB, seed);
    SimNet net(content, seed);
    for (int i = 0; i < 10; ++i)
        net.add(seeder(300e3, 40ms));
    for (int i = 0; i < liars; ++i) {
        auto o = seeder(300e3, 40ms);
        o.corrupt = corrupt;
        net.add(o);
    }
    auto& me = net.add(seeder(0, 0ms, 0));
    for (std::size_t i = 0; i + 1 < net.size(); ++i)
        net.connect(me, net.node(i));
    ASSERT_TRUE(net.run([&] { return me.complete(); }, 120s));
    report(me, net.seconds(), 16 * kMiB / 3e6);
    for (const auto id : me.banned)
        EXPECT_GT(net.node(id).options.corrupt, 0) << "an honest peer was banned";
    if (corrupt == 1) {
        EXPECT_EQ(me.banned.size(), static_cast<std::size_t>(liars));
    }
    // Each costs a piece, or has a part in a few.
    EXPECT_LE(me.swarm->stats(net.now()).hash_failures, static_cast<std::uint32_t>(3 * liars));
}

INSTANTIATE_TEST_SUITE_P(SwarmSim, Liars,
                         ::testing::Values(std::pair{1, 1.0}, std::pair{5, 1.0}, std::pair{10, 1.0},
                                           std::pair{5, 0.03}, std::pair{5, 0.3}));

class Chokers : public SwarmSim, public ::testing::WithParamInterface<bool> {};

TEST_P(Chokers, GiveTheirBlocksBack) {
    // Every fast peer chokes us half of the time.
    const Content content(256 << 10, 128 * kMiB, seed);
    SimNet net(content, seed);
    for (int i = 0; i < 12; ++i) {
        auto o = seeder(1.5e6, 60ms);
        o.breathe = 4s;
        o.fast = GetParam();
        net.add(o);
    }
    for (int i = 0; i < 2; ++i)
        net.add(seeder(500e3, 60ms));
    auto& me = net.add(seeder(0, 0ms, 0));
    for (std::size_t i = 0; i + 1 < net.size(); ++i)
        net.connect(me, net.node(i));
    ASSERT_TRUE(net.run([&] { return me.complete(); }, 60s));
    // 4 s at 19 MB/s, 4 s at 1 MB/s, and so on
    const double ideal = 8 + (128 * kMiB - 80e6) / 19e6;
    report(me, net.seconds(), ideal);
    EXPECT_LT(net.seconds(), 1.1 * ideal);
    EXPECT_LT(me.swarm->stats(net.now()).wasted, 128 * kMiB / 100);
}

INSTANTIATE_TEST_SUITE_P(SwarmSim, Chokers, ::testing::Bool());

TEST_F(SwarmSim, SlowPeersDoNotHoldUpTheEnd) {
    const Content content(256 << 10, 16 * kMiB, seed);
    SimNet net(content, seed);
    for (int i = 0; i < 3; ++i)
        net.add(seeder(5e6, 40ms));
    for (int i = 0; i < 40; ++i)
        net.add(seeder(10e3 * (1 + i % 5), 100ms));
    auto& me = net.add(seeder(0, 0ms, 0));
    for (std::size_t i = 0; i + 1 < net.size(); ++i)
        net.connect(me, net.node(i));
    ASSERT_TRUE(net.run([&] { return me.complete(); }, 60s));
    const double ideal = 16 * kMiB / 16.2e6 + 0.1;
    report(me, net.seconds(), ideal);
    EXPECT_LT(net.seconds(), 1.4 * ideal);
    // Each slow peer is in the middle of a block when the others finish.
    EXPECT_LT(me.swarm->stats(net.now()).wasted, 40 * 3 * kBlockSize);
}

TEST_F(SwarmSim, AStalledOnlySeedIsAskedAgain) {
    // Snubbed, it gets a single request now and then, and is trusted again once it answers.
    const Content content(256 << 10, 4 * kMiB, seed);
    SimNet net(content, seed);
    auto& source = net.add(seeder(2e6, 40ms));
    auto& me = net.add(seeder(0, 0ms, 0));
    net.connect_all();
    ASSERT_FALSE(net.run([&] { return me.complete(); }, 1s));
    source.options.mute = true;
    ASSERT_FALSE(net.run([&] { return me.complete(); }, 30s));
    source.options.mute = false;
    ASSERT_TRUE(net.run([&] { return me.complete(); }, 30s));
    report(me, net.seconds(), 32);
}

TEST_F(SwarmSim, PiecesThatOnlySlowPeersHaveAreNotForgotten) {
    const Content content(64 << 10, 8 * kMiB, seed);
    SimNet net(content, seed);
    auto fast = seeder(10e6, 20ms);
    fast.pieces = Bitfield(content.layout.piece_count(), true);
    fast.pieces.clear(PieceIndex(7));
    net.add(fast);
    net.add(seeder(20e3, 20ms));
    auto& me = net.add(seeder(0, 0ms, 0));
    for (std::size_t i = 0; i + 1 < net.size(); ++i)
        net.connect(me, net.node(i));
    ASSERT_TRUE(net.run([&] { return me.complete(); }, 60s));
    const double ideal = 4 * kBlockSize / 20e3;
    report(me, net.seconds(), ideal);
    EXPECT_LT(net.seconds(), 1.5 * ideal);
}

TEST_F(SwarmSim, LargePiecesAndSmallBuffersStillFlow) {
    // Eight pieces fit into the buffers; thirty peers, each with some of the pieces.
    const Content content(1 << 20, 64 * kMiB, seed);
    SimNet net(content, seed);
    for (int i = 0; i < 30; ++i)
        net.add(seeder(1e6, 50ms, 0.5));
    net.add(seeder(1e6, 50ms));
    auto mine = seeder(0, 0ms, 0);
    mine.settings.buffer_limit_bytes = 8 * kMiB;
    auto& me = net.add(mine);
    for (std::size_t i = 0; i + 1 < net.size(); ++i)
        net.connect(me, net.node(i));
    ASSERT_TRUE(net.run([&] { return me.complete(); }, 60s));
    const double ideal = 64 * kMiB / 31e6;
    report(me, net.seconds(), ideal);
    EXPECT_LT(net.seconds(), 1.5 * ideal);
    EXPECT_LT(me.peak_buffered, 3 * 8 * kMiB);
}

}  // namespace
}  // namespace bt::swarm::sim
