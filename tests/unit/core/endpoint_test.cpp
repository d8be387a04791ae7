#include "bt/core/endpoint.hpp"

#include <gtest/gtest.h>

#include <string>
#include <unordered_set>

namespace bt {
namespace {

std::string shown(std::string_view text) {
    const auto address = IpAddress::parse(text);
    return address ? address->to_string() : "refused";
}

TEST(IpAddress, ReadsAndShowsIpv4) {
    EXPECT_EQ(IpAddress().to_string(), "0.0.0.0");
    for (const auto* text : {"0.0.0.0", "1.2.3.4", "255.255.255.255"})
        EXPECT_EQ(shown(text), text);
}

TEST(IpAddress, RefusesWhatIsNoIpv4) {
    for (const auto* text :
         {"", "1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.04", "01.2.3.4", "1.2.3.", ".1.2.3",
          "1..2.3", "1.2.3.4 ", " 1.2.3.4", "1.2.3.-4", "0x1.2.3.4", "1.2.3.0004"})
        EXPECT_EQ(shown(text), "refused") << text;
}

TEST(IpAddress, ShowsIpv6AsRfc5952) {
    const std::pair<const char*, const char*> cases[] = {
        {"::", "::"},
        {"::1", "::1"},
        {"1::", "1::"},
        {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
        {"2001:DB8::0001", "2001:db8::1"},
        {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
        {"1:0:3:4:5:6:7:8", "1:0:3:4:5:6:7:8"},
        {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
        {"0:0:0:1::", "0:0:0:1::"},
        {"64:ff9b::1.2.3.4", "64:ff9b::102:304"},
    };
    for (const auto& [text, expected] : cases)
        EXPECT_EQ(shown(text), expected) << text;
}

TEST(IpAddress, RefusesWhatIsNoIpv6) {
    for (const auto* text :
         {":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "g::", "::1%eth0",
          "[::1]", "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3", ":1::", "1:2:3:4:5:6:7:8::", "+1::", "::1 "})
        EXPECT_EQ(shown(text), "refused") << text;
}

TEST(IpAddress, AMappedAddressIsTheIpv4Address) {
    EXPECT_EQ(IpAddress::parse("::ffff:1.2.3.4"), IpAddress::parse("1.2.3.4"));
    EXPECT_TRUE(IpAddress::parse("::ffff:102:304")->is_v4());
}

TEST(IpAddress, KnowsSpecialRanges) {
    const auto is = [](const char* text) { return *IpAddress::parse(text); };
    EXPECT_TRUE(is("127.9.9.9").is_loopback() && is("::1").is_loopback());
    EXPECT_FALSE(is("128.0.0.1").is_loopback() || is("::2").is_loopback() ||
                 is("1::1").is_loopback());
    EXPECT_TRUE(is("169.254.0.1").is_link_local() && is("febf::1").is_link_local());
    EXPECT_FALSE(is("169.253.0.1").is_link_local() || is("fec0::1").is_link_local());
    for (const auto* text : {"10.0.0.1", "172.16.0.1", "172.31.9.9", "192.168.1.1", "100.64.0.1",
                             "100.127.0.1", "fd00::1"})
        EXPECT_TRUE(is(text).is_private()) << text;
    for (const auto* text : {"11.0.0.1", "172.32.0.1", "192.169.1.1", "100.128.0.1", "fe00::1"})
        EXPECT_FALSE(is(text).is_private()) << text;
    EXPECT_TRUE(is("224.0.0.1").is_multicast() && is("ff02::1").is_multicast());
    for (const auto* text :
         {"0.0.0.0", "0.1.2.3", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "ff02::1"})
        EXPECT_FALSE(is(text).is_unicast()) << text;
    for (const auto* text : {"1.2.3.4", "127.0.0.1", "223.255.255.255", "2001:db8::1"})
        EXPECT_TRUE(is(text).is_unicast()) << text;
}

TEST(Endpoint, RoundTripsAsText) {
    for (const auto* text : {"1.2.3.4:80", "[2001:db8::1]:6881", "0.0.0.0:0", "[::]:65535"})
        EXPECT_EQ(Endpoint::parse(text)->to_string(), text);
}

TEST(Endpoint, RefusesWhatIsNone) {
    for (const auto* text : {"", ":", "1.2.3.4", "1.2.3.4:", ":80", "1.2.3.4:65536", "1.2.3.4:-1",
                             "1.2.3.4:8x", "::1:80", "[::1]", "[::1]80", "[]:80", "host:80"})
        EXPECT_FALSE(Endpoint::parse(text)) << text;
}

TEST(Endpoint, CanBeAKey) {
    std::unordered_set<Endpoint> set;
    set.insert(*Endpoint::parse("1.2.3.4:80"));
    set.insert(*Endpoint::parse("[::ffff:1.2.3.4]:80"));
    set.insert(*Endpoint::parse("1.2.3.4:81"));
    EXPECT_EQ(set.size(), 2u);
}

}  // namespace
}  // namespace bt
