#include "cli/values.hpp"

#include <gtest/gtest.h>

namespace bt::cli {
namespace {

using namespace std::chrono_literals;

TEST(Values, SizesArePowersOf1024) {
    EXPECT_EQ(*parse_size("0"), 0u);
    EXPECT_EQ(*parse_size("512"), 512u);
    EXPECT_EQ(*parse_size("512B"), 512u);
    EXPECT_EQ(*parse_size("16K"), 16384u);
    EXPECT_EQ(*parse_size("16k"), 16384u);
    EXPECT_EQ(*parse_size("16KB"), 16384u);
    EXPECT_EQ(*parse_size("1.5MiB"), 1572864u);
    EXPECT_EQ(*parse_size("2G"), 2147483648u);
}

TEST(Values, RefusesWhatIsNoSize) {
    for (const char* text : {"", "K", "-1", "-0", "1X", "1KK", "1 K", "1e9", "nan", "inf", "0x10",
                             "9999999999G", "1iB", "1Ki"}) {
        const auto size = parse_size(text);
        ASSERT_FALSE(size) << text;
        EXPECT_EQ(size.error().code, Errc::option);
        EXPECT_NE(size.error().message.find(text), std::string::npos);
    }
}

TEST(Values, RatesAreSizesOfWhichOnlyZeroIsNone) {
    EXPECT_EQ(*parse_rate("0"), 0u);
    EXPECT_EQ(*parse_rate("0K"), 0u);
    EXPECT_EQ(*parse_rate("1"), 1u);
    EXPECT_EQ(*parse_rate("1.5M"), 1572864u);
    for (const char* text : {"0.4", "", "fast", "-1", "1M/s"}) {
        const auto rate = parse_rate(text);
        ASSERT_FALSE(rate) << text;
        EXPECT_EQ(rate.error().code, Errc::option);
        EXPECT_NE(rate.error().message.find("a rate"), std::string::npos);
    }
}

TEST(Values, DurationsAreSecondsUnlessTheySaySo) {
    EXPECT_EQ(*parse_duration("90"), Duration(90s));
    EXPECT_EQ(*parse_duration("90s"), Duration(90s));
    EXPECT_EQ(*parse_duration("30m"), Duration(30min));
    EXPECT_EQ(*parse_duration("1.5h"), Duration(90min));
    EXPECT_EQ(*parse_duration("2d"), Duration(48h));
    EXPECT_EQ(*parse_duration("0.25"), Duration(250ms));
    EXPECT_EQ(*parse_duration("0"), Duration(0s));
}

TEST(Values, RefusesWhatIsNoDuration) {
    for (const char* text : {"", "s", "-1s", "1w", "1 s", "1sm", "inf", "1e30"}) {
        EXPECT_FALSE(parse_duration(text)) << text;
    }
}

TEST(Values, PortsAreOneOrARange) {
    EXPECT_EQ(*parse_ports("6881"), (PortRange{6881, 6881}));
    EXPECT_EQ(*parse_ports("6881-6889"), (PortRange{6881, 6889}));
    EXPECT_EQ(*parse_ports("0"), (PortRange{0, 0}));
    EXPECT_EQ(*parse_ports("65535"), (PortRange{65535, 65535}));
    for (const char* text : {"", "-", "1-", "-1", "65536", "7-6", "0-5", "a", "1-2-3", " 1"}) {
        EXPECT_FALSE(parse_ports(text)) << text;
    }
}

TEST(Values, HostAndPortCanBeANameAnAddressOrInBrackets) {
    EXPECT_EQ(*parse_host_port("peer.example:6881"), (HostPort{"peer.example", 6881}));
    EXPECT_EQ(*parse_host_port("127.0.0.1:1"), (HostPort{"127.0.0.1", 1}));
    EXPECT_EQ(*parse_host_port("[::1]:6881"), (HostPort{"::1", 6881}));
    for (const char* text : {"", ":", "host", "host:", ":1", "host:0", "host:65536", "::1:1",
                             "[]:1", "[::1]", "h:1x"}) {
        EXPECT_FALSE(parse_host_port(text)) << text;
    }
}

TEST(Values, PortZeroIsForThoseWhoListen) {
    EXPECT_EQ(*parse_host_port("127.0.0.1:0", 0), (HostPort{"127.0.0.1", 0}));
}

TEST(Values, CountsStayWithinTheirBounds) {
    EXPECT_EQ(*parse_count("1", 1, 10), 1u);
    EXPECT_EQ(*parse_count("10", 1, 10), 10u);
    for (const char* text : {"0", "11", "-1", "", "1.5", "99999999999"}) {
        EXPECT_FALSE(parse_count(text, 1, 10)) << text;
    }
}

TEST(Values, TrackersAreUrlsOfKnownKinds) {
    EXPECT_EQ(*parse_tracker("udp://t.example:80/announce"), "udp://t.example:80/announce");
    EXPECT_TRUE(parse_tracker("https://t.example/announce"));
    EXPECT_FALSE(parse_tracker("ftp://t.example/"));
    EXPECT_FALSE(parse_tracker("t.example"));
}

TEST(Values, ABadTrackerIsShownWithoutItsPasskey) {
    for (const auto* text : {"wss://t.example/k0123456789/announce?p=k0123456789",
                             "t.example/k0123456789/announce", "http://a b/k0123456789"}) {
        const auto shown = parse_tracker(text).error().message;
        EXPECT_EQ(shown.find("k0123456789"), std::string::npos) << shown;
    }
}

TEST(Values, AnErrorShowsNoControlCharacters) {
    const auto error = parse_size("\x1b[31m").error();
    EXPECT_EQ(error.message.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace bt::cli
