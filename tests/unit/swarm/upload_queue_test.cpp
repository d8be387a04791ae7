#include "bt/swarm/upload_queue.hpp"

#include <gtest/gtest.h>

namespace bt::swarm {
namespace {

BlockRequest block(std::uint32_t n) {
    return {PieceIndex(n / 16), n % 16 * kBlockSize, kBlockSize};
}

TEST(UploadQueue, ReadsInTheOrderOfTheRequests) {
    UploadQueue queue;
    EXPECT_TRUE(queue.push(block(2)));
    EXPECT_TRUE(queue.push(block(1)));
    EXPECT_EQ(queue.next_to_read(0), block(2));
    EXPECT_EQ(queue.next_to_read(0), block(1));
    EXPECT_EQ(queue.next_to_read(0), std::nullopt);
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
    ASSERT_TRUE(queue.next_to_read(0));
    queue.push(block(0));
    EXPECT_EQ(queue.queued(), 0u);
}

TEST(UploadQueue, BoundsTheBytesThatAreRead) {
    UploadQueue queue;
    constexpr auto room = UploadQueue::kMaxBytes / kBlockSize;
    for (std::uint32_t i = 0; i < room + 1; ++i)
        queue.push(block(i));
    for (std::uint32_t i = 0; i < room; ++i)
        ASSERT_TRUE(queue.next_to_read(0)) << i;
    EXPECT_FALSE(queue.next_to_read(0));
    EXPECT_TRUE(queue.on_read(block(0)));
    EXPECT_TRUE(queue.next_to_read(0));
}

TEST(UploadQueue, CountsUnsentBytesAgainstTheBound) {
    UploadQueue queue;
    queue.push(block(0));
    EXPECT_FALSE(queue.next_to_read(UploadQueue::kMaxBytes - kBlockSize + 1));
    EXPECT_TRUE(queue.next_to_read(UploadQueue::kMaxBytes - kBlockSize));
}

TEST(UploadQueue, CancelsAQueuedRequest) {
    UploadQueue queue;
    queue.push(block(0));
    EXPECT_TRUE(queue.cancel(block(0)));
    EXPECT_FALSE(queue.next_to_read(0));
}

TEST(UploadQueue, DropsTheDataOfARequestCancelledWhileItWasRead) {
    UploadQueue queue;
    queue.push(block(0));
    ASSERT_TRUE(queue.next_to_read(0));
    EXPECT_TRUE(queue.cancel(block(0)));
    EXPECT_FALSE(queue.cancel(block(0))) << "already cancelled";
    EXPECT_EQ(queue.reading(), 1u) << "its memory is in use until the read is back";
    EXPECT_FALSE(queue.on_read(block(0)));
    EXPECT_EQ(queue.reading(), 0u);
}

TEST(UploadQueue, SendsABlockThatIsAskedForAgainAfterItsCancel) {
    UploadQueue queue;
    queue.push(block(0));
    ASSERT_TRUE(queue.next_to_read(0));
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
        ASSERT_TRUE(queue.next_to_read(0));
    ASSERT_TRUE(queue.on_read(block(0)));
    queue.cancel(block(1));
    EXPECT_EQ(queue.clear(), (std::vector{block(2), block(3)}));
    EXPECT_FALSE(queue.on_read(block(2)));
    EXPECT_EQ(queue.queued(), 0u);
}

}  // namespace
}  // namespace bt::swarm
