// TrackerClient and UDP trackers that lie, and others who speak in their place.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

class HostileUdp : public test::TrackerClientTest {
protected:
    /// An answer to connects, then `to_announce`.
    static ScriptedUdpTracker::Script after_connect(ScriptedUdpTracker::Script to_announce) {
        return [=](Bytes packet) -> std::vector<ByteVector> {
            if (test::udp_action(packet) == 0) return {test::udp_connected(packet)};
            return to_announce(packet);
        };
    }
};

TEST_F(HostileUdp, HearsOnlyTheAddressThatItHasAsked) {
    options.udp_haste = 1;
    UdpSocket stranger(io.get_executor(), udp::endpoint(asio::ip::make_address("127.0.0.1"), 0));
    std::optional<ScriptedUdpTracker> server;
    const std::vector<Endpoint> wrong{*Endpoint::parse("192.0.2.66:6666")};
    server.emplace(io, [&](Bytes packet) -> std::vector<ByteVector> {
        // The stranger knows the transaction, speaks first and often.
        const auto forged = test::udp_action(packet) == 0
                                ? test::udp_connected(packet)
                                : test::udp_announced(packet, text::compact_v4(wrong));
        for (int i = 0; i < 100; ++i)
            stranger.send_to(asio::buffer(forged), server->last_sender());
        if (test::udp_action(packet) == 0) return {test::udp_connected(packet)};
        return {test::udp_announced(packet, text::compact_v4(kPeers))};
    });
    const auto outcome = announce(server->url());
    ASSERT_TRUE(outcome) << outcome.error().error.message;
    EXPECT_EQ(outcome->peers, kPeers);
}

TEST_F(HostileUdp, KeepsWaitingThroughAFloodOfWrongAnswers) {
    options.udp_haste = 1;  // nothing is sent again within the test
    ScriptedUdpTracker server(
        io, after_connect([](Bytes packet) {
            std::vector<ByteVector> out;
            for (std::uint32_t i = 1; i <= 50; ++i) {
                auto other = test::udp_announced(packet, {});
                write_be(other.data() + 4, test::udp_transaction(packet) + i);
                out.push_back(std::move(other));
                out.emplace_back(i % 20);                    // too short for anything
                out.push_back(test::udp_connected(packet));  // not what was asked
            }
            out.push_back(test::udp_announced(packet, text::compact_v4(kPeers)));
            return out;
        }));
    const auto outcome = announce(server.url());
    ASSERT_TRUE(outcome) << outcome.error().error.message;
    EXPECT_EQ(outcome->peers, kPeers);
    EXPECT_EQ(server.requests.size(), 2u);
}

TEST_F(HostileUdp, TakesWhatItCanOfTheLargestDatagram) {
    ByteVector peers;
    for (std::uint32_t i = 0; i < 10'000; ++i) {
        append_be<std::uint32_t>(peers, 0xcb007101);  // 203.0.113.1
        append_be<std::uint16_t>(peers, static_cast<std::uint16_t>(i + 1));
    }
    ScriptedUdpTracker server(io, ScriptedUdpTracker::honest(peers));
    const auto outcome = announce(server.url());
    ASSERT_TRUE(outcome) << outcome.error().error.message;
    EXPECT_EQ(outcome->peers.size(), tracker::kMaxReplyPeers);
}

TEST_F(HostileUdp, DropsAnIncompletePeerAtTheEnd) {
    auto peers = text::compact_v4(kPeers);
    peers.resize(peers.size() + 5, std::byte{9});
    ScriptedUdpTracker server(io, ScriptedUdpTracker::honest(peers));
    EXPECT_EQ(announce(server.url()).value().peers, kPeers);
}

TEST_F(HostileUdp, BringsAnIntervalOfZeroIntoRange) {
    ScriptedUdpTracker server(io, after_connect([](Bytes packet) -> std::vector<ByteVector> {
                                  return {test::udp_announced(packet, {}, 0)};
                              }));
    EXPECT_EQ(announce(server.url()).value().interval, tracker::kMinInterval);
}

TEST_F(HostileUdp, CutsALongErrorAndEscapesIt) {
    ScriptedUdpTracker server(
        io, after_connect([](Bytes packet) -> std::vector<ByteVector> {
            return {test::udp_refused(packet, "\x1b]0;x\x07" + std::string(60'000, 'x'))};
        }));
    const auto said = announce(server.url()).error().error.message;
    EXPECT_THAT(said, ::testing::StartsWith("tracker said \"\\x1b]0;x\\x07xxx"));
    EXPECT_LT(said.size(), 250u);
}

TEST_F(HostileUdp, TriesTheNextAddressWhenANetworkCannotBeReached) {
    ScriptedUdpTracker server(io, ScriptedUdpTracker::honest(text::compact_v4(kPeers)));
    // A connect to the broadcast address is not allowed; the tracker is the next one.
    options.typed = true;
    addresses = {IpAddress::v4({255, 255, 255, 255}), IpAddress::v4({127, 0, 0, 1})};
    const auto outcome = announce("udp://tracker.example:" + std::to_string(server.port()));
    ASSERT_TRUE(outcome) << outcome.error().error.message;
    EXPECT_EQ(outcome->peers, kPeers);
}

}  // namespace
}  // namespace bt::net
