// TrackerClient over UDP (BEP 15, 41).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bt/net/clock.hpp"
#include "bt/net/tracker_client.hpp"
#include "bt/text/compact_peers.hpp"
#include "bt/tracker/udp.hpp"
#include "unit/net/support.hpp"
#include "unit/net/tracker_client_fixture.hpp"
#include "unit/net/udp_tracker.hpp"

namespace bt::net {
namespace {

using test::kPeers;
using test::ScriptedUdpTracker;
using test::TrackerClientTest;

TEST_F(TrackerClientTest, AnnouncesOverUdp) {
    ScriptedUdpTracker server(io, ScriptedUdpTracker::honest(text::compact_v4(kPeers)));
    const auto outcome = announce(server.url("/announce?pass=1"));
    ASSERT_TRUE(outcome) << outcome.error().error.message;
    EXPECT_EQ(outcome->peers, kPeers);
    EXPECT_EQ(outcome->seeders, 5u);
    EXPECT_EQ(outcome->leechers, 3u);
    ASSERT_EQ(server.requests.size(), 2u);
    const auto& announced = server.requests[1];
    EXPECT_EQ(test::udp_connection(announced), test::kConnectionId);
    // BEP 41: option 2, its length, the path and query.
    EXPECT_EQ(as_text(Bytes(announced).subspan(98, 18)), "\x02\x10/announce?pass=1");
}

TEST_F(TrackerClientTest, SpeaksUdpOverIPv6) {
    const std::vector<Endpoint> peers{*Endpoint::parse("[2001:db8::1]:6881")};
    ScriptedUdpTracker server(io, ScriptedUdpTracker::honest(text::compact_v6(peers)), "::1");
    const auto outcome = announce("udp://[::1]:" + std::to_string(server.port()));
    ASSERT_TRUE(outcome) << outcome.error().error.message;
    EXPECT_EQ(outcome->peers, peers);
}

TEST_F(TrackerClientTest, SendsALostDatagramAgain) {
    int lost = 0;
    ScriptedUdpTracker server(io, [&](Bytes packet) -> std::vector<ByteVector> {
        if (lost++ % 2 == 0) return {};  // the first of each kind
        if (test::udp_action(packet) == 0) return {test::udp_connected(packet)};
        return {test::udp_announced(packet, text::compact_v4(kPeers))};
    });
    const auto outcome = announce(server.url());
    ASSERT_TRUE(outcome) << outcome.error().error.message;
    EXPECT_EQ(server.requests.size(), 4u);
}

TEST_F(TrackerClientTest, IgnoresAnswersToOtherTransactions) {
    ScriptedUdpTracker server(io, [&](Bytes packet) -> std::vector<ByteVector> {
        if (test::udp_action(packet) == 0) {
            return {ByteVector(3), test::udp_connected(packet, 1), test::udp_connected(packet)};
        }
        return {test::udp_announced(packet, text::compact_v4(kPeers))};
    });
    EXPECT_TRUE(announce(server.url()));
    EXPECT_EQ(server.requests.size(), 2u);
}

TEST_F(TrackerClientTest, TellsARefusalOverUdp) {
    ScriptedUdpTracker server(io, [&](Bytes packet) -> std::vector<ByteVector> {
        if (test::udp_action(packet) == 0) return {test::udp_connected(packet)};
        return {test::udp_refused(packet, "go \x1b[2Jaway")};
    });
    EXPECT_EQ(announce(server.url()).error().error.message, "tracker said \"go \\x1b[2Jaway\"");
}

TEST_F(TrackerClientTest, GivesUpASilentUdpTrackerAfterItsRetries) {
    options.udp_haste = 10'000;
    ScriptedUdpTracker server(io, [](Bytes) { return std::vector<ByteVector>{}; });
    const auto outcome = announce(server.url());
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().error.code, Errc::timeout);
    EXPECT_EQ(server.requests.size(), 1 + tracker::kUdpLastRetry);
}

TEST_F(TrackerClientTest, SeesAnUnreachableUdpTrackerAtOnce) {
    options.udp_haste = 1;  // its timers would take minutes
    std::string url;
    {
        ScriptedUdpTracker server(io, [](Bytes) { return std::vector<ByteVector>{}; });
        url = server.url();
    }
    EXPECT_EQ(announce(url).error().error.message, "connection refused");
}

TEST_F(TrackerClientTest, TriesTheNextAddressOfAUdpTracker) {
    ScriptedUdpTracker server(io, ScriptedUdpTracker::honest(text::compact_v6({})), "::1");
    addresses = {IpAddress::v4({127, 0, 0, 1}), *IpAddress::parse("::1")};
    ASSERT_TRUE(announce("udp://tracker.example:" + std::to_string(server.port())));
}

TEST_F(TrackerClientTest, TriesFourAddressesOfAFamilyAndNoMore) {
    ScriptedUdpTracker server(io, ScriptedUdpTracker::honest({}));
    const auto port = ":" + std::to_string(server.port());
    for (std::uint8_t i = 2; i <= 5; ++i)
        addresses.push_back(IpAddress::v4({127, 0, 0, i}));
    addresses.insert(addresses.begin() + 3, IpAddress::v4({127, 0, 0, 1}));
    EXPECT_TRUE(announce("udp://fourth.example" + port));
    std::swap(addresses[3], addresses[4]);
    EXPECT_FALSE(announce("udp://fifth.example" + port));
}

TEST_F(TrackerClientTest, SaysGoodByeOverUdpWhereItWasAnsweredWithoutALookUp) {
    ScriptedUdpTracker server(io, ScriptedUdpTracker::honest({}));
    addresses = {IpAddress::v4({127, 0, 0, 2}), IpAddress::v4({127, 0, 0, 1})};
    ASSERT_TRUE(announce("udp://tracker.example:" + std::to_string(server.port())));
    addresses.clear();
    request.event = tracker::Event::stopped;
    ASSERT_TRUE(again(false));
    EXPECT_EQ(test::udp_event(server.requests.back()), 3u);
}

TEST_F(TrackerClientTest, TellsAnUnknownUdpTrackerNoGoodBye) {
    client.emplace(services(), text::Url::parse("udp://tracker.example:1").value(), options);
    EXPECT_EQ(again(false).error().error.code, Errc::resolve_failed);
}

TEST_F(TrackerClientTest, AnnouncesAgainOnTheSameUdpConnection) {
    ScriptedUdpTracker server(io, ScriptedUdpTracker::honest({}));
    ASSERT_TRUE(announce(server.url()));
    request.event = tracker::Event::completed;
    ASSERT_TRUE(again());
    EXPECT_EQ(server.connects(), 1);
    ASSERT_EQ(server.requests.size(), 3u);
    EXPECT_EQ(test::udp_event(server.requests[2]), 1u);
    EXPECT_EQ(test::udp_connection(server.requests[2]), test::kConnectionId);
}

TEST_F(TrackerClientTest, SharesUdpConnectionsBetweenTorrents) {
    ScriptedUdpTracker server(io, ScriptedUdpTracker::honest({}));
    ASSERT_TRUE(announce(server.url()));
    ASSERT_TRUE(announce(server.url("/other/announce")));  // another client
    EXPECT_EQ(server.connects(), 1);
}

TEST_F(TrackerClientTest, ConnectsToEachUdpTrackerOfAHost) {
    ScriptedUdpTracker server(io, ScriptedUdpTracker::honest({}));
    ScriptedUdpTracker other(io, ScriptedUdpTracker::honest({}));
    ASSERT_TRUE(announce(server.url()));
    ASSERT_TRUE(announce(other.url()));
    EXPECT_EQ(other.connects(), 1);
}

TEST_F(TrackerClientTest, ConnectsAnewWhenTheUdpConnectionHasExpired) {
    ScriptedUdpTracker server(io, ScriptedUdpTracker::honest({}));
    services().udp_connections().keep(server.endpoint(), {test::kConnectionId, now()});
    ASSERT_TRUE(announce(server.url()));
    EXPECT_EQ(server.connects(), 1);
    const auto kept = services().udp_connections().find(server.endpoint(), now());
    ASSERT_TRUE(kept);
    EXPECT_GT(kept->expires, now() + std::chrono::seconds(30));
    EXPECT_LE(kept->expires, now() + tracker::kUdpConnectionLifetime);
}

TEST_F(TrackerClientTest, ConnectsAnewWhenTheUdpConnectionIsRefused) {
    ScriptedUdpTracker server(io, [](Bytes packet) -> std::vector<ByteVector> {
        if (test::udp_action(packet) == 0) return {test::udp_connected(packet)};
        if (test::udp_connection(packet) == test::kConnectionId) {
            return {test::udp_announced(packet, text::compact_v4(kPeers))};
        }
        return {test::udp_refused(packet, "Connection ID mismatch.")};
    });
    services().udp_connections().keep(server.endpoint(), {1, now() + std::chrono::minutes(1)});
    const auto outcome = announce(server.url());
    ASSERT_TRUE(outcome) << outcome.error().error.message;
    EXPECT_EQ(server.requests.size(), 3u);
    EXPECT_EQ(server.connects(), 1);
    ASSERT_TRUE(again());  // on the new one
    EXPECT_EQ(server.requests.size(), 4u);
}

TEST_F(TrackerClientTest, ConnectsAnewWhenTheUdpConnectionIsNotAnswered) {
    ScriptedUdpTracker server(io, [](Bytes packet) -> std::vector<ByteVector> {
        if (test::udp_action(packet) == 0) return {test::udp_connected(packet)};
        if (test::udp_connection(packet) != test::kConnectionId) return {};
        return {test::udp_announced(packet, text::compact_v4(kPeers))};
    });
    services().udp_connections().keep(server.endpoint(), {1, now() + std::chrono::minutes(1)});
    const auto outcome = announce(server.url());
    ASSERT_TRUE(outcome) << outcome.error().error.message;
    EXPECT_EQ(test::udp_connection(server.requests.at(0)), 1u);
    EXPECT_EQ(test::udp_action(server.requests.at(1)), 0u);
}

TEST_F(TrackerClientTest, ForgetsTheConnectionOfAnUnreachableUdpTracker) {
    Endpoint gone;
    {
        ScriptedUdpTracker server(io, ScriptedUdpTracker::honest({}));
        gone = server.endpoint();
    }
    services().udp_connections().keep(gone, {1, now() + std::chrono::minutes(1)});
    EXPECT_FALSE(announce("udp://" + gone.to_string()));
    EXPECT_EQ(services().udp_connections().size(), 0u);
}

}  // namespace
}  // namespace bt::net
