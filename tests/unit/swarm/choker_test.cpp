#include "swarm/choker.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace bt::swarm {
namespace {

using namespace std::chrono_literals;

const TimePoint kStart = TimePoint{} + 100s;

std::vector<ChokeCandidate> peers(std::initializer_list<double> scores) {
    std::vector<ChokeCandidate> out;
    for (const auto score : scores) {
        ChokeCandidate candidate;
        candidate.peer = static_cast<PeerSlot>(out.size());
        candidate.score = score;
        out.push_back(candidate);
    }
    return out;
}

std::vector<PeerSlot> chosen(const std::vector<ChokeCandidate>& candidates) {
    std::vector<PeerSlot> out;
    for (const auto& c : candidates) {
        if (c.chosen) out.push_back(c.peer);
    }
    return out;
}

TEST(Choker, GivesSlotsToTheBest) {
    Choker choker(2, 0);
    Rng rng(1);
    auto swarm = peers({1, 5, 3, 4});
    choker.decide(swarm, kStart, rng);
    EXPECT_EQ(chosen(swarm), (std::vector<PeerSlot>{1, 3}));
}

TEST(Choker, GivesOneSlotOptimistically) {
    Choker choker(1, 1);
    Rng rng(1);
    auto swarm = peers({9, 0, 0, 0});
    choker.decide(swarm, kStart, rng);
    EXPECT_EQ(chosen(swarm).size(), 2u);
    EXPECT_TRUE(swarm[0].chosen);
    EXPECT_FALSE(swarm[0].optimistic);
}

TEST(Choker, KeepsTheOptimisticOneForThirtySeconds) {
    Choker choker(1, 1);
    Rng rng(1);
    auto swarm = peers({9, 0, 0, 0, 0, 0, 0, 0});
    choker.decide(swarm, kStart, rng);
    const auto before = chosen(swarm);
    for (int i = 1; i <= 2; ++i) {
        choker.decide(swarm, kStart + i * 10s, rng);
        EXPECT_EQ(chosen(swarm), before);
    }
    std::map<PeerSlot, int> seen;
    for (int i = 1; i < 50; ++i) {
        choker.decide(swarm, kStart + i * 30s, rng);
        for (const auto& c : swarm)
            seen[c.peer] += c.optimistic ? 1 : 0;
    }
    for (PeerSlot p = 1; p < 8; ++p)
        EXPECT_GT(seen[p], 0) << p;
}

TEST(Choker, PrefersNewcomersThreeToOne) {
    Choker choker(0, 1);
    Rng rng(1);
    int newcomer = 0;
    for (int i = 0; i < 4000; ++i) {
        auto swarm = peers({0, 0});
        swarm[1].newcomer = true;
        choker.decide(swarm, kStart + i * 30s, rng);
        newcomer += swarm[1].chosen ? 1 : 0;
    }
    EXPECT_NEAR(newcomer, 3000, 150);
}

TEST(Choker, ChangesASlotForAClearGainOnly) {
    Choker choker(1, 0);
    Rng rng(1);
    auto swarm = peers({10, 11});
    swarm[0].unchoked = true;
    choker.decide(swarm, kStart, rng);
    EXPECT_EQ(chosen(swarm), std::vector<PeerSlot>{0});
    swarm = peers({10, 13});
    swarm[0].unchoked = true;
    choker.decide(swarm, kStart + 10s, rng);
    EXPECT_EQ(chosen(swarm), std::vector<PeerSlot>{1});
}

TEST(Choker, GivesNoSlotByMeritToTheSnubbed) {
    Choker choker(2, 0);
    Rng rng(1);
    auto swarm = peers({5, 4, 3});
    swarm[0].snubbed = true;
    choker.decide(swarm, kStart, rng);
    EXPECT_EQ(chosen(swarm), (std::vector<PeerSlot>{1, 2}));
}

TEST(Choker, IsDueEveryTenSeconds) {
    Choker choker(4, 1);
    Rng rng(1);
    std::vector<ChokeCandidate> none;
    EXPECT_TRUE(choker.due(kStart));
    choker.decide(none, kStart, rng);
    EXPECT_FALSE(choker.due(kStart + 9s));
    EXPECT_TRUE(choker.due(kStart + 10s));
}

}  // namespace
}  // namespace bt::swarm
