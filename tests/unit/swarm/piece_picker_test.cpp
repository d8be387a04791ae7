#include "swarm/piece_picker.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>

namespace bt::swarm {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kBlocks = 4;  // of a piece

class PiecePickerTest : public ::testing::Test {
protected:
    void start(std::uint32_t pieces, Settings chosen = {},
               std::uint32_t piece_length = kBlocks * kBlockSize) {
        settings = chosen;
        const metainfo::PieceLayout layout(piece_length, std::uint64_t{pieces} * piece_length);
        manager = std::make_unique<PieceManager>(layout, Bitfield(pieces), Bitfield(pieces, true));
        availability = std::make_unique<Availability>(pieces);
        picker =
            std::make_unique<PiecePicker>(*manager, *availability, peers, smart_ban, settings, rng);
    }
    /// "x.x" has pieces 0 and 2. It serves us.
    Peer& peer(const std::string& art) {
        auto& out = peers.add({}, static_cast<std::uint32_t>(art.size()), now);
        for (std::uint32_t i = 0; i < art.size(); ++i) {
            if (art[i] == 'x') out.pieces.set(PieceIndex(i));
        }
        availability->add(out.pieces);
        out.choking_us = false;
        out.pipeline.on_unchoke(16, now);
        return out;
    }
    /// How fast it is: bytes/s.
    void set_rate(Peer& of, double rate) {
        of.proven = true;
        now += 10s;  // its meter counts for more than its age
        of.pipeline.update({rate, rate, true, 0, 1h}, now);
    }
    /// Takes a block as the swarm would; the piece, or -1.
    int take(Peer& by) {
        const auto slot = picker->next(by, now);
        if (slot == kNoPiece) return -1;
        const auto block = manager->first_free(slot);
        manager->hold(slot, block, by.slot());
        by.pipeline.push(slot, block, now);
        return static_cast<int>(manager->at(slot).piece.value());
    }
    std::set<int> take_pieces(Peer& by, int count) {
        std::set<int> out;
        for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(count) * kBlocks; ++i)
            out.insert(take(by));
        return out;
    }

    Settings settings;
    Rng rng{1};
    PeerTable peers;
    SmartBan smart_ban;
    std::unique_ptr<PieceManager> manager;
    std::unique_ptr<Availability> availability;
    std::unique_ptr<PiecePicker> picker;
    TimePoint now = TimePoint{} + 100s;
};

TEST_F(PiecePickerTest, APeerKeepsToItsPiece) {
    start(10);
    auto& a = peer("xxxxxxxxxx");
    const auto first = take(a);
    for (std::uint32_t i = 1; i < kBlocks; ++i)
        EXPECT_EQ(take(a), first);
    EXPECT_NE(take(a), first);
}

TEST_F(PiecePickerTest, TwoPeersTakeTwoPieces) {
    start(10);
    auto& a = peer("xxxxxxxxxx");
    auto& b = peer("xxxxxxxxxx");
    EXPECT_NE(take(a), take(b));
}

TEST_F(PiecePickerTest, WhatAPeerLeavesBehindIsFinishedFirst) {
    start(10);
    auto& a = peer("xxxxxxxxxx");
    auto& b = peer("xxxxxxxxxx");
    const auto piece = take(a);
    a.choking_us = true;
    EXPECT_EQ(take(b), piece);
}

TEST_F(PiecePickerTest, OffersNothingThatThePeerHasNot) {
    start(3);
    auto& a = peer("x..");
    EXPECT_EQ(take_pieces(a, 1), std::set<int>{0});
    EXPECT_EQ(take(a), -1);
}

TEST_F(PiecePickerTest, LooksAgainOnlyAfterSomethingHasChanged) {
    start(2);
    auto& a = peer("x.");
    take_pieces(a, 1);
    ASSERT_EQ(take(a), -1);
    a.pieces.set(PieceIndex(1));
    EXPECT_EQ(take(a), -1) << "nobody has said so";
    picker->wake();
    EXPECT_EQ(take(a), 1);
}

TEST_F(PiecePickerTest, TakesTheNextPieceInARowAmongSeeds) {
    start(100);
    const std::string all(100, 'x');
    auto& a = peer(all);
    set_rate(a, 1e6);
    const auto first = take(a);
    for (std::uint32_t i = 1; i < kBlocks; ++i)
        take(a);
    EXPECT_EQ(take(a), first + 1) << "by this seed it is not the last";
}

