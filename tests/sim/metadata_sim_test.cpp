#include <gtest/gtest.h>

#include <algorithm>

#include "sim/metadata_sim.hpp"
#include "sim/sim_net.hpp"

namespace bt::swarm::sim {
namespace {

constexpr std::uint32_t kPiece = 16 * 1024;

MetadataSimPeer peer_of(Manner manner) {
    MetadataSimPeer out;
    out.manner = manner;
    return out;
}

void expect_complete(MetadataSim& sim, Duration limit) {
    ASSERT_TRUE(sim.run(limit)) << "after " << sim.seconds() << " s, of "
                                << sim.fetch().progress().of << " pieces there are "
                                << sim.fetch().progress().pieces;
    EXPECT_TRUE(sim.fetch().take_metadata() == sim.content());
}

TEST(MetadataSim, OneFarPeerSendsALargeOneAtTheRateOfItsLine) {
    MetadataSim sim(16u << 20, 1);
    sim.add({.latency = 100ms, .rate = 1e8});
    expect_complete(sim, 5s);
    EXPECT_LT(sim.received(), (16u << 20) + kPiece);
}

TEST(MetadataSim, ASlowPeerIsNotGivenUp) {
    MetadataSim sim(50 * kPiece, 1);
    sim.add({.latency = 800ms, .rate = 8000});
    expect_complete(sim, 200s);
}

TEST(MetadataSim, ManyPeersSendASmallOneWithinARoundTripOrTwo) {
    MetadataSim sim(12 * kPiece - 5, 1);
    for (int i = 0; i < 30; ++i)
        sim.add({.latency = 100ms});
    expect_complete(sim, 300ms);
    EXPECT_LT(sim.received(), 13 * kPiece);
}

TEST(MetadataSim, ASilentFirstPeerCostsLittleMoreThanTheRepeat) {
    MetadataSim sim(3 * kPiece, 1);
    sim.add(peer_of(Manner::silent));
    sim.add({.after = 10ms});
    expect_complete(sim, 500ms);
}

TEST(MetadataSim, FiftySilentPeersDoNotHideTheOneThatAnswers) {
    MetadataSim sim(3 * kPiece, 1);
    for (int i = 0; i < 50; ++i)
        sim.add(peer_of(Manner::silent));
    sim.add({});
    expect_complete(sim, 20s);
}

TEST(MetadataSim, FiftyPeersThatNameOtherSizesDoNotHideTheTrueOne) {
    MetadataSim sim(3 * kPiece, 1);
    for (std::uint32_t i = 0; i < 50; ++i)
        sim.add({.manner = Manner::misnaming, .rate = 1e7, .misnamed = (1 + i % 7) * kPiece + i});
    sim.add({.after = 1s});
    expect_complete(sim, 5s);
}

TEST(MetadataSim, FiftyPeersThatSendWrongBytesAreFoundOut) {
    MetadataSim sim(20 * kPiece, 1);
    for (std::uint32_t i = 0; i < 50; ++i)
        sim.add(peer_of(Manner::corrupting));
    sim.add({});
    expect_complete(sim, 60s);
    EXPECT_GT(sim.liars().size(), 20u);
}

TEST(MetadataSim, PeersThatDripDoNotHoldTheirTurns) {
    MetadataSim sim(40 * kPiece, 1);
    for (int i = 0; i < 5; ++i)
        sim.add(peer_of(Manner::corrupting));
    for (int i = 0; i < 20; ++i)
        sim.add(peer_of(Manner::dripping));
    sim.add({.rate = 1e5, .after = 5s});
    expect_complete(sim, 120s);
}

TEST(MetadataSim, ManyLargeLiesStayWithinTheBoundOfMemory) {
    MetadataSim sim(20 * kPiece, 1);
    for (std::uint32_t i = 0; i < 6; ++i) {
        sim.add({.manner = Manner::misnaming,
                 .latency = 1ms,
                 .rate = 1e8,
                 .misnamed = MetadataFetch::kMaxSize - i});
    }
    sim.add({.latency = 200ms, .rate = 1e5, .after = 100ms});
    expect_complete(sim, 30s);
}

MetadataSimPeer random_peer(Rng& rng, Manner manner) {
    MetadataSimPeer out;
    out.manner = manner;
    out.latency = 1ms * (1 + random_below(rng, 500));
    out.rate = 1e4 * static_cast<double>(1 + random_below(rng, 200));
    out.corrupt = static_cast<double>(random_below(rng, 1000)) / 1000;
    out.misnamed = static_cast<std::uint32_t>(1 + random_below(rng, 100 * kPiece));
    out.after = 1ms * random_below(rng, 10'000);
    return out;
}

/// What it takes when it is the only peer.
double seconds_alone(const MetadataSimPeer& peer, std::uint32_t size, std::uint64_t seed) {
    MetadataSim sim(size, seed);
    sim.add(peer);
    EXPECT_TRUE(sim.run(1h));
    return sim.seconds();
}

/// One peer that is honest and stays, and any number of all kinds beside it: within a minute and
/// twice the time that it would take alone.
TEST(MetadataSim, OneHonestPeerIsEnoughWhoeverElseTakesPart) {
    const auto first = seed_from_environment();
    for (std::uint64_t seed = first; seed < first + 300; ++seed) {
        SCOPED_TRACE("BT_SIM_SEED=" + std::to_string(seed));
        Rng rng(seed);
        const auto size = static_cast<std::uint32_t>(1 + random_below(rng, 60 * kPiece));
        const auto manner = random_below(rng, 4) == 0 ? Manner::learning : Manner::honest;
        const auto honest = random_peer(rng, manner);
        MetadataSim sim(size, seed);
        sim.add(honest);
        for (auto n = random_below(rng, 25); n > 0; --n)
            sim.add(random_peer(rng, static_cast<Manner>(random_below(rng, 9))));
        expect_complete(sim, 1min + from_seconds(2 * seconds_alone(honest, size, seed)));
        if (HasFatalFailure() || HasNonfatalFailure()) return;
    }
}

}  // namespace
}  // namespace bt::swarm::sim
