#include "bt/core/nearness.hpp"

#include <gtest/gtest.h>

namespace bt {
namespace {

void expect_all(Nearness wanted, std::initializer_list<const char*> addresses) {
    for (const auto* text : addresses) {
        const auto address = IpAddress::parse(text);
        ASSERT_TRUE(address) << text;
        EXPECT_EQ(nearness(*address), wanted) << text;
        EXPECT_EQ(is_local(*address), wanted != Nearness::internet) << text;
    }
}

TEST(Nearness, KnowsTheInternet) {
    expect_all(
        Nearness::internet,
        {"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
         "128.0.0.0", "169.253.0.1", "169.255.0.1", "172.15.255.255", "172.32.0.0",
         "192.167.255.255", "192.169.0.0", "203.0.113.1", "2001:db8::1", "2600::1", "fbff::1"});
}

TEST(Nearness, KnowsTheLocalNetwork) {
    expect_all(Nearness::local_network,
               {"10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255", "192.168.0.0",
                "192.168.255.255", "100.64.0.0", "100.127.255.255", "fc00::1", "fdff::1", "fec0::1",
                "64:ff9b:1::1"});
}

TEST(Nearness, KnowsThisMachine) {
    expect_all(Nearness::this_machine,
               {"127.0.0.1", "127.255.255.255", "::1", "0.0.0.0", "::", "0.255.255.255"});
}

TEST(Nearness, KnowsTheLink) {
    expect_all(Nearness::link, {"169.254.0.0", "169.254.169.254", "fe80::1", "febf::1"});
}

TEST(Nearness, LooksIntoAnIpv6AddressThatHoldsOneOfIpv4) {
    expect_all(Nearness::this_machine, {"::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::127.0.0.1",
                                        "2002:7f00:1::", "::ffff:0.0.0.0"});
    expect_all(Nearness::local_network, {"::ffff:10.0.0.1", "::ffff:100.64.0.1", "::192.168.1.1",
                                         "64:ff9b::10.0.0.1", "2002:a00:1::1"});
    expect_all(Nearness::link, {"::ffff:169.254.169.254", "64:ff9b::169.254.169.254"});
    expect_all(Nearness::internet, {"::ffff:1.1.1.1", "64:ff9b::1.1.1.1", "2002:101:101::1"});
}

}  // namespace
}  // namespace bt
