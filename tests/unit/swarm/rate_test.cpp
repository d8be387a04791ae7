#include "bt/swarm/rate.hpp"

#include <gtest/gtest.h>

namespace bt::swarm {
namespace {

using namespace std::chrono_literals;

const TimePoint kStart = TimePoint{} + 100s;

/// `rate` bytes/s for `time`, in hundredths of a second. Returns when.
TimePoint feed(RateMeter& meter, TimePoint from, Duration time, std::uint64_t rate) {
    const auto end = from + time;
    for (; from < end; from += 10ms)
        meter.add(rate / 100, from);
    return end;
}

TEST(RateMeter, IsZeroBeforeTheFirstByte) {
    const RateMeter meter;
    EXPECT_EQ(meter.rate(kStart), 0);
    EXPECT_EQ(meter.smooth(kStart), 0);
}

TEST(RateMeter, KnowsASteadyRateFromItsFirstSlotOn) {
    RateMeter meter;
    const auto now = feed(meter, kStart, 200ms, 1'000'000);
    EXPECT_NEAR(meter.rate(now), 1e6, 2e5);
    EXPECT_NEAR(meter.smooth(now), 1e6, 2e5);
}

TEST(RateMeter, RisesFasterThanItFalls) {
    RateMeter meter;
    auto now = feed(meter, kStart, 5s, 1'000'000);
    now = feed(meter, now, 300ms, 10'000'000);
    EXPECT_GT(meter.rate(now), 5e6);
    now = feed(meter, now, 5s, 10'000'000);
    now = feed(meter, now, 300ms, 1'000'000);
    EXPECT_GT(meter.rate(now), 5e6);
    now = feed(meter, now, 5s, 1'000'000);
    EXPECT_NEAR(meter.rate(now), 1e6, 2e5);
}

TEST(RateMeter, ForgetsInSilence) {
    RateMeter meter;
    const auto now = feed(meter, kStart, 5s, 1'000'000);
    EXPECT_LT(meter.rate(now + 3s), 1e5);
    EXPECT_GT(meter.smooth(now + 3s), 2e5);
    EXPECT_LT(meter.smooth(now + 1h), 1);
}

TEST(RateMeter, CountsEveryByte) {
    RateMeter meter;
    feed(meter, kStart, 1s, 1000);
    EXPECT_EQ(meter.total(), 1000u);
}

}  // namespace
}  // namespace bt::swarm
