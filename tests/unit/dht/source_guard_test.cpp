#include "dht/source_guard.hpp"

#include <gtest/gtest.h>

#include "unit/dht/samples.hpp"

namespace bt::dht {
namespace {

using namespace std::chrono_literals;
using test::at;
using test::endpoint;

TEST(SourceGuard, LetsASourceAskAtItsRate) {
    SourceGuard guard(1);
    for (int i = 0; i < 1000; ++i)
        EXPECT_TRUE(guard.admits(endpoint("8.8.8.8:1"), at(i / SourceGuard::kRate)));
}

TEST(SourceGuard, BlocksWhoAsksTooMuchForFiveMinutes) {
    SourceGuard guard(1);
    const auto from = endpoint("8.8.8.8:1");
    for (int i = 0; i < SourceGuard::kBurst; ++i)
        EXPECT_TRUE(guard.admits(from, at(0)));
    EXPECT_FALSE(guard.blocks(from, at(0)));
    EXPECT_FALSE(guard.admits(from, at(0)));
    EXPECT_TRUE(guard.blocks(from, at(0)));
    EXPECT_TRUE(guard.blocks(endpoint("8.8.8.8:2"), at(0))) << "the port is not the source";
    EXPECT_FALSE(guard.blocks(endpoint("8.8.8.9:1"), at(0)));
    EXPECT_FALSE(guard.admits(from, at(0) + SourceGuard::kBlockFor - 1ns));
    EXPECT_TRUE(guard.admits(from, at(0) + SourceGuard::kBlockFor));
}

TEST(SourceGuard, CountsAnIpv6NetworkAsOne) {
    SourceGuard guard(1);
    int admitted = 0;
    for (std::uint8_t i = 0; i < 100; ++i) {
        auto bytes = endpoint("[2a00::1]:1").address.v6_bytes();
        bytes[15] = i;
        admitted += guard.admits({IpAddress::v6(bytes), 1}, at(0)) ? 1 : 0;
    }
    EXPECT_EQ(admitted, SourceGuard::kBurst);
}

TEST(SourceGuard, CountsEachEndpointOfALocalRange) {
    SourceGuard guard(1);
    for (std::uint16_t port = 1; port <= 100; ++port)
        EXPECT_TRUE(guard.admits({IpAddress::v4({127, 0, 0, 1}), port}, at(0)));
}

TEST(SourceGuard, IsNotWornOutByForgedSources) {
    SourceGuard guard(1);
    Rng rng(1);
    const auto from = endpoint("8.8.8.8:1");
    for (int i = 0; i <= SourceGuard::kBurst; ++i)
        (void)guard.admits(from, at(0));
    for (int i = 0; i < 100'000; ++i) {
        const auto number = static_cast<std::uint32_t>(rng());
        const Endpoint forged{IpAddress::v4({static_cast<std::uint8_t>(20 + number % 80),
                                             static_cast<std::uint8_t>(number >> 8),
                                             static_cast<std::uint8_t>(number >> 16),
                                             static_cast<std::uint8_t>(number >> 24)}),
                              1};
        EXPECT_TRUE(guard.admits(forged, at(i * 0.001)));
    }
    EXPECT_TRUE(guard.blocks(from, at(101))) << "they do not free the one that is blocked";
}

}  // namespace
}  // namespace bt::dht
