#include "bt/tracker/udp.hpp"

#include <gtest/gtest.h>

#include "unit/tracker/samples.hpp"

namespace bt::tracker {
namespace {

using test::endpoints;
using test::sample_request;
using namespace std::chrono_literals;
using namespace std::string_view_literals;

constexpr std::uint32_t kTransaction = 0x01020304;

std::string options_of(std::string_view path_and_query) {
    const auto packet = encode_udp_announce(1, 2, sample_request(), path_and_query);
    return std::string(as_text(Bytes(packet).subspan(kUdpAnnounceSize)));
}

constexpr auto kConnectReply =
    "\0\0\0\0"
    "\x01\x02\x03\x04"
    "\x11\x12\x13\x14\x15\x16\x17\x18"sv;
constexpr auto kAnnounceReply =
    "\0\0\0\x01"
    "\x01\x02\x03\x04"
    "\0\0\x07\x08"
    "\0\0\0\x05"
    "\0\0\0\x06"
    "aaaapp"
    "bbbbpp"sv;
constexpr auto kErrorReply =
    "\0\0\0\x03"
    "\x01\x02\x03\x04"
    "go \x1b"
    "away"sv;

TEST(UdpPacket, ConnectsAsBep15Says) {
    EXPECT_EQ(to_hex(encode_udp_connect(kTransaction)), "00000417271019800000000001020304");
}

TEST(UdpPacket, AnnouncesAsBep15Says) {
    auto request = sample_request();
    request.event = Event::started;
    const auto packet = encode_udp_announce(0x1112131415161718, kTransaction, request, "");
    EXPECT_EQ(to_hex(packet),
              "1112131415161718"
              "00000001"
              "01020304"
              "6868686868686868686868686868686868686868"
              "7070707070707070707070707070707070707070"
              "0000000000000002"
              "0000000000000003"
              "0000000000000001"
              "00000002"
              "00000000"
              "deadbeef"
              "000000c8"
              "1ae1");
    EXPECT_EQ(packet.size(), kUdpAnnounceSize);
}

TEST(UdpPacket, PutsTheUrlIntoAnOptionAsBep41Says) {
    EXPECT_EQ(options_of("/dir?a=b&c=d"), "\x02\x0c/dir?a=b&c=d");
    EXPECT_EQ(options_of("/announce"), "\x02\x09/announce");
}

TEST(UdpPacket, SendsNoOptionForAUrlWithoutAPath) {
    EXPECT_EQ(options_of(""), "");
    EXPECT_EQ(options_of("/"), "");
}

TEST(UdpPacket, SplitsALongUrlIntoSeveralOptions) {
    const auto path = "/" + std::string(253, 'a');
    EXPECT_EQ(options_of(path + "b"), "\x02\xff" + path + "b");
    EXPECT_EQ(options_of(path + "bc"), "\x02\xff" + path +
                                           "b\x02\x01"
                                           "c");
    EXPECT_EQ(options_of(std::string(510, 'x')),
              "\x02\xff" + std::string(255, 'x') + "\x02\xff" + std::string(255, 'x'));
}

TEST(UdpPacket, ReadsAConnectReply) {
    EXPECT_EQ(parse_udp_connect(as_bytes(kConnectReply), kTransaction), 0x1112131415161718u);
    const auto longer = std::string(kConnectReply) + "future";
    EXPECT_EQ(parse_udp_connect(as_bytes(longer), kTransaction), 0x1112131415161718u);
}

TEST(UdpPacket, ReadsAnAnnounceReply) {
    const auto reply = parse_udp_announce(as_bytes(kAnnounceReply), kTransaction, Family::v4);
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->interval, 1800s);
    EXPECT_EQ(reply->leechers, 5u);
    EXPECT_EQ(reply->seeders, 6u);
    EXPECT_EQ(reply->peers, endpoints({"97.97.97.97:28784", "98.98.98.98:28784"}));
}

TEST(UdpPacket, ReadsPeersByTheFamilyOfTheSocket) {
    const auto packet = std::string(kAnnounceReply.substr(0, 20)) + "iiiiiiiiiiiiiiiipp";
    const auto v6 = parse_udp_announce(as_bytes(packet), kTransaction, Family::v6);
    ASSERT_TRUE(v6);
    EXPECT_EQ(v6->peers, endpoints({"[6969:6969:6969:6969:6969:6969:6969:6969]:28784"}));
    const auto v4 = parse_udp_announce(as_bytes(packet), kTransaction, Family::v4);
    ASSERT_TRUE(v4);
    EXPECT_EQ(v4->peers.size(), 3u);
}

TEST(UdpPacket, DropsAnIncompletePeerAtTheEnd) {
    const auto reply =
        parse_udp_announce(as_bytes(kAnnounceReply.substr(0, 31)), kTransaction, Family::v4);
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->peers.size(), 1u);
}

