#include "bt/swarm/upload_queue.hpp"

#include <gtest/gtest.h>

namespace bt::swarm {
namespace {

constexpr std::size_t kRoom = 64u << 20;  // so much that it never matters

BlockRequest block(std::uint32_t n) {
    return {PieceIndex(n / 16), n % 16 * kBlockSize, kBlockSize};
}

TEST(UploadQueue, ReadsInTheOrderOfTheRequests) {
    UploadQueue queue;
    EXPECT_TRUE(queue.push(block(2)));
    EXPECT_TRUE(queue.push(block(1)));
    EXPECT_EQ(queue.next_to_read(0, kRoom), block(2));
    EXPECT_EQ(queue.next_to_read(0, kRoom), block(1));
    EXPECT_EQ(queue.next_to_read(0, kRoom), std::nullopt);
}

TEST(UploadQueue, RefusesOneRequestPastTheBound) {
    UploadQueue queue;
    for (std::uint32_t i = 0; i < UploadQueue::kMaxQueued; ++i)
        ASSERT_TRUE(queue.push(block(i)));
    EXPECT_FALSE(queue.push(block(UploadQueue::kMaxQueued)));
    EXPECT_TRUE(queue.push(block(0))) << "queued already, so it takes no more room";
    EXPECT_EQ(queue.queued(), UploadQueue::kMaxQueued);
}

TEST(UploadQueue, DoesNotQueueTwiceWhatIsQueuedOrBeingRead) {
    UploadQueue queue;
    queue.push(block(0));
    queue.push(block(0));
    EXPECT_EQ(queue.queued(), 1u);
    ASSERT_TRUE(queue.next_to_read(0, kRoom));
    queue.push(block(0));
    EXPECT_EQ(queue.queued(), 0u);
}

TEST(UploadQueue, BoundsTheBytesThatAreRead) {
    UploadQueue queue;
    constexpr auto room = UploadQueue::kMaxBytes / kBlockSize;
    for (std::uint32_t i = 0; i < room + 1; ++i)
        queue.push(block(i));
    for (std::uint32_t i = 0; i < room; ++i)
        ASSERT_TRUE(queue.next_to_read(0, kRoom)) << i;
    EXPECT_FALSE(queue.next_to_read(0, kRoom));
    EXPECT_TRUE(queue.on_read(block(0)));
    EXPECT_TRUE(queue.next_to_read(0, kRoom));
}

TEST(UploadQueue, CountsUnsentBytesAgainstTheBound) {
    UploadQueue queue;
    queue.push(block(0));
    EXPECT_FALSE(queue.next_to_read(UploadQueue::kMaxBytes - kBlockSize + 1, kRoom));
    EXPECT_TRUE(queue.next_to_read(UploadQueue::kMaxBytes - kBlockSize, kRoom));
}

TEST(UploadQueue, LeavesAsMuchToTheOthersAsItTakes) {
    UploadQueue queue;
    for (std::uint32_t i = 0; i < 8; ++i)
        queue.push(block(i));
    EXPECT_TRUE(queue.next_to_read(0, 4 * kBlockSize));
    EXPECT_TRUE(queue.next_to_read(0, 3 * kBlockSize));
    EXPECT_FALSE(queue.next_to_read(0, 2 * kBlockSize)) << "it has two, and leaves two";
}

TEST(UploadQueue, AFewPeersThatDoNotReadNeverHaveItAll) {
    constexpr std::size_t kShared = 2u << 20;
    std::size_t taken = 0;
    for (std::uint32_t peers = 0; peers < 6; ++peers) {
        UploadQueue queue;
        for (std::uint32_t i = 0; i < 100; ++i)
            queue.push(block(i));
        std::size_t own = 0;
        while (queue.next_to_read(0, kShared - taken)) {
            own += kBlockSize;
            taken += kBlockSize;
        }
        EXPECT_GT(own, 0u) << "after " << peers << " others";
        EXPECT_LE(taken, kShared);
    }
}

TEST(UploadQueue, CountsWhatIsFutile) {
    UploadQueue queue;
    queue.push(block(0));
    queue.push(block(1));
    EXPECT_EQ(queue.futile(), 0u);
    queue.push(block(1));
    EXPECT_EQ(queue.futile(), 1u);
    ASSERT_TRUE(queue.next_to_read(0, kRoom));
    queue.push(block(0));
    EXPECT_EQ(queue.futile(), 2u) << "being read";
    queue.cancel(block(7));
    EXPECT_EQ(queue.futile(), 3u);
    for (std::uint32_t i = 1; i <= UploadQueue::kMaxQueued; ++i)
        queue.push(block(i));
    queue.push(block(UploadQueue::kMaxQueued + 1));
    EXPECT_EQ(queue.futile(), 5u);
}

TEST(UploadQueue, CancelsAQueuedRequest) {
    UploadQueue queue;
    queue.push(block(0));
    EXPECT_TRUE(queue.cancel(block(0)));
    EXPECT_FALSE(queue.next_to_read(0, kRoom));
}

TEST(UploadQueue, DropsTheDataOfARequestCancelledWhileItWasRead) {
    UploadQueue queue;
    queue.push(block(0));
    ASSERT_TRUE(queue.next_to_read(0, kRoom));
    EXPECT_TRUE(queue.cancel(block(0)));
    EXPECT_FALSE(queue.cancel(block(0))) << "already cancelled";
    EXPECT_EQ(queue.reading(), 1u) << "its memory is in use until the read is back";
    EXPECT_FALSE(queue.on_read(block(0)));
    EXPECT_EQ(queue.reading(), 0u);
}

TEST(UploadQueue, SendsABlockThatIsAskedForAgainAfterItsCancel) {
    UploadQueue queue;
    queue.push(block(0));
    ASSERT_TRUE(queue.next_to_read(0, kRoom));
    queue.cancel(block(0));
    queue.push(block(0));
    EXPECT_TRUE(queue.on_read(block(0)));
}

TEST(UploadQueue, DoesNotCancelWhatItDoesNotHave) {
    UploadQueue queue;
    EXPECT_FALSE(queue.cancel(block(0)));
    EXPECT_FALSE(queue.on_read(block(0)));
}

TEST(UploadQueue, GivesBackAllThatIsNotHandedOverWhenCleared) {
    UploadQueue queue;
    for (std::uint32_t i = 0; i < 4; ++i)
        queue.push(block(i));
    for (int i = 0; i < 3; ++i)
        ASSERT_TRUE(queue.next_to_read(0, kRoom));
    ASSERT_TRUE(queue.on_read(block(0)));
    queue.cancel(block(1));
    EXPECT_EQ(queue.clear(), (std::vector{block(2), block(3)}));
    EXPECT_FALSE(queue.on_read(block(2)));
    EXPECT_EQ(queue.queued(), 0u);
}

}  // namespace
}  // namespace bt::swarm
