// MetadataFetch when peers differ, lie, go and come, and its bounds.
#include <gtest/gtest.h>

#include <vector>

#include "unit/swarm/metadata_fixture.hpp"

namespace bt::swarm {
namespace {

using namespace test;

TEST(MetadataDoubt, KeepsWhatHasComeWhenPeersGo) {
    Metadata metadata(3 * kPiece);
    metadata.join(1);
    metadata.send(1, 0);
    metadata.fetch().on_peer_gone(id(1), kStart);
    EXPECT_EQ(metadata.fetch().held_bytes(), kPiece);
    metadata.join(2);
    EXPECT_EQ(metadata.asked(2), (Pieces{1, 2}));
    const auto progress = metadata.fetch().progress();
    EXPECT_EQ(progress.pieces, 1u);
    EXPECT_EQ(progress.of, 3u);
    EXPECT_EQ(progress.holders, 1u);
}

TEST(MetadataDoubt, KeepsFewSizesThatNobodyNamesAnyMore) {
    Metadata metadata(kPiece);
    for (std::uint32_t peer = 0; peer < 10; ++peer) {
        const auto size = (peer + 2) * kPiece;
        metadata.join(peer, size);
        metadata.fetch().on_data(id(peer), 0, size, bytes(kPiece), kStart);
        metadata.fetch().on_peer_gone(id(peer), kStart);
    }
    EXPECT_EQ(metadata.fetch().held_bytes(), MetadataFetch::kMaxOrphans * kPiece);
}

TEST(MetadataDoubt, ConvictsTheOnlySenderOfBytesThatDoNotHash) {
    Metadata metadata(2 * kPiece);
    metadata.join(1);
    metadata.send_all(1, 1);
    EXPECT_EQ(metadata.verdicts(), Verdicts{"1:liar"});
    EXPECT_EQ(metadata.fetch().held_bytes(), 0u);
    metadata.join(2);
    metadata.send_all(2);
    EXPECT_TRUE(metadata.fetch().complete());
}

TEST(MetadataDoubt, FindsTheLiarAmongSeveralByTryingThemOneByOne) {
    Metadata metadata(2 * kPiece);
    metadata.join(1);
    metadata.join(2);
    EXPECT_EQ(metadata.asked(1), (Pieces{0, 1}));
    metadata.fetch().on_reject(id(1), 1, kStart);
    EXPECT_EQ(metadata.asked(2), Pieces{1});
    metadata.send(1, 0, false);
    metadata.send(2, 1);
    EXPECT_EQ(metadata.verdicts(), Verdicts{}) << "it could be either";
    metadata.pass(1s);
    EXPECT_EQ(metadata.asked(2), (Pieces{0, 1}));
    metadata.send(2, 0);
    metadata.send(2, 1);
    EXPECT_TRUE(metadata.fetch().complete());
    EXPECT_EQ(metadata.verdicts(), Verdicts{"1:liar"}) << "by what it sent before";
}

TEST(MetadataDoubt, ConvictsALiarThatHasGone) {
    Metadata metadata(2 * kPiece);
    metadata.join(1);
    metadata.join(2);
    (void)metadata.asked(1);
    metadata.send(1, 0, false);
    metadata.fetch().on_peer_gone(id(1), kStart);
    EXPECT_EQ(metadata.asked(2), Pieces{1});
    metadata.send(2, 1);
    metadata.send_all(2);
    EXPECT_TRUE(metadata.fetch().complete());
    EXPECT_EQ(metadata.verdicts(), Verdicts{"1:liar"});
}

TEST(MetadataDoubt, TriesAFewPeersAtATimeWhenInDoubt) {
    Metadata metadata(2 * kPiece);
    for (std::uint32_t peer = 1; peer <= 10; ++peer)
        metadata.join(peer);
    metadata.send(1, 0, false);
    metadata.pass(300ms);
    metadata.send(2, 1);
    for (std::uint32_t peer = 1; peer <= 10; ++peer)
        (void)metadata.asked(peer);
    std::size_t tried = 0;
    const auto count = [&] {
        for (std::uint32_t peer = 1; peer <= 10; ++peer)
            tried += metadata.asked(peer).empty() ? 0 : 1;
        return tried;
    };
    metadata.pass(MetadataFetch::kSilentTurn);
    EXPECT_EQ(count(), MetadataFetch::kTriedAtOnce);
    metadata.pass(MetadataFetch::kSilentTurn);
    EXPECT_GE(count(), 2 * MetadataFetch::kTriedAtOnce - 2);
}

TEST(MetadataDoubt, FetchesEverySizeThatIsNamed) {
    Metadata metadata(2 * kPiece);
    metadata.join(1, 5 * kPiece);
    metadata.join(2, 5 * kPiece);
    metadata.join(3);
    EXPECT_EQ(metadata.asked(1), (Pieces{0, 1, 2, 3, 4}));
    EXPECT_EQ(metadata.fetch().progress().of, 5u) << "most name it";
    metadata.send_all(3);
    EXPECT_TRUE(metadata.fetch().complete());
    EXPECT_EQ(metadata.fetch().progress().pieces, 2u);
    EXPECT_EQ(metadata.fetch().progress().of, 2u);
}

TEST(MetadataDoubt, LetsAPeerNameAnotherSizeAFewTimes) {
    Metadata metadata(kPiece);
    metadata.join(1, 1000);
    for (std::uint32_t i = 1; i <= MetadataFetch::kMaxRenames; ++i) {
        metadata.join(1, 1000 + i);
        EXPECT_EQ(metadata.asked(1).back(), 0u);
    }
    metadata.join(1, 500);
    EXPECT_EQ(metadata.asked(1), Pieces{});
}

TEST(MetadataDoubt, HasABoundOnItsPeers) {
    Metadata metadata(kPiece);
    for (std::uint32_t peer = 0; peer <= MetadataFetch::kMaxPeers; ++peer)
        metadata.fetch().on_peer(id(peer), Metadata::address(1), kPiece, kStart);
    EXPECT_EQ(metadata.fetch().progress().holders, MetadataFetch::kMaxPeers);
}

TEST(MetadataDoubt, HoldsNoMoreThanItsBoundOfBytes) {
    Metadata metadata(1);
    for (std::uint32_t peer = 0; peer < 3; ++peer) {
        const auto size = MetadataFetch::kMaxSize - peer;
        metadata.join(peer, size);
        auto pieces = metadata.asked(peer);
        for (int sent = 0; sent < 2000; ++sent) {  // but for the last few
            ASSERT_FALSE(pieces.empty());
            metadata.fetch().on_data(id(peer), pieces.front(), size, bytes(kPiece), metadata.now);
            pieces.erase(pieces.begin());
            const auto more = metadata.asked(peer);
            pieces.insert(pieces.end(), more.begin(), more.end());
            ASSERT_LE(metadata.fetch().held_bytes(), MetadataFetch::kMaxHeldBytes);
        }
        metadata.now += 1s;
    }
    metadata.join(9);
    metadata.send_all(9);
    EXPECT_TRUE(metadata.fetch().complete());
}

TEST(MetadataDoubt, IsNotDisturbedByNewsAfterTheEnd) {
    Metadata metadata(kPiece);
    metadata.join(1);
    metadata.join(2);
    metadata.send(1, 0);
    ASSERT_TRUE(metadata.fetch().complete());
    metadata.join(3);
    metadata.send(2, 0);
    metadata.fetch().on_reject(id(2), 0, kStart);
    metadata.fetch().on_peer_gone(id(1), kStart);
    metadata.pass(1min);
    EXPECT_EQ(metadata.fetch().take_requests().size(), 0u);
    EXPECT_EQ(metadata.fetch().take_metadata(), metadata.content());
}

}  // namespace
}  // namespace bt::swarm
