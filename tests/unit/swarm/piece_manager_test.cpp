#include "swarm/piece_manager.hpp"

#include <gmock/gmock.h>

namespace bt::swarm {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

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

TEST_F(PieceManagerTest, ParkedBlocksTakeNoMemoryAndComeBackWithTheRun) {
    start(1, 4 * kBlockSize);
    const auto slot = open(0);
    receive(slot, 1);
    receive(slot, 3);
    auto park = manager->next_park(slot);
    ASSERT_TRUE(park);
    EXPECT_EQ(park->blocks, (std::vector<std::uint32_t>{1, 3}));
    EXPECT_THAT(park->given_up, IsEmpty());
    EXPECT_EQ(manager->gathered_bytes(), 0u);
    EXPECT_EQ(manager->buffered_bytes(), 2 * kBlockSize) << "until the disk has them";
    receive(slot, 0);
    receive(slot, 2);
    EXPECT_FALSE(manager->next_run(slot)) << "the disk may not have them yet";
    EXPECT_FALSE(manager->next_park(slot));
    park->buffers.clear();
    manager->on_parked(slot, park->blocks, {11, 13});
    EXPECT_EQ(manager->buffered_bytes(), 2 * kBlockSize);
    const auto run = manager->next_run(slot);
    ASSERT_TRUE(run);
    EXPECT_TRUE(run->last);
    ASSERT_EQ(run->blocks.size(), 4u);
    for (std::uint32_t b = 0; b < 4; ++b)
        EXPECT_EQ(static_cast<bool>(run->blocks[b]), b % 2 == 0);
    EXPECT_EQ(run->parked, (ParkedBlocks{{1, 11}, {3, 13}}));
    manager->on_verified(slot);
    EXPECT_EQ(manager->buffered_bytes(), 0u);
    EXPECT_EQ(manager->missing_bytes(), 0u);
    EXPECT_EQ(manager->open_blocks(), 0u);
}

TEST_F(PieceManagerTest, AParkedBlockThatWasGivenUpComesAnew) {
    start(1, 3 * kBlockSize);
    const auto slot = open(0);
    manager->receive(slot, 1, pool.acquire(), 7, kStart);
    auto park = manager->next_park(slot);
    ASSERT_TRUE(park);
    park->buffers.clear();
    EXPECT_EQ(manager->discard_of(7), kBlockSize) << "while it is on its way to the disk";
    receive(slot, 1);
    manager->on_parked(slot, park->blocks, {11});
    EXPECT_FALSE(manager->at(slot).blocks[1].parked);
    park = manager->next_park(slot);
    ASSERT_TRUE(park);
    EXPECT_THAT(park->given_up, ElementsAre(1));
    EXPECT_THAT(park->blocks, ElementsAre(1));
    park->buffers.clear();
    manager->on_parked(slot, park->blocks, {12});
    EXPECT_EQ(manager->discard_of(1), kBlockSize);
    park = manager->next_park(slot);
    ASSERT_TRUE(park) << "the disk has to be told that it is not there any more";
    EXPECT_THAT(park->blocks, IsEmpty());
    EXPECT_THAT(park->given_up, ElementsAre(1));
    manager->on_parked(slot, {}, {});
    EXPECT_FALSE(manager->next_park(slot));
    EXPECT_EQ(manager->missing_bytes(), 3 * kBlockSize);
}

TEST_F(PieceManagerTest, AnAlteredRunIsToBeFetchedAgain) {
    constexpr std::uint32_t kBlocks = 100;
    constexpr std::uint32_t kRun = PieceManager::kMaxRunBlocks;
    start(1, kBlocks * kBlockSize);
    const auto slot = open(0);
    const auto receive_free = [&](std::uint32_t end) {
        while (manager->at(slot).free > 0 && manager->first_free(slot) < end)
            receive(slot, manager->first_free(slot));
    };
    for (const bool last : {false, true}) {
        for (const bool altered : {true, false}) {
            receive_free(last ? kBlocks : kRun + 6);
            auto run = manager->next_run(slot);
            ASSERT_TRUE(run);
            EXPECT_EQ(run->last, last);
            run->blocks.clear();
            if (altered) {
                EXPECT_EQ(manager->on_altered(slot), run->length);
                EXPECT_EQ(manager->state(PieceIndex(0)), PieceState::open);
                EXPECT_EQ(manager->first_free(slot), last ? kRun : 0);
                EXPECT_EQ(manager->missing_bytes(),
                          last ? run->length : (kBlocks - 6) * kBlockSize);
                continue;
            }
            last ? manager->on_verified(slot) : manager->on_run_written(slot, {});
        }
    }
    EXPECT_EQ(manager->missing_bytes(), 0u);
    EXPECT_EQ(manager->buffered_bytes(), 0u);
    EXPECT_EQ(manager->committed_bytes(), 0u);
}

TEST_F(PieceManagerTest, GoesOnWithWhatAnEarlierRunHasParked) {
    start(2, 3 * kBlockSize);
    const auto slot = manager->resume(PieceIndex(0), {{1, 11}, {2, 12}});
    EXPECT_EQ(manager->missing_bytes(), 4 * kBlockSize);
    EXPECT_EQ(manager->buffered_bytes(), 0u);
    EXPECT_EQ(manager->first_free(slot), 0u);
    receive(slot, 0);
    const auto run = manager->next_run(slot);
    ASSERT_TRUE(run);
    EXPECT_EQ(run->parked, (ParkedBlocks{{1, 11}, {2, 12}}));
    EXPECT_EQ(manager->senders(slot), (std::vector<SenderId>{1, kUnknownSender, kUnknownSender}));
}

TEST_F(PieceManagerTest, TheLongestUntouchedRestsFirst) {
    start(3, 3 * kBlockSize);
    std::vector<PieceSlot> slots;
    for (const std::uint32_t piece : {2u, 0u, 1u}) {
        slots.push_back(open(piece));
        manager->receive(slots.back(), 0, pool.acquire(), 1, kStart - piece * 1s);
    }
    EXPECT_EQ(manager->resting(), (std::vector<PieceSlot>{slots[0], slots[2], slots[1]}));
    auto park = manager->next_park(slots[0]);
    EXPECT_EQ(manager->resting(), (std::vector<PieceSlot>{slots[2], slots[1]}));
    park->buffers.clear();
    manager->on_parked(slots[0], park->blocks, {1});
    EXPECT_EQ(manager->resting().size(), 2u) << "nothing of it is in memory";
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
