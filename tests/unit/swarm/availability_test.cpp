#include "swarm/availability.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

namespace bt::swarm {
namespace {

using namespace std::chrono_literals;

const TimePoint kStart = TimePoint{} + 100s;

/// "x.x": pieces 0 and 2.
PieceSet pieces(const std::string& art) {
    PieceSet out(static_cast<std::uint32_t>(art.size()));
    for (std::uint32_t i = 0; i < art.size(); ++i) {
        if (art[i] == 'x') out.set(PieceIndex(i));
    }
    return out;
}

/// A swarm drawn as a peer a line; all pieces are candidates.
Availability swarm(const std::vector<std::string>& peers) {
    const auto count = static_cast<std::uint32_t>(peers.front().size());
    Availability out(count);
    for (PieceIndex i(0); i.value() < count; ++i)
        out.insert(i);
    for (const auto& peer : peers)
        out.add(pieces(peer));
    return out;
}

TEST(Availability, PrefersTheRarestPiece) {
    auto a = swarm({"xxx.", "x.xx", "x.xx"});
    Rng rng(1);
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(a.rarest(pieces("xxxx"), rng, kStart), PieceIndex(1));
}

TEST(Availability, OffersOnlyWhatThePeerHas) {
    auto a = swarm({"xxx.", "x.xx", "x.xx"});
    Rng rng(1);
    EXPECT_EQ(a.rarest(pieces("x..."), rng, kStart), PieceIndex(0));
    EXPECT_EQ(a.rarest(pieces("...."), rng, kStart), std::nullopt);
}

TEST(Availability, ChoosesAmongEquallyRareOnesAtRandom) {
    auto a = swarm({"xxxxxxx.", "x......."});
    Rng rng(1);
    std::map<std::uint32_t, int> seen;
    for (int i = 0; i < 700; ++i)
        ++seen[a.rarest(pieces("xxxxxxx."), rng, kStart)->value()];
    EXPECT_EQ(seen.size(), 6u);
    EXPECT_EQ(seen.count(0), 0u);
    for (const auto& [piece, times] : seen)
        EXPECT_GT(times, 50) << piece;
}

TEST(Availability, FollowsAHaveAtOnce) {
    auto a = swarm({"xx", "x."});
    Rng rng(1);
    ASSERT_EQ(a.rarest(pieces("xx"), rng, kStart), PieceIndex(1));
    a.add(PieceIndex(1));
    a.add(PieceIndex(1));
    EXPECT_EQ(a.rarest(pieces("xx"), rng, kStart), PieceIndex(0));
}

TEST(Availability, CountsSeedsForEveryPiece) {
    auto a = swarm({"x.."});
    a.add(pieces("xxx"));
    EXPECT_EQ(a.seeds(), 1u);
    EXPECT_EQ(a.count(PieceIndex(0)), 2u);
    EXPECT_EQ(a.count(PieceIndex(1)), 1u);
    a.remove(pieces("xxx"));
    EXPECT_EQ(a.count(PieceIndex(1)), 0u);
}

TEST(Availability, RebuildsAtMostOncePerInterval) {
    auto a = swarm({"xx.", "x.."});
    Rng rng(1);
    ASSERT_EQ(a.rarest(pieces("xx."), rng, kStart), PieceIndex(1));
    for (int i = 0; i < 3; ++i)
        a.add(pieces(".x."));
    // The order is the old one for a while; the counts are right.
    EXPECT_EQ(a.rarest(pieces("xx."), rng, kStart + 1ms), PieceIndex(1));
    EXPECT_EQ(a.count(PieceIndex(1)), 4u);
    EXPECT_EQ(a.rarest(pieces("xx."), rng, kStart + 1s), PieceIndex(0));
}

TEST(Availability, FindsARareCandidateAmongManyOfOthers) {
    constexpr std::uint32_t kCount = 100'000;
    Availability a(kCount);
    for (PieceIndex i(0); i.value() < kCount; ++i)
        a.insert(i);
    PieceSet one(kCount);
    one.set(PieceIndex(77'777));
    a.add(one);
    PieceSet all(kCount);
    all.set_all();
    a.add(all);
    Rng rng(1);
    EXPECT_EQ(a.rarest(one, rng, kStart), PieceIndex(77'777));
    EXPECT_EQ(a.any(one, rng), PieceIndex(77'777));
    EXPECT_EQ(a.first(one), PieceIndex(77'777));
}

TEST(Availability, TakesTheLowestCandidateFirstInSequence) {
    auto a = swarm({"xxxx"});
    EXPECT_EQ(a.first(pieces(".x.x")), PieceIndex(1));
    a.erase(PieceIndex(1));
    EXPECT_EQ(a.first(pieces(".x.x")), PieceIndex(3));
    a.insert(PieceIndex(1));
    EXPECT_EQ(a.first(pieces(".x.x")), PieceIndex(1));
}

TEST(Availability, StaysExactUnderRandomChanges) {
    constexpr std::uint32_t kCount = 130;
    constexpr std::uint64_t kSeed = 5;
    SCOPED_TRACE("seed " + std::to_string(kSeed));
    Rng rng(kSeed);
    Availability a(kCount);
    std::vector<PieceSet> peers;
    auto now = kStart;
    for (int step = 0; step < 3000; ++step) {
        now += 20ms;
        const PieceIndex piece(static_cast<std::uint32_t>(random_below(rng, kCount)));
        switch (random_below(rng, 6)) {
            case 0: {
                PieceSet set(kCount);
                const auto size = random_below(rng, kCount + 1);
                for (std::uint64_t i = 0; i < size; ++i)
                    set.set(PieceIndex(static_cast<std::uint32_t>(random_below(rng, kCount))));
                if (random_below(rng, 4) == 0) set.set_all();
                a.add(set);
                peers.push_back(set);
                break;
            }
            case 1:
                if (peers.empty()) break;
                a.remove(peers.back());
                peers.pop_back();
                break;
            case 2:
                if (peers.empty() || peers[0].get(piece) || peers[0].count() + 1 == kCount) break;
                peers[0].set(piece);
                a.add(piece);
                break;
            case 3:
                a.insert(piece);
                break;
            case 4:
                a.erase(piece);
                break;
            default:
                if (peers.empty()) break;
                if (const auto found = a.rarest(peers.back(), rng, now)) {
                    EXPECT_TRUE(a.contains(*found));
                    EXPECT_TRUE(peers.back().get(*found));
                }
        }
    }
    for (PieceIndex i(0); i.value() < kCount; ++i) {
        const auto have = std::count_if(peers.begin(), peers.end(),
                                        [&](const PieceSet& set) { return set.get(i); });
        EXPECT_EQ(a.count(i), static_cast<std::uint32_t>(have));
    }
}

}  // namespace
}  // namespace bt::swarm
