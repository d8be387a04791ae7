// Peers in league against our memory: they are fast, have everything, and keep back what the rest
// waits for. BT_SIM_SEED replays a run.
#include <gtest/gtest.h>

#include <cstdio>

#include "sim/sim_net.hpp"

namespace bt::swarm::sim {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;

struct League {
    std::uint32_t piece_length;
    std::uint32_t withhold;  // bytes at the start of every piece
    bool fast;               // BEP 6
};

class Withholders : public ::testing::TestWithParam<League> {
protected:
    std::uint64_t seed = seed_from_environment();
    ::testing::ScopedTrace trace{__FILE__, __LINE__, "BT_SIM_SEED=" + std::to_string(seed)};
};

TEST_P(Withholders, FillNoMoreMemoryThanTheirShareAndStopNothing) {
    const auto [piece_length, withhold, fast] = GetParam();
    constexpr std::size_t kLimit = 8 * kMiB;
    const Content content(piece_length, 128 * kMiB, seed);
    SimNet net(content, seed);
    for (int i = 0; i < 40; ++i) {
        NodeOptions options;
        options.up = 5e6;
        options.latency = 30ms;
        options.share = 1;
        options.fast = fast;
        options.withhold = withhold;
        net.add(options);
    }
    for (int i = 0; i < 2; ++i) {
        NodeOptions options;
        options.up = 4e6;
        options.latency = 30ms;
        options.share = 1;
        net.add(options);
    }
    NodeOptions mine;
    mine.settings.buffer_limit_bytes = kLimit;
    auto& me = net.add(mine);
    for (std::size_t i = 0; i + 1 < net.size(); ++i)
        net.connect(me, net.node(i));
    ASSERT_TRUE(net.run([&] { return me.complete(); }, 120s));
    const auto stats = me.swarm->stats(net.now());
    // Alone, the honest would take 17 s.
    std::printf("    %.1f s, peak %.1f MB, wasted %.2f %%\n", net.seconds(),
                static_cast<double>(me.peak_buffered) / 1e6,
                100.0 * static_cast<double>(stats.wasted) / (128.0 * kMiB));
    EXPECT_LT(me.peak_buffered, 2 * kLimit + kLimit / 2);
    EXPECT_LT(net.seconds(), 45);
    EXPECT_TRUE(me.banned.empty()) << "keeping back is no lie";
}

INSTANTIATE_TEST_SUITE_P(SwarmSim, Withholders,
                         ::testing::Values(League{1 << 18, kBlockSize, true},
                                           League{1 << 20, kBlockSize, false},
                                           League{4 << 20, kBlockSize, true},
                                           League{16 << 20, kBlockSize, false},
                                           League{16 << 20, 1 << 20, true}));

class Promisers : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(Promisers, HoldUpNothingForLong) {
    // Most of all that serve us keep back what they promised, in one way or another.
    const auto seed = GetParam();
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Content content(4 << 20, 32 * kMiB, seed);
    SimNet net(content, seed);
    for (int i = 0; i < 62; ++i) {
        NodeOptions options;
        options.latency = 30ms;
        options.share = 1;
        const bool honest = i % 31 == 17;
        options.up = honest ? 4e6 : 20e6;
        options.fast = !honest;
        options.reqq = honest ? 0 : 2000;
        options.mute = !honest && i % 4 != 0;
        options.withhold = honest ? 0 : kBlockSize;
        net.add(options);
    }
    auto& me = net.add({});
    for (std::size_t i = 0; i + 1 < net.size(); ++i)
        net.connect(me, net.node(i));
    ASSERT_TRUE(net.run([&] { return me.complete(); }, 120s));
    std::printf("    %.1f s\n", net.seconds());
    EXPECT_LT(net.seconds(), 20);  // the honest alone: 4 s
}

INSTANTIATE_TEST_SUITE_P(SwarmSim, Promisers, ::testing::Range<std::uint64_t>(1, 9));

}  // namespace
}  // namespace bt::swarm::sim
