#include "session/flood_guard.hpp"

#include <gtest/gtest.h>

namespace bt::session {
namespace {

const IpAddress kOne = IpAddress::v4({192, 0, 2, 1});
const TimePoint kStart{std::chrono::hours(1)};

IpAddress nth(std::size_t n) {
    return IpAddress::v4({10, 0, static_cast<std::uint8_t>(n / 256), static_cast<std::uint8_t>(n)});
}

TEST(FloodGuard, LetsOneAddressNotTakeTheTurnOfAll) {
    FloodGuard guard;
    for (std::size_t i = 0; i < FloodGuard::kOfOne; ++i)
        EXPECT_TRUE(guard.admit(kOne, kStart));
    EXPECT_FALSE(guard.admit(kOne, kStart));
    EXPECT_TRUE(guard.admit(nth(1), kStart));
}

TEST(FloodGuard, BoundsWhatAllSendTogether) {
    FloodGuard guard;
    for (std::size_t i = 0; i < FloodGuard::kOfAll; ++i)
        EXPECT_TRUE(guard.admit(nth(i), kStart));
    EXPECT_FALSE(guard.admit(nth(FloodGuard::kOfAll), kStart));
}

TEST(FloodGuard, BeginsAnewAfterItsWindow) {
    FloodGuard guard;
    for (std::size_t i = 0; i < FloodGuard::kOfOne; ++i)
        EXPECT_TRUE(guard.admit(kOne, kStart));
    const auto end = kStart + FloodGuard::kWindow;
    EXPECT_FALSE(guard.admit(kOne, end - Duration(1)));
    EXPECT_TRUE(guard.admit(kOne, end));
}

}  // namespace
}  // namespace bt::session
