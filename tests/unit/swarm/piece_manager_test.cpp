#include "swarm/piece_manager.hpp"

#include <gtest/gtest.h>

namespace bt::swarm {
namespace {

using namespace std::chrono_literals;

const TimePoint kStart = TimePoint{} + 100s;
constexpr PeerSlot kAnn = 0;
constexpr PeerSlot kBob = 1;
constexpr PeerSlot kCid = 2;

class PieceManagerTest : public ::testing::Test {
protected:
    void start(std::uint32_t pieces, std::uint32_t length) {
        manager = std::make_unique<PieceManager>(
            metainfo::PieceLayout(length, std::uint64_t{pieces} * length), Bitfield(pieces),
            Bitfield(pieces, true));
    }
    PieceSlot open(std::uint32_t piece) {
        return manager->open(PieceIndex(piece), kAnn, false, kStart);
    }
    void receive(PieceSlot slot, std::uint32_t block) {
        manager->receive(slot, block, pool.acquire(), 1, kStart);
    }

    BlockPool pool;
    std::unique_ptr<PieceManager> manager;
};

TEST_F(PieceManagerTest, MovesAPieceFromMissingToHave) {
    start(2, 2 * kBlockSize);
    EXPECT_EQ(manager->state(PieceIndex(1)), PieceState::missing);
    const auto slot = open(1);
    EXPECT_EQ(manager->state(PieceIndex(1)), PieceState::open);
    receive(slot, 0);
    EXPECT_FALSE(manager->next_run(slot));
    receive(slot, 1);
    EXPECT_EQ(manager->buffered_bytes(), 2 * kBlockSize);
    const auto run = manager->next_run(slot);
    ASSERT_TRUE(run);
    EXPECT_EQ(run->blocks.size(), 2u);
    EXPECT_EQ(manager->state(PieceIndex(1)), PieceState::verifying);
    EXPECT_FALSE(manager->next_run(slot));
    manager->on_verified(slot);
    EXPECT_EQ(manager->state(PieceIndex(1)), PieceState::have);
    EXPECT_EQ(manager->buffered_bytes(), 0u);
    EXPECT_EQ(manager->needed_count(), 1u);
    EXPECT_EQ(manager->have_bytes(), 2 * kBlockSize);
    EXPECT_EQ(manager->missing_bytes(), 2 * kBlockSize);
}

TEST_F(PieceManagerTest, AFailedPieceIsMissingAgain) {
    start(1, 2 * kBlockSize);
    const auto slot = open(0);
    receive(slot, 0);
    receive(slot, 1);
    const auto run = manager->next_run(slot);
    manager->on_failed(slot);
    EXPECT_EQ(manager->state(PieceIndex(0)), PieceState::missing);
    EXPECT_EQ(manager->buffered_bytes(), 0u);
    EXPECT_EQ(manager->missing_bytes(), 2 * kBlockSize);
    EXPECT_EQ(manager->open(PieceIndex(0), kBob, false, kStart), slot);
    EXPECT_EQ(manager->at(slot).free, 2u);
}

TEST_F(PieceManagerTest, ABlockIsFreeUntilSomebodyHoldsIt) {
    start(1, 3 * kBlockSize);
    const auto slot = open(0);
    EXPECT_EQ(manager->first_free(slot), 0u);
    manager->hold(slot, 0, kAnn);
    EXPECT_EQ(manager->first_free(slot), 1u);
    manager->unhold(slot, 0, kAnn);
    EXPECT_EQ(manager->first_free(slot), 0u);
}

TEST_F(PieceManagerTest, APieceWithoutFreeBlocksIsNoPartial) {
    start(2, kBlockSize);
    const auto a = open(0);
    const auto b = open(1);
    EXPECT_EQ(manager->partials().size(), 2u);
    manager->hold(a, 0, kAnn);
    EXPECT_EQ(manager->partials(), std::vector<PieceSlot>{b});
    manager->unhold(a, 0, kAnn);
    EXPECT_EQ(manager->partials().size(), 2u);
}

TEST_F(PieceManagerTest, ABlockWhoseHoldersAreAllStalledIsFree) {
    start(1, kBlockSize);
    const auto slot = open(0);
    const auto& block = manager->at(slot).blocks[0];
    for (const auto peer : {kAnn, kBob, kCid})
        manager->hold(slot, 0, peer);
    manager->set_stalled(slot, 0, kAnn, true);
    manager->set_stalled(slot, 0, kCid, true);
    EXPECT_EQ(block.state, BlockState::requested);
    manager->unhold(slot, 0, kBob);
    EXPECT_EQ(block.state, BlockState::free);
    EXPECT_EQ(block.holders, 2);
    manager->set_stalled(slot, 0, kCid, false);
    EXPECT_EQ(block.state, BlockState::requested);
    manager->unhold(slot, 0, kAnn);
    EXPECT_EQ(block.state, BlockState::requested);
    EXPECT_EQ(block.stalled, 0);
    manager->unhold(slot, 0, kCid);
    EXPECT_EQ(block.state, BlockState::free);
}

TEST_F(PieceManagerTest, CommitsOnlyPiecesThatSomebodyWorksOn) {
    start(2, 2 * kBlockSize);
    const auto slot = open(0);
    EXPECT_EQ(manager->committed_bytes(), 0u);
    manager->hold(slot, 0, kAnn);
    EXPECT_EQ(manager->committed_bytes(), 2 * kBlockSize);
    receive(slot, 0);
    manager->unhold(slot, 0, kAnn);
    EXPECT_EQ(manager->committed_bytes(), 0u);
    manager->hold(slot, 1, kAnn);
    receive(slot, 1);
    EXPECT_EQ(manager->committed_bytes(), 2 * kBlockSize);
    const auto run = manager->next_run(slot);
    EXPECT_EQ(manager->committed_bytes(), 0u);
    manager->on_verified(slot);
    EXPECT_EQ(manager->committed_bytes(), 0u);
}

TEST_F(PieceManagerTest, ALargePieceGoesInRunsOneAtATime) {
    constexpr std::uint32_t kBlocks = 300;  // above the whole-piece limit of 256
    start(1, kBlocks * kBlockSize);
    const auto slot = open(0);
    for (std::uint32_t b = 1; b < PieceManager::kMinRunBlocks; ++b)
        receive(slot, b);
    EXPECT_FALSE(manager->next_run(slot)) << "the first block is not there";
    receive(slot, 0);
    auto run = manager->next_run(slot);
    ASSERT_TRUE(run);
    EXPECT_EQ(run->length, PieceManager::kMinRunBlocks * kBlockSize);
    EXPECT_FALSE(run->last);
    for (std::uint32_t b = PieceManager::kMinRunBlocks; b < kBlocks; ++b)
        receive(slot, b);
    EXPECT_FALSE(manager->next_run(slot)) << "a run is being written";
    std::uint32_t at = run->length;
    while (!run->last) {
        run->blocks.clear();
        manager->on_run_written(slot, {});
        run = manager->next_run(slot);
        ASSERT_TRUE(run);
        EXPECT_EQ(run->begin, at);
        EXPECT_LE(run->blocks.size(), PieceManager::kMaxRunBlocks);
        at += run->length;
    }
    EXPECT_EQ(at, kBlocks * kBlockSize);
    EXPECT_EQ(manager->state(PieceIndex(0)), PieceState::verifying);
    run->blocks.clear();
    manager->on_verified(slot);
    EXPECT_EQ(manager->buffered_bytes(), 0u);
}

TEST_F(PieceManagerTest, ClosingAnOpenPieceForgetsItsBlocks) {
    start(1, 3 * kBlockSize);
    const auto slot = open(0);
    receive(slot, 1);
    manager->close(slot);
    EXPECT_EQ(manager->state(PieceIndex(0)), PieceState::missing);
    EXPECT_EQ(manager->buffered_bytes(), 0u);
    EXPECT_EQ(manager->missing_bytes(), 3 * kBlockSize);
    EXPECT_TRUE(manager->partials().empty());
    EXPECT_EQ(pool.bytes_in_use(), 0u);
}

TEST_F(PieceManagerTest, ShortPiecesAndBlocksKeepTheirSizes) {
    manager = std::make_unique<PieceManager>(metainfo::PieceLayout(20'000, 30'001), Bitfield(2),
                                             Bitfield(2, true));
    for (std::uint32_t piece = 0; piece < 2; ++piece) {
        const auto slot = open(piece);
        const auto blocks = static_cast<std::uint32_t>(manager->at(slot).blocks.size());
        EXPECT_EQ(blocks, piece == 0 ? 2u : 1u);
        for (std::uint32_t b = 0; b < blocks; ++b)
            receive(slot, b);
        const auto run = manager->next_run(slot);
        ASSERT_TRUE(run);
        EXPECT_EQ(run->length, piece == 0 ? 20'000u : 10'001u);
    }
    EXPECT_EQ(manager->buffered_bytes(), 30'001u);
}

}  // namespace
}  // namespace bt::swarm
