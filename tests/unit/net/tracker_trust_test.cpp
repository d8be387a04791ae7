// TrackerClient and trackers whom a stranger has named: where it goes, whom it believes, what it
// repeats.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bt/net/tracker_client.hpp"
#include "bt/text/compact_peers.hpp"
#include "unit/net/support.hpp"
#include "unit/net/tracker_client_fixture.hpp"
#include "unit/net/udp_tracker.hpp"

namespace bt::net {
namespace {

using test::http_reply;
using test::kPeers;
using test::Play;
using test::ScriptedServer;
using test::ScriptedUdpTracker;
using ::testing::HasSubstr;

class TrackerTrustTest : public test::TrackerClientTest {
protected:
    std::string refusal(const std::string& url) {
        const auto outcome = announce(url);
        return outcome ? "asked" : outcome.error().error.message;
    }
};

Play good(const std::string&) {
    return Play::ok(http_reply(kPeers));
}

TEST_F(TrackerTrustTest, AsksALocalTrackerOnlyAtAnAnnouncePath) {
    ScriptedServer server(io, good);
    EXPECT_EQ(refusal(server.url("/secret/announce?key=1")), "asked");
    for (const auto* target : {"/", "/admin", "/announce.php", "/announce/", "/x?/announce"}) {
        EXPECT_EQ(refusal(server.url(target)),
                  "not asked: 127.0.0.1 is this machine and the path does not end in /announce "
                  "(--tracker URL allows it)")
            << target;
    }
    EXPECT_THAT(refusal(server.url("/announce?info_hash=x")), HasSubstr("parameters"));
    EXPECT_EQ(server.requests.size(), 1u);
}

TEST_F(TrackerTrustTest, AsksALocalTrackerThatTheUserHasTypedAnywhere) {
    options.typed = true;
    ScriptedServer server(io, good);
    EXPECT_EQ(refusal(server.url("/x.php?event=y")), "asked");
    ScriptedUdpTracker udp(io, ScriptedUdpTracker::honest(text::compact_v4(kPeers)));
    EXPECT_EQ(refusal(udp.url("/x")), "asked");
}

TEST_F(TrackerTrustTest, JudgesTheAddressAndNotTheName) {
    ScriptedServer server(io, good);
    addresses = {IpAddress::v4({127, 0, 0, 1})};
    const auto host = "http://public.example:" + std::to_string(server.port());
    EXPECT_EQ(refusal(host + "/announce"), "asked");
    EXPECT_THAT(refusal(host + "/x"), HasSubstr("not asked: 127.0.0.1 is this machine"));
    EXPECT_EQ(server.requests.size(), 1u);
}

TEST_F(TrackerTrustTest, RedirectsALocalTrackerOnlyToAnAnnouncePath) {
    ScriptedServer server(io, [](const std::string& head) {
        if (head.starts_with("GET /a/announce")) return Play::redirect("/admin");
        if (head.starts_with("GET /b/announce")) return Play::redirect("/c/announce?event=x");
        return good(head);
    });
    EXPECT_THAT(refusal(server.url("/a/announce")), HasSubstr("does not end in /announce"));
    EXPECT_EQ(refusal(server.url("/b/announce")), "asked");
    EXPECT_EQ(server.requests.size(), 3u);
}

TEST_F(TrackerTrustTest, RedirectsATypedTrackerToAnotherHostByTheRulesOfStrangers) {
    options.typed = true;
    ScriptedServer server(io, [&](const std::string& head) {
        if (head.starts_with("GET /same")) return Play::redirect("/admin");
        if (head.starts_with("GET /other")) return Play::redirect("http://127.0.0.2:1/admin");
        return good(head);
    });
    EXPECT_EQ(refusal(server.url("/same")), "asked");
    EXPECT_THAT(refusal(server.url("/other")), HasSubstr("not asked: 127.0.0.2"));
}

TEST_F(TrackerTrustTest, AsksALocalUdpTrackerAtAnAnnouncePathOrNone) {
    ScriptedUdpTracker server(io, ScriptedUdpTracker::honest(text::compact_v4(kPeers)));
    EXPECT_EQ(refusal(server.url("")), "asked");
    EXPECT_EQ(refusal(server.url("/announce")), "asked");
    const auto sent = server.requests.size();
    EXPECT_THAT(refusal(server.url("/scrape")), HasSubstr("does not end in /announce"));
    EXPECT_THAT(refusal(server.url("/announce?peer_id=x")), HasSubstr("parameters"));
    EXPECT_EQ(server.requests.size(), sent);
}

TEST_F(TrackerTrustTest, SendsNothingToAGroupOfHosts) {
    EXPECT_EQ(refusal("udp://255.255.255.255:6969/announce"),
              "not asked: 255.255.255.255 is not the address of a host");
    EXPECT_EQ(refusal("udp://[ff02::1]:6969/announce"),
              "not asked: ff02::1 is not the address of a host");
}

TEST_F(TrackerTrustTest, LeavesOutOurOwnAddress) {
    const std::vector<Endpoint> peers{*Endpoint::parse("127.0.0.1:6881"),
                                      *Endpoint::parse("127.0.0.1:6882")};
    ScriptedServer server(io, [&](const std::string&) { return Play::ok(http_reply(peers)); });
    const std::vector<Endpoint> others{peers[1]};
    EXPECT_EQ(announce(server.url()).value().peers, others);
    ScriptedUdpTracker udp(io, ScriptedUdpTracker::honest(text::compact_v4(peers)));
    EXPECT_EQ(announce(udp.url()).value().peers, others);
}

TEST_F(TrackerTrustTest, DoesNotRepeatAPasskeyThatTheTrackerRepeats) {
    ScriptedServer server(io, [](const std::string& head) {
        const auto line = head.substr(4, head.find(" HTTP") - 4);
        const auto words = "no such user: " + line.substr(0, 80);
        return Play::ok("d14:failure reason" + std::to_string(words.size()) + ":" + words + "e");
    });
    const auto said = refusal(server.url("/0123456789abcdef/announce?passkey=fedcba9876543210"));
    EXPECT_THAT(said, HasSubstr("no such user: /.../announce?passkey=...&info_hash="));
}

TEST_F(TrackerTrustTest, DoesNotRepeatAPasskeyInAWarning) {
    ScriptedServer server(io, [](const std::string&) {
        return Play::ok("d8:intervali900e15:warning message24:old key: 0123456789abcdee");
    });
    EXPECT_EQ(announce(server.url("/announce?k=0123456789abcde")).value().warning, "old key: ...");
}

}  // namespace
}  // namespace bt::net