TEST_F(PiecePickerTest, SlowPeersShareAPiece) {
    start(10);
    auto& a = peer("xxxxxxxxxx");
    auto& b = peer("xxxxxxxxxx");
    set_rate(a, 2000);
    set_rate(b, 2000);
    EXPECT_EQ(take(a), take(b));
}

TEST_F(PiecePickerTest, AFastPeerDoesNotShareWithASlowOne) {
    start(10);
    auto& slow = peer("xxxxxxxxxx");
    auto& fast = peer("xxxxxxxxxx");
    set_rate(slow, 2000);
    set_rate(fast, 1e6);
    EXPECT_NE(take(slow), take(fast));
}

TEST_F(PiecePickerTest, HelpsTheSlowestWhenThereIsNothingNew) {
    start(2);
    auto& slow = peer("xx");
    auto& fast = peer("xx");
    auto& idle = peer("xx");
    set_rate(slow, 10e3);
    set_rate(fast, 1e6);
    set_rate(idle, 1e6);
    const auto slows = take(slow);
    const auto fasts = take(fast);
    ASSERT_NE(slows, fasts);
    EXPECT_EQ(take(idle), slows);
}

TEST_F(PiecePickerTest, OpensNothingWhenThePiecesInWorkAreTooMany) {
    Settings small;
    small.open_limit_bytes = 2 * kBlocks * kBlockSize;
    start(10, small);
    std::set<int> opened;
    for (int i = 0; i < 10; ++i)
        opened.insert(take(peer("xxxxxxxxxx")));
    EXPECT_EQ(opened.size(), 3u) << "two pieces, and at last nothing";
    EXPECT_TRUE(opened.contains(-1));
}

TEST_F(PiecePickerTest, OpensOnePieceHoweverSmallTheBuffers) {
    Settings small;
    small.buffer_limit_bytes = 1;
    small.open_limit_bytes = 1;
    start(10, small);
    EXPECT_GE(take(peer("xxxxxxxxxx")), 0);
}

TEST_F(PiecePickerTest, GivesUpAnOldOrphanWhenThereAreTooManyPiecesInWork) {
    constexpr std::uint32_t kBlocksEach = PiecePicker::kMaxOpenBlocks / 4;  // 1 GiB a piece
    start(6, {}, kBlocksEach * kBlockSize);
    BlockPool pool;
    auto& gone = peer("xxxx..");
    std::vector<PieceSlot> slots;
    for (std::uint32_t i = 0; i < 4; ++i) {
        gone.current.reset();
        slots.push_back(manager->open(PieceIndex(i), gone.slot(), false, now - (10 - i) * 1ms));
        availability->erase(PieceIndex(i));
        for (std::uint32_t b = 0; b < 2; ++b)
            manager->receive(slots[i], b, pool.acquire(), gone.sender, now - (10 - i) * 1ms);
    }
    auto parked = manager->next_park(slots[0]);
    ASSERT_TRUE(parked);
    parked->buffers.clear();
    gone.choking_us = true;
    auto& other = peer("....xx");
    EXPECT_EQ(take(other), -1);
    now += PiecePicker::kOrphanAge;
    picker->wake();
    EXPECT_EQ(take(other), 4) << "in the place of the second: the first is with the disk";
    EXPECT_EQ(manager->state(PieceIndex(0)), PieceState::open);
    EXPECT_EQ(manager->state(PieceIndex(1)), PieceState::missing);
    EXPECT_EQ(picker->take_dropped_bytes(), 2u * kBlockSize);
    manager->on_parked(slots[0], parked->blocks, {1, 2});
    now += 1s;
    EXPECT_EQ(take(other), 4) << "which is its piece now";
    manager.reset();  // before the pool
}

TEST_F(PiecePickerTest, IsExhaustedWhenEveryBlockIsAskedFor) {
    start(2);
    auto& a = peer("xx");
    for (std::uint32_t i = 0; i < 2 * kBlocks; ++i) {
        EXPECT_FALSE(picker->exhausted());
        take(a);
    }
    EXPECT_TRUE(picker->exhausted());
}

}  // namespace
}  // namespace bt::swarm
