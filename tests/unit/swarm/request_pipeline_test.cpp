#include "swarm/request_pipeline.hpp"

#include <gtest/gtest.h>

#include "bt/core/ids.hpp"

namespace bt::swarm {
namespace {

using namespace std::chrono_literals;

const TimePoint kStart = TimePoint{} + 100s;

class RequestPipelineTest : public ::testing::Test {
protected:
    void ask(std::uint32_t count) {
        for (std::uint32_t i = 0; i < count; ++i)
            pipeline.push(0, next++, now);
    }
    void answer(std::uint32_t block) { pipeline.on_block(pipeline.answer(0, block), now); }
    /// A peer of so many bytes/s and a round trip answers for a while; the queue is kept full.
    void serve(double rate, Duration round_trip, Duration time) {
        const auto end = now + time;
        auto due = now + round_trip;
        const auto one = from_seconds(kBlockSize / rate);
        ask(pipeline.room());
        for (auto tick = now; now < end;) {
            now = due;
            for (; tick < now; tick += 100ms)
                pipeline.update({rate, rate, true, 0, 1h}, now);
            answer(pipeline[0].block);
            ask(pipeline.room());
            due = std::max(now + one, pipeline[0].sent + round_trip);
        }
    }

    RequestPipeline pipeline;
    TimePoint now = kStart;
    std::uint32_t next = 0;
};

TEST_F(RequestPipelineTest, AsksForNothingBeforeTheFirstUnchoke) {
    EXPECT_EQ(pipeline.depth(), 0u);
}

TEST_F(RequestPipelineTest, StartsSmallAndGrowsWithEveryBlock) {
    pipeline.on_unchoke(16, now);
    EXPECT_EQ(pipeline.depth(), 16u);
    ask(16);
    now += 50ms;
    answer(0);
    EXPECT_GT(pipeline.depth(), 16u);
}

TEST_F(RequestPipelineTest, FillsTheRoundTripOfAFarPeer) {
    pipeline.set_limit(2000);
    pipeline.on_unchoke(32, now);
    serve(40e6, 200ms, 3s);
    EXPECT_GE(pipeline.depth() * double{kBlockSize}, 40e6 * 0.2);
}

TEST_F(RequestPipelineTest, StaysShallowForASlowPeer) {
    pipeline.on_unchoke(16, now);
    serve(20e3, 50ms, 30s);
    EXPECT_LE(pipeline.depth(), 4u);
    EXPECT_GE(pipeline.depth(), 2u);
}

TEST_F(RequestPipelineTest, NeverExceedsTheLimitOfThePeer) {
    pipeline.set_limit(40);
    pipeline.on_unchoke(32, now);
    serve(100e6, 10ms, 1s);
    EXPECT_EQ(pipeline.depth(), 40u);
    EXPECT_LE(pipeline.size(), 40u);
}

TEST_F(RequestPipelineTest, NeverExceedsItsOwnLimit) {
    pipeline.set_limit(1'000'000);
    pipeline.on_unchoke(32, now);
    serve(1e9, 200ms, 2s);
    EXPECT_EQ(pipeline.depth(), RequestPipeline::kMaxRequests);
}

TEST_F(RequestPipelineTest, ALimitOfZeroIsOne) {
    pipeline.set_limit(0);
    pipeline.on_unchoke(16, now);
    EXPECT_EQ(pipeline.depth(), 1u);
}

TEST_F(RequestPipelineTest, AsksAPeerWithoutALimitForMoreAsItKeepsUp) {
    pipeline.on_unchoke(32, now);
    serve(40e6, 200ms, 3s);
    EXPECT_GT(pipeline.depth(), RequestPipeline::kUnknownLimit);
}

TEST_F(RequestPipelineTest, RefillsInBatches) {
    pipeline.set_limit(100);
    pipeline.on_unchoke(100, now);
    EXPECT_EQ(pipeline.room(), 100u);
    ask(100);
    for (std::uint32_t b = 0; b < 24; ++b)
        answer(b);
    EXPECT_EQ(pipeline.room(), 0u);
    answer(24);
    EXPECT_EQ(pipeline.room(), 25u);
}

TEST_F(RequestPipelineTest, ShrinksTowardsTheEnd) {
    pipeline.on_unchoke(32, now);
    serve(10e6, 50ms, 3s);
    const auto before = pipeline.depth();
    pipeline.update({10e6, 10e6, true, 0, 100ms}, now);
    EXPECT_LT(pipeline.depth(), before / 2);
    EXPECT_GE(pipeline.depth(), 1u);
}

TEST_F(RequestPipelineTest, IsOverdueWhenTheFirstBlockDoesNotCome) {
    pipeline.on_unchoke(16, now);
    ask(16);
    EXPECT_FALSE(pipeline.overdue(now + RequestPipeline::kFirstBlockPatience));
    EXPECT_TRUE(pipeline.overdue(now + RequestPipeline::kFirstBlockPatience + 1ms));
}

TEST_F(RequestPipelineTest, IsNeverOverdueWithNothingAsked) {
    pipeline.on_unchoke(16, now);
    EXPECT_FALSE(pipeline.overdue(now + 1h));
}

TEST_F(RequestPipelineTest, IsOverdueSoonerOnceThePeerHasShownItsPace) {
    pipeline.on_unchoke(16, now);
    serve(1e6, 50ms, 3s);
    EXPECT_FALSE(pipeline.overdue(now + RequestPipeline::kMinPatience - 1ms));
    EXPECT_TRUE(pipeline.overdue(now + RequestPipeline::kMinPatience + 1ms));
}

TEST_F(RequestPipelineTest, ForgivesTheTimeInWhichWeDidNotListen) {
    pipeline.on_unchoke(16, now);
    serve(1e6, 50ms, 3s);
    pipeline.forgive(10s);
    EXPECT_FALSE(pipeline.overdue(now + 10s));
}

TEST_F(RequestPipelineTest, ASnubbedPeerGetsOneRequestUntilTwoBlocksCameInTime) {
    pipeline.on_unchoke(16, now);
    ask(4);
    EXPECT_TRUE(pipeline.snub(now));
    EXPECT_FALSE(pipeline.snub(now));
    EXPECT_EQ(pipeline.depth(), 1u);
    now += 100ms;
    answer(0);
    EXPECT_TRUE(pipeline.snubbed());
    now += 100ms;
    answer(1);
    EXPECT_FALSE(pipeline.snubbed());
    EXPECT_GT(pipeline.depth(), 1u);
}

TEST_F(RequestPipelineTest, NoticesRequestsThatThePeerHasDropped) {
    pipeline.on_unchoke(16, now);
    serve(1e6, 50ms, 2s);
    const auto head = pipeline[0].block;
    for (int i = 0; i < 200; ++i) {
        now += 16ms;
        answer(pipeline[1].block);
        ask(1);
        pipeline.update({1e6, 1e6, true, 0, 1h}, now);
        if (pipeline.head_lost(now)) break;
    }
    EXPECT_TRUE(pipeline.head_lost(now));
    EXPECT_FALSE(pipeline.overdue(now));
    pipeline.on_lost();
    EXPECT_NE(pipeline[0].block, head);
}

TEST_F(RequestPipelineTest, TakesTheRoundTripFromTheShortestQueue) {
    pipeline.on_unchoke(16, now);
    serve(1e6, 80ms, 5s);
    EXPECT_GE(pipeline.round_trip(), 80ms);
    EXPECT_LT(pipeline.round_trip(), 120ms);
}

TEST_F(RequestPipelineTest, RemembersAcrossAChokeWhatThePeerIsWorth) {
    pipeline.on_unchoke(16, now);
    serve(5e6, 60ms, 3s);
    const auto before = pipeline.depth();
    pipeline.on_choke();
    pipeline.clear();
    now += 8s;
    pipeline.on_unchoke(16, now);
    EXPECT_GE(pipeline.depth(), before / 2);
}

TEST_F(RequestPipelineTest, APeerThatToggesGetsATokenAmount) {
    pipeline.on_unchoke(32, now);
    pipeline.on_choke();
    now += 10ms;
    pipeline.on_unchoke(32, now);
    EXPECT_LE(pipeline.depth(), 2u);
}

TEST_F(RequestPipelineTest, ExpectsBlocksInOrderAndAtThePeersRate) {
    pipeline.on_unchoke(16, now);
    serve(1e6, 50ms, 10s);
    ASSERT_GE(pipeline.size(), 10u);
    EXPECT_LT(pipeline.expected(0, now), pipeline.expected(9, now));
    EXPECT_NEAR(to_seconds(pipeline.expected(9, now)), 10 * kBlockSize / 1e6, 0.1);
}

TEST_F(RequestPipelineTest, DoesNotTakeAPeerForSlowThatIsAskedForNothing) {
    pipeline.on_unchoke(8, now);
    serve(1e6, 20ms, 10s);
    while (pipeline.size() > 0)
        answer(pipeline[0].block);
    const auto before = pipeline.forecast();
    now += 60s;
    pipeline.update({0, 0, true, 0, 1h}, now);
    EXPECT_EQ(pipeline.forecast(), before);
    EXPECT_LT(pipeline.expected_next(), 1s);
}

TEST_F(RequestPipelineTest, ExpectsAnOverdueBlockLaterTheLongerItIsOverdue) {
    pipeline.on_unchoke(16, now);
    serve(1e6, 50ms, 10s);
    EXPECT_GT(pipeline.expected(0, now + 4s), 3s);
}

TEST(Ring, KeepsItsOrderAcrossErasures) {
    Ring<int> ring;
    std::vector<int> model;
    for (int step = 0; step < 2000; ++step) {
        if (step % 3 != 2 || model.empty()) {
            ring.push_back(step);
            model.push_back(step);
        } else {
            const auto at = static_cast<std::size_t>(step * 7) % model.size();
            ring.erase(at);
            model.erase(model.begin() + static_cast<std::ptrdiff_t>(at));
        }
        ASSERT_EQ(ring.size(), model.size());
    }
    for (std::size_t i = 0; i < model.size(); ++i)
        EXPECT_EQ(ring[i], model[i]);
}

}  // namespace
}  // namespace bt::swarm
