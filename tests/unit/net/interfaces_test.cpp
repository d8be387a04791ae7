#include "bt/net/interfaces.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace bt::net {
namespace {

IpAddress address(const char* text) {
    return *IpAddress::parse(text);
}

Interface with(const char* text, unsigned prefix) {
    Interface out;
    out.addresses.push_back({address(text), prefix});
    return out;
}

TEST(Interfaces, KnowLoopback) {
    const auto all = interfaces();
    const auto lo =
        std::find_if(all.begin(), all.end(), [](const Interface& one) { return one.loopback; });
    ASSERT_NE(lo, all.end());
    EXPECT_NE(lo->index, 0u);
    EXPECT_TRUE(is_on_link(address("127.0.0.1"), *lo));
    EXPECT_TRUE(is_on_link(address("127.255.0.1"), *lo));
    EXPECT_FALSE(is_on_link(address("128.0.0.1"), *lo));
    const auto addresses = addresses_of(all);
    EXPECT_NE(std::find(addresses.begin(), addresses.end(), address("127.0.0.1")), addresses.end());
}

TEST(Interfaces, AreOnTheLinkOfTheirNetworkAlone) {
    const auto v4 = with("198.51.100.77", 25);
    EXPECT_TRUE(is_on_link(address("198.51.100.0"), v4));
    EXPECT_TRUE(is_on_link(address("198.51.100.127"), v4));
    EXPECT_FALSE(is_on_link(address("198.51.100.128"), v4));
    EXPECT_FALSE(is_on_link(address("2001:db8::1"), v4));
    const auto v6 = with("2001:db8:0:1::1", 64);
    EXPECT_TRUE(is_on_link(address("2001:db8:0:1:ffff::"), v6));
    EXPECT_FALSE(is_on_link(address("2001:db8:0:2::1"), v6));
    // The first bytes of the address are those of 32.1.13.184.
    EXPECT_FALSE(is_on_link(address("32.1.13.184"), v6));
}

TEST(Interfaces, AreNextToThemselvesAtTheLongestPrefixAndToNobodyAtNone) {
    const auto host = with("198.51.100.77", 32);
    EXPECT_TRUE(is_on_link(address("198.51.100.77"), host));
    EXPECT_FALSE(is_on_link(address("198.51.100.76"), host));
    EXPECT_TRUE(is_on_link(address("2001:db8::1"), with("2001:db8::1", 128)));
    EXPECT_FALSE(is_on_link(address("198.51.100.77"), with("198.51.100.77", 0)));
    EXPECT_FALSE(is_on_link(address("127.0.0.1"), Interface{}));
}

}  // namespace
}  // namespace bt::net