TEST(UdpPacket, BringsTheIntervalIntoRange) {
    const auto interval = [](std::string_view bytes) {
        auto packet = std::string(kAnnounceReply);
        packet.replace(8, 4, bytes);
        return parse_udp_announce(as_bytes(packet), kTransaction, Family::v4)->interval;
    };
    EXPECT_EQ(interval("\0\0\0\0"sv), 60s);
    EXPECT_EQ(interval("\xff\xff\xff\xff"sv), 2h);
}

TEST(UdpPacket, KeepsSoManyPeersAndNoMore) {
    const auto peers = [](std::size_t n) {
        std::string packet(kAnnounceReply.substr(0, 20));
        for (std::size_t i = 0; i < n; ++i)
            packet += "aaaapp";
        return parse_udp_announce(as_bytes(packet), kTransaction, Family::v4)->peers.size();
    };
    EXPECT_EQ(peers(kMaxReplyPeers), kMaxReplyPeers);
    EXPECT_EQ(peers(kMaxReplyPeers + 1), kMaxReplyPeers);
}

TEST(UdpPacket, LeavesOutUnusablePeers) {
    auto packet = std::string(kAnnounceReply.substr(0, 20));
    packet.append(
        "\0\0\0\0\0\x50"
        "cccc\0\0"
        "ddddpp",
        18);
    EXPECT_EQ(parse_udp_announce(as_bytes(packet), kTransaction, Family::v4)->peers,
              endpoints({"100.100.100.100:28784"}));
}

TEST(UdpPacket, ReadsAnError) {
    const auto failure = parse_udp_error(as_bytes(kErrorReply), kTransaction);
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->error.code, Errc::protocol);
    EXPECT_EQ(failure->error.message, "tracker said \"go \\x1baway\"");
}

TEST(UdpPacket, ReadsAnErrorThatEndsAsAStringOfC) {
    const auto failure =
        parse_udp_error(as_bytes("\0\0\0\x03\x01\x02\x03\x04no\0"sv), kTransaction);
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->error.message, "tracker said \"no\"");
}

TEST(UdpPacket, LooksAtActionAndTransaction) {
    EXPECT_FALSE(parse_udp_connect(as_bytes(kConnectReply), kTransaction + 1));
    EXPECT_FALSE(parse_udp_announce(as_bytes(kAnnounceReply), kTransaction + 1, Family::v4));
    EXPECT_FALSE(parse_udp_error(as_bytes(kErrorReply), kTransaction + 1));
    EXPECT_FALSE(parse_udp_connect(as_bytes(kAnnounceReply), kTransaction));
    EXPECT_FALSE(parse_udp_announce(as_bytes(kErrorReply), kTransaction, Family::v4));
    EXPECT_FALSE(parse_udp_error(as_bytes(kConnectReply), kTransaction));
}

TEST(UdpPacket, IgnoresEveryTruncationOfItsHeader) {
    for (std::size_t cut = 0; cut < 16; ++cut) {
        EXPECT_FALSE(parse_udp_connect(as_bytes(kConnectReply.substr(0, cut)), kTransaction));
    }
    for (std::size_t cut = 0; cut <= kAnnounceReply.size(); ++cut) {
        const auto packet = as_bytes(kAnnounceReply.substr(0, cut));
        EXPECT_EQ(parse_udp_announce(packet, kTransaction, Family::v4).has_value(), cut >= 20);
    }
    for (std::size_t cut = 0; cut <= kErrorReply.size(); ++cut) {
        const auto packet = as_bytes(kErrorReply.substr(0, cut));
        EXPECT_EQ(parse_udp_error(packet, kTransaction).has_value(), cut >= 8);
    }
}

}  // namespace
}  // namespace bt::tracker
