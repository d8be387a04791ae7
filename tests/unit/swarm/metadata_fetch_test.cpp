#include <gtest/gtest.h>

#include <vector>

#include "unit/swarm/metadata_fixture.hpp"

namespace bt::swarm {
namespace {

using namespace test;

TEST(MetadataFetch, AsksTheFirstPeerForAllAtOnce) {
    Metadata metadata(3 * kPiece - 1);
    EXPECT_EQ(metadata.fetch().wake_at(), kNever);
    metadata.join(1);
    EXPECT_EQ(metadata.asked(1), (Pieces{0, 1, 2}));
    metadata.send(1, 0);
    metadata.send(1, 2);
    EXPECT_FALSE(metadata.fetch().complete());
    metadata.send(1, 1);
    ASSERT_TRUE(metadata.fetch().complete());
    EXPECT_EQ(metadata.fetch().wake_at(), kNever);
    EXPECT_EQ(metadata.fetch().held_bytes(), 0u);
    EXPECT_EQ(metadata.fetch().take_metadata(), metadata.content());
    EXPECT_EQ(metadata.verdicts(), Verdicts{});
}

TEST(MetadataFetch, TakesTheSmallestAndTheLargest) {
    for (const auto size : {1u, kPiece, kPiece + 1, MetadataFetch::kMaxSize}) {
        Metadata metadata(size);
        metadata.join(1);
        metadata.send_all(1);
        EXPECT_TRUE(metadata.fetch().complete()) << size;
    }
}

TEST(MetadataFetch, AsksNobodyForSizesOutOfBounds) {
    Metadata metadata(kPiece);
    const std::uint64_t sizes[] = {0, MetadataFetch::kMaxSize + 1, 0x80000000, 0x100000001, ~0ull};
    for (std::uint32_t i = 0; i < 5; ++i) {
        metadata.join(i, sizes[i]);
        EXPECT_EQ(metadata.asked(i), Pieces{}) << i;
    }
    EXPECT_EQ(metadata.fetch().wake_at(), kNever);
    EXPECT_EQ(metadata.fetch().progress().holders, 0u);
    metadata.join(0);
    EXPECT_EQ(metadata.asked(0), Pieces{0}) << "it has got it since";
}

TEST(MetadataFetch, AsksAnotherPeerAfter300Milliseconds) {
    Metadata metadata(2 * kPiece);
    metadata.join(1);
    metadata.join(2);
    EXPECT_EQ(metadata.asked(1), (Pieces{0, 1}));
    EXPECT_EQ(metadata.asked(2), Pieces{});
    EXPECT_EQ(metadata.fetch().wake_at(), kStart + 300ms);
    metadata.pass(299ms);
    EXPECT_EQ(metadata.asked(2), Pieces{});
    metadata.pass(1ms);
    EXPECT_EQ(metadata.asked(2), (Pieces{0, 1}));
    EXPECT_EQ(metadata.asked(1), Pieces{}) << "it has been asked";
    metadata.send(2, 0);
    metadata.send(1, 0);
    metadata.send(1, 1);
    EXPECT_TRUE(metadata.fetch().complete());
}

TEST(MetadataFetch, AsksAFewPeersQuicklyAndFurtherOnesSlowly) {
    Metadata metadata(1);
    for (std::uint32_t peer = 1; peer <= 5; ++peer)
        metadata.join(peer);
    std::vector<Duration> when;
    for (std::uint32_t peer = 1; peer <= 5; ++peer) {
        while (metadata.asked(peer).empty())
            metadata.pass(metadata.fetch().wake_at() - metadata.now);
        when.push_back(metadata.now - kStart);
    }
    EXPECT_EQ(when, (std::vector<Duration>{0ms, 300ms, 600ms, 1600ms, 2600ms}));
}

TEST(MetadataFetch, SpreadsThePiecesOverThePeers) {
    Metadata metadata(16 * kPiece);
    for (std::uint32_t peer = 1; peer <= 4; ++peer)
        metadata.join(peer, 0);
    for (std::uint32_t peer = 2; peer <= 4; ++peer)
        metadata.join(peer);
    metadata.join(1);
    EXPECT_EQ(metadata.asked(2).size(), 8u);
    EXPECT_EQ(metadata.asked(3).size(), 8u);
    metadata.pass(300ms);
    EXPECT_EQ(metadata.asked(1).size(), 8u);
    EXPECT_EQ(metadata.asked(4).size(), 8u);
}

TEST(MetadataFetch, KeepsTheBoundOnRequestsAtAPeer) {
    Metadata metadata(100 * kPiece);
    metadata.join(1);
    auto owed = metadata.asked(1);
    EXPECT_EQ(owed.size(), MetadataFetch::kFirstOutstanding);
    for (int i = 0; i < 60; ++i) {
        metadata.send(1, owed.front());
        owed.erase(owed.begin());
        const auto more = metadata.asked(1);
        owed.insert(owed.end(), more.begin(), more.end());
        ASSERT_LE(owed.size(), MetadataFetch::kMaxOutstanding);
    }
    EXPECT_EQ(owed.size(), MetadataFetch::kMaxOutstanding);
}

TEST(MetadataFetch, IgnoresWhatItHasNotAskedFor) {
    Metadata metadata(20 * kPiece);
    metadata.join(1);
    metadata.send(1, 19);  // not asked for yet
    metadata.send(2, 0);   // nobody we know
    metadata.fetch().on_data(id(1), 20, 20 * kPiece, {}, kStart);
    metadata.fetch().on_data(id(1), 0xffffffff, 20 * kPiece, {}, kStart);
    metadata.fetch().on_reject(id(1), 19, kStart);
    metadata.fetch().on_reject(id(2), 0, kStart);
    metadata.fetch().on_peer_gone(id(2), kStart);
    EXPECT_EQ(metadata.fetch().held_bytes(), 0u);
    metadata.send(1, 0);
    metadata.send(1, 0, false);
    EXPECT_EQ(metadata.fetch().held_bytes(), kPiece);
    EXPECT_EQ(metadata.verdicts(), Verdicts{});
}

TEST(MetadataFetch, CallsAPeerBrokenWhosePiecesDoNotFit) {
    Metadata metadata(kPiece);
    metadata.join(1);
    const auto misfits = {std::pair(kPiece, kPiece - 1), std::pair(kPiece, 0u),
                          std::pair(2 * kPiece, kPiece)};
    for (const auto& [total, length] : misfits) {
        EXPECT_EQ(metadata.verdicts(), Verdicts{});
        const auto pieces = metadata.asked(1);
        ASSERT_FALSE(pieces.empty());
        metadata.fetch().on_data(id(1), pieces.front(), total, bytes(length), metadata.now);
        metadata.pass(1min);
    }
    EXPECT_EQ(metadata.verdicts(), Verdicts{"1:broken"});
    EXPECT_EQ(metadata.asked(1), Pieces{});
    metadata.join(1);
    EXPECT_EQ(metadata.asked(1), Pieces{}) << "until it has gone";
    EXPECT_EQ(metadata.fetch().held_bytes(), 0u);
}

TEST(MetadataFetch, TakesDataThatNamesNoTotal) {
    Metadata metadata(kPiece);
    metadata.join(1);
    metadata.fetch().on_data(id(1), 0, std::nullopt, metadata.content(), kStart);
    EXPECT_TRUE(metadata.fetch().complete());
}

TEST(MetadataFetch, PausesAPeerThatRejectsAndAsksItForEver) {
    Metadata metadata(2 * kPiece);
    metadata.join(1);
    auto pause = MetadataFetch::kFirstPause;
    for (int i = 0; i < 20; ++i) {
        const auto pieces = metadata.asked(1);
        ASSERT_FALSE(pieces.empty()) << i;
        for (const auto piece : pieces)
            metadata.fetch().on_reject(id(1), piece, metadata.now);
        EXPECT_EQ(metadata.asked(1), Pieces{});
        ASSERT_EQ(metadata.fetch().wake_at(), metadata.now + pause) << i;
        metadata.pass(pause);
        pause = std::min(2 * pause, MetadataFetch::kMaxPause);
    }
    metadata.send_all(1);
    EXPECT_TRUE(metadata.fetch().complete());
    EXPECT_EQ(metadata.verdicts(), Verdicts{});
}

TEST(MetadataFetch, AsksOthersAtOnceForWhatIsRejectedOrLost) {
    Metadata metadata(2 * kPiece);
    metadata.join(1);
    EXPECT_EQ(metadata.asked(1), (Pieces{0, 1}));
    metadata.join(2);
    metadata.fetch().on_reject(id(1), 1, kStart);
    EXPECT_EQ(metadata.asked(2), Pieces{1});
    metadata.fetch().on_peer_gone(id(1), kStart);
    EXPECT_EQ(metadata.asked(2), Pieces{0});
    metadata.fetch().on_peer_gone(id(2), kStart);
    EXPECT_EQ(metadata.fetch().wake_at(), kNever);
}

TEST(MetadataFetch, TakesAnAnswerThatComesAfterItsPatience) {
    Metadata metadata(kPiece);
    metadata.join(1);
    EXPECT_EQ(metadata.asked(1), Pieces{0});
    EXPECT_EQ(metadata.fetch().wake_at(), kStart + MetadataFetch::kPatience);
    metadata.pass(MetadataFetch::kPatience);
    EXPECT_EQ(metadata.asked(1), Pieces{}) << "it pauses";
    metadata.send(1, 0);
    EXPECT_TRUE(metadata.fetch().complete());
}

}  // namespace
}  // namespace bt::swarm
