#include "bt/tracker/trust.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bt::tracker {
namespace {

using ::testing::HasSubstr;

std::optional<std::string> why_not(const std::string& url, const char* address) {
    return why_not_asked(text::Url::parse(url).value(), *IpAddress::parse(address));
}

const std::vector<const char*> kLocal{
    "127.0.0.1", "10.0.0.5",        "172.16.0.1", "192.168.1.1",       "169.254.169.254",
    "0.0.0.0",   "100.64.0.1",      "::1",        "fe80::1",           "fd00::1",
    "::",        "::ffff:10.0.0.1", "fc00::1",    "64:ff9b::10.0.0.1", "::ffff:127.0.0.1"};

TEST(TrackerTrust, AsksALocalTrackerOnlyAtAnAnnouncePath) {
    for (const auto* text : kLocal) {
        SCOPED_TRACE(text);
        EXPECT_EQ(why_not("http://t/announce", text), std::nullopt);
        EXPECT_EQ(why_not("https://t/a1b2/announce?passkey=1", text), std::nullopt);
        EXPECT_TRUE(why_not("http://t/", text));
        EXPECT_TRUE(why_not("http://t/announce/", text));
        EXPECT_TRUE(why_not("http://t/announce.php", text));
        EXPECT_TRUE(why_not("http://t/xannounce", text));
        EXPECT_TRUE(why_not("http://t/reboot?/announce", text));
        EXPECT_TRUE(why_not("http://t/x%2fannounce", text));
    }
}

TEST(TrackerTrust, AsksATrackerOnTheInternetAtAnyPath) {
    for (const auto* text : {"203.0.113.1", "2001:db8::1"}) {
        EXPECT_EQ(why_not("http://t/x.php?info_hash=1&event=stopped", text), std::nullopt);
        EXPECT_EQ(why_not("udp://t/x", text), std::nullopt);
    }
}

TEST(TrackerTrust, AsksALocalUdpTrackerAlsoWithoutAPath) {
    for (const auto* text : kLocal) {
        EXPECT_EQ(why_not("udp://t:6969", text), std::nullopt);
        EXPECT_EQ(why_not("udp://t:6969/", text), std::nullopt);
        EXPECT_EQ(why_not("udp://t:6969/announce", text), std::nullopt);
        EXPECT_TRUE(why_not("udp://t:6969/scrape", text));
        EXPECT_TRUE(why_not("udp://t:6969/?info_hash=1", text));
    }
}

TEST(TrackerTrust, TakesNoAnnounceOutOfTheUrlOfALocalTracker) {
    for (const auto* query : {"info_hash=x", "a=b&event=stopped", "event", "a;event=x", "peer_id=x",
                              "inf%6F_hash=x", "%zz=1", "port=1", "left=0", "uploaded=9"}) {
        EXPECT_TRUE(why_not(std::string("http://t/announce?") + query, "10.0.0.1")) << query;
    }
    for (const auto* query : {"", "passkey=event", "key=1&uid=2", "events=1", "&&"}) {
        EXPECT_EQ(why_not(std::string("http://t/announce?") + query, "10.0.0.1"), std::nullopt)
            << query;
    }
}

TEST(TrackerTrust, AsksNoGroupOfHosts) {
    for (const auto* text : {"224.0.0.1", "255.255.255.255", "240.0.0.1", "ff02::1"})
        EXPECT_THAT(why_not("udp://t:6969/announce", text).value_or(""),
                    HasSubstr("is not the address of a host"));
}

TEST(TrackerTrust, GivesItsReasonWithoutTheUrl) {
    EXPECT_EQ(why_not("http://t/secret?passkey=secret", "192.168.0.7"),
              "not asked: 192.168.0.7 is in the local network and the path does not end in "
              "/announce (--tracker URL allows it)");
    EXPECT_THAT(*why_not("http://t/", "127.0.0.1"), HasSubstr("127.0.0.1 is this machine"));
    EXPECT_THAT(*why_not("http://t/", "169.254.169.254"), HasSubstr("is a link-local address"));
}

std::vector<Endpoint> endpoints(std::initializer_list<const char*> texts) {
    std::vector<Endpoint> out;
    for (const auto* text : texts)
        out.push_back(*Endpoint::parse(text));
    return out;
}

TEST(TrackerTrust, DropsLocalPeersOfATrackerOnTheInternet) {
    auto peers = endpoints({"127.0.0.1:22", "1.2.3.4:80", "10.0.0.1:80", "169.254.1.1:80",
                            "100.64.0.1:80", "[::1]:80", "[fe80::1]:80", "[2001:db8::1]:80",
                            "[fd00::1]:80", "[::ffff:192.168.1.1]:80", "0.0.0.0:80"});
    drop_forged_peers(peers, *IpAddress::parse("203.0.113.1"));
    EXPECT_EQ(peers, endpoints({"1.2.3.4:80", "[2001:db8::1]:80"}));
}

TEST(TrackerTrust, TakesLocalPeersFromALocalTracker) {
    const auto all = endpoints({"127.0.0.1:22", "1.2.3.4:80", "10.0.0.1:80", "[fe80::1]:80"});
    for (const auto* text : {"127.0.0.1", "192.168.1.1", "fd00::1", "169.254.1.1"}) {
        auto peers = all;
        drop_forged_peers(peers, *IpAddress::parse(text));
        EXPECT_EQ(peers, all) << text;
    }
}

}  // namespace
}  // namespace bt::tracker
