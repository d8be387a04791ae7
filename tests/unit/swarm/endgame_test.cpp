#include "swarm/endgame.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace bt::swarm {
namespace {

using namespace std::chrono_literals;

class EndgameTest : public ::testing::Test {
protected:
    /// One piece of so many blocks, all of them free.
    void start(std::uint32_t blocks, bool exclusive = false) {
        const metainfo::PieceLayout layout(blocks * kBlockSize, blocks * kBlockSize);
        manager = std::make_unique<PieceManager>(layout, Bitfield(1), Bitfield(1, true));
        slot = manager->open(PieceIndex(0), kNobody, exclusive, now);
    }
    /// A seed of so many bytes/s, with the next free blocks asked of it.
    Peer& peer(double rate, std::uint32_t blocks) {
        auto& out = peers.add({}, 1, now - 1min);
        out.pieces.set_all();
        out.choking_us = false;
        out.pipeline.on_unchoke(16, now - 1min);
        // One block in time, so that its round trip is known.
        out.pipeline.push(kNoPiece, 0, now - 1min);
        out.pipeline.on_block(out.pipeline.answer(kNoPiece, 0), now - 1min + 50ms);
        out.down.add(kBlockSize, now - 1min);
        out.pipeline.update({rate, rate, true, 0, 1h}, now);
        for (std::uint32_t i = 0; i < blocks; ++i)
            ask(out, manager->first_free(slot));
        return out;
    }
    void ask(Peer& of, std::uint32_t block) {
        manager->hold(slot, block, of.slot());
        of.pipeline.push(slot, block, now);
    }
    std::optional<Endgame::Theft> find(const Peer& thief,
                                       Endgame::Twice twice = Endgame::Twice::yes) {
        return endgame.find(thief, peers, *manager, twice, now);
    }

    TimePoint now = TimePoint{} + 1000s;
    PeerTable peers;
    std::unique_ptr<PieceManager> manager;
    PieceSlot slot = kNoPiece;
    Endgame endgame{1u << 30};
};

TEST_F(EndgameTest, TakesTheBlockThatWouldComeLast) {
    start(20);
    auto& slow = peer(100e3, 20);
    auto& fast = peer(10e6, 0);
    const auto theft = find(fast);
    ASSERT_TRUE(theft);
    EXPECT_EQ(theft->victim, &slow);
    EXPECT_EQ(theft->block, 19u);
    EXPECT_TRUE(theft->move);
    EXPECT_FALSE(theft->again);
}

TEST_F(EndgameTest, TakesFromTheOneWhoIsLast) {
    start(20);
    peer(1e6, 10);
    auto& slowest = peer(50e3, 10);
    auto& fast = peer(10e6, 0);
    EXPECT_EQ(find(fast)->victim, &slowest);
}

TEST_F(EndgameTest, LeavesAloneWhatComesSoonAnyway) {
    start(4);
    peer(10e6, 4);
    auto& fast = peer(10e6, 0);
    EXPECT_FALSE(find(fast));
}

TEST_F(EndgameTest, ASlowPeerTakesNothingFromAFastOne) {
    start(20);
    peer(1e6, 20);
    auto& slow = peer(10e3, 0);
    EXPECT_FALSE(find(slow));
}

TEST_F(EndgameTest, AsksAgainForABlockOnItsWayOnlyInEndgame) {
    start(1);
    auto& slow = peer(10e3, 1);
    auto& fast = peer(10e6, 0);
    EXPECT_FALSE(find(fast, Endgame::Twice::no));
    const auto theft = find(fast, Endgame::Twice::yes);
    ASSERT_TRUE(theft);
    EXPECT_EQ(theft->victim, &slow);
    EXPECT_FALSE(theft->move);
    EXPECT_TRUE(theft->again);
}

TEST_F(EndgameTest, ABlockWithAllItsHoldersChangesHands) {
    start(1);
    auto& a = peer(10e3, 1);
    auto& b = peer(10e3, 0);
    auto& c = peer(10e3, 0);
    ask(b, 0);
    ask(c, 0);
    auto& fast = peer(10e6, 0);
    const auto theft = find(fast);
    ASSERT_TRUE(theft);
    EXPECT_TRUE(theft->move);
    EXPECT_TRUE(theft->victim == &a || theft->victim == &b || theft->victim == &c);
}

TEST_F(EndgameTest, TakesNothingThatItHoldsItself) {
    start(1);
    peer(10e3, 1);
    auto& fast = peer(10e6, 0);
    ask(fast, 0);
    EXPECT_FALSE(find(fast));
}

TEST_F(EndgameTest, TakesNothingThatItHasNot) {
    start(20);
    peer(100e3, 20);
    auto& fast = peer(10e6, 0);
    fast.pieces.clear();
    EXPECT_FALSE(find(fast));
}

TEST_F(EndgameTest, WithItsBudgetSpentAsksAgainOnlyForWhatIsLongOverdue) {
    start(20);
    auto& slow = peer(30e3, 1);
    auto& fast = peer(10e6, 0);
    ASSERT_TRUE(find(fast));
    endgame.on_duplicate(64u << 20);
    EXPECT_FALSE(find(fast));
    slow.pipeline.update({1e3, 1e3, true, 0, 1h}, now);
    const auto theft = find(fast);
    ASSERT_TRUE(theft);
    EXPECT_TRUE(theft->move);
}

TEST_F(EndgameTest, TheLastBlocksNeedNoBudget) {
    start(2);
    peer(30e3, 1);
    auto& fast = peer(10e6, 0);
    endgame.on_duplicate(64u << 20);
    EXPECT_TRUE(find(fast));
}

TEST_F(EndgameTest, BeforeTheEndTakesOverOnlyWhatIsLongOverdue) {
    start(20);
    auto& slow = peer(30e3, 1);
    auto& fast = peer(10e6, 0);
    EXPECT_FALSE(find(fast, Endgame::Twice::overdue));
    slow.pipeline.update({1e3, 1e3, true, 0, 1h}, now);
    const auto theft = find(fast, Endgame::Twice::overdue);
    ASSERT_TRUE(theft);
    EXPECT_TRUE(theft->move);
    EXPECT_TRUE(theft->overdue);
}

TEST_F(EndgameTest, LeavesASuspectPieceToItsPeerALittleLonger) {
    start(1, true);
    auto& slow = peer(10e3, 1);
    auto& fast = peer(10e6, 0);
    EXPECT_FALSE(find(fast));
    slow.pipeline.update({1e3, 1e3, true, 0, 1h}, now);
    EXPECT_TRUE(find(fast));
}

}  // namespace
}  // namespace bt::swarm
