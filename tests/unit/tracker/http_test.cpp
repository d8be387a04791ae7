#include "bt/tracker/http.hpp"

#include <gtest/gtest.h>

#include "bt/core/rng.hpp"
#include "unit/tracker/samples.hpp"

namespace bt::tracker {
namespace {

using test::endpoints;
using test::sample_request;
using namespace std::chrono_literals;

std::string target(std::string_view url, const AnnounceRequest& request = sample_request()) {
    return announce_target(text::Url::parse(url).value(), request);
}

AnnounceReply reply(std::string_view body) {
    const auto outcome = parse_http_reply(as_bytes(body));
    EXPECT_TRUE(outcome) << body;
    return outcome ? *outcome : AnnounceReply{};
}

AnnounceFailure failure(std::string_view body) {
    const auto outcome = parse_http_reply(as_bytes(body));
    EXPECT_FALSE(outcome) << body;
    return outcome ? AnnounceFailure{} : outcome.error();
}

std::string bencoded(std::string_view text) {
    return std::to_string(text.size()) + ":" + std::string(text);
}

TEST(HttpAnnounce, AsksWithAllThatBep3Names) {
    EXPECT_EQ(target("http://t.example/announce"),
              "/announce?info_hash=hhhhhhhhhhhhhhhhhhhh&peer_id=pppppppppppppppppppp&port=6881"
              "&uploaded=1&downloaded=2&left=3&compact=1&numwant=200&key=deadbeef");
}

TEST(HttpAnnounce, AppendsToAQueryThatIsThere) {
    EXPECT_TRUE(target("http://t.example/a?passkey=x&y=z").starts_with("/a?passkey=x&y=z&info_h"));
    EXPECT_TRUE(target("http://t.example/a?").starts_with("/a?info_hash="));
    EXPECT_TRUE(target("http://t.example").starts_with("/?info_hash="));
}

TEST(HttpAnnounce, EncodesRawBytes) {
    auto request = sample_request();
    request.info_hash.bytes[0] = std::byte{0x00};
    request.info_hash.bytes[1] = std::byte{0xff};
    request.info_hash.bytes[2] = std::byte{'&'};
    request.info_hash.bytes[3] = std::byte{'+'};
    EXPECT_NE(target("http://t.example/a", request).find("info_hash=%00%FF%26%2Bhhhhhhhh"),
              std::string::npos);
}

TEST(HttpAnnounce, NamesTheEvent) {
    auto request = sample_request();
    request.event = Event::started;
    EXPECT_TRUE(target("http://t.example/a", request).ends_with("&event=started"));
    request.event = Event::completed;
    EXPECT_TRUE(target("http://t.example/a", request).ends_with("&event=completed"));
    request.event = Event::stopped;
    EXPECT_TRUE(target("http://t.example/a", request).ends_with("&event=stopped"));
}

TEST(HttpAnnounce, SendsTheTrackerIdBack) {
    auto request = sample_request();
    request.tracker_id = "a b";
    EXPECT_TRUE(target("http://t.example/a", request).ends_with("&trackerid=a%20b"));
}

TEST(HttpReply, ReadsTheExampleOfBep7) {
    const auto got = reply("d8:intervali1800e5:peers6:iiiipp6:peers618:iiiiiiiiiiiiiiiippe");
    EXPECT_EQ(got.interval, 1800s);
    EXPECT_EQ(got.peers, endpoints({"105.105.105.105:28784",
                                    "[6969:6969:6969:6969:6969:6969:6969:6969]:28784"}));
}

TEST(HttpReply, ReadsAListOfPeers) {
    const auto got = reply(
        "d8:intervali900e5:peersl"
        "d2:ip7:1.2.3.47:peer id20:aaaaaaaaaaaaaaaaaaaa4:porti80ee"
        "d2:ip11:2001:db8::14:porti81ee"
        "d2:ip11:example.com4:porti82ee"
        "d2:ip7:1.2.3.54:porti0ee"
        "d2:ip7:1.2.3.54:porti65536ee"
        "d2:ipi5e4:porti80ee"
        "d4:porti80ee"
        "i5ee"
        "e");
    EXPECT_EQ(got.peers, endpoints({"1.2.3.4:80", "[2001:db8::1]:81"}));
}

TEST(HttpReply, ReadsTheOtherFields) {
    const auto got = reply(
        "d8:completei7e10:incompletei9e8:intervali900e12:min intervali300e5:peers0:"
        "10:tracker id3:abc15:warning message5:late\ne");
    EXPECT_EQ(got.interval, 900s);
    EXPECT_EQ(got.min_interval, 300s);
    EXPECT_EQ(got.seeders, 7u);
    EXPECT_EQ(got.leechers, 9u);
    EXPECT_EQ(got.tracker_id, "abc");
    EXPECT_EQ(got.warning, "late\\x0a");
    EXPECT_TRUE(got.peers.empty());
}

TEST(HttpReply, TakesDefaultsForWhatIsAbsent) {
    const auto got = reply("d5:peers0:e");
    EXPECT_EQ(got.interval, kDefaultInterval);
    EXPECT_EQ(got.min_interval, std::nullopt);
    EXPECT_EQ(got.tracker_id, "");
    EXPECT_EQ(got.warning, "");
    EXPECT_EQ(got.seeders, 0u);
}

TEST(HttpReply, BringsIntervalsIntoRange) {
    EXPECT_EQ(reply("d8:intervali0ee").interval, 60s);
    EXPECT_EQ(reply("d8:intervali-1ee").interval, 60s);
    EXPECT_EQ(reply("d8:intervali59ee").interval, 60s);
    EXPECT_EQ(reply("d8:intervali61ee").interval, 61s);
    EXPECT_EQ(reply("d8:intervali7200ee").interval, 2h);
    EXPECT_EQ(reply("d8:intervali7201ee").interval, 2h);
    EXPECT_EQ(reply("d8:intervali1099511627776ee").interval, 2h);
    EXPECT_EQ(reply("d8:intervali9223372036854775807ee").interval, 2h);
    EXPECT_EQ(reply("d8:intervali-9223372036854775808ee").interval, 60s);
    EXPECT_EQ(reply("d8:intervali900e12:min intervali-5ee").min_interval, 60s);
    EXPECT_EQ(reply("d8:intervali900e12:min intervali99999ee").min_interval, 2h);
}

TEST(HttpReply, IgnoresFieldsOfTheWrongType) {
    const auto got = reply(
        "d8:complete1:710:incompletei-1e8:interval3:90012:min intervalle5:peersi5e6:peers6le"
        "10:tracker idi1e15:warning messageli1eee");
    EXPECT_EQ(got.interval, kDefaultInterval);
    EXPECT_EQ(got.min_interval, std::nullopt);
    EXPECT_EQ(got.seeders, 0u);
    EXPECT_EQ(got.leechers, 0u);
    EXPECT_TRUE(got.peers.empty());
    EXPECT_EQ(got.tracker_id, "");
    EXPECT_EQ(got.warning, "");
}

TEST(HttpReply, DropsAnIncompletePeerAtTheEnd) {
    EXPECT_EQ(reply("d5:peers11:aaaappbbbbpe").peers, endpoints({"97.97.97.97:28784"}));
    EXPECT_TRUE(reply("d5:peers5:aaaape").peers.empty());
    EXPECT_TRUE(reply("d6:peers617:aaaaaaaaaaaaaaaape").peers.empty());
}

TEST(HttpReply, LeavesOutWhatNobodyCanBeAt) {
    using namespace std::string_view_literals;
    const auto list =
        "\x01\x02\x03\x04\x00\x00"  // port 0
        "\x00\x00\x00\x00\x00\x50"  // 0.0.0.0
        "\xe0\x00\x00\x01\x00\x50"  // multicast
        "\xff\xff\xff\xff\x00\x50"  // broadcast
        "\x01\x02\x03\x04\x00\x50"sv;
    EXPECT_EQ(reply("d5:peers" + bencoded(list) + "e").peers, endpoints({"1.2.3.4:80"}));
}

TEST(HttpReply, KeepsSoManyPeersAndNoMore) {
    const auto peers = [](std::size_t n) {
        std::string list;
        for (std::size_t i = 0; i < n; ++i)
            list += "aaaapp";
        return reply("d5:peers" + bencoded(list) + "e").peers.size();
    };
    EXPECT_EQ(peers(kMaxReplyPeers), kMaxReplyPeers);
    EXPECT_EQ(peers(kMaxReplyPeers + 1), kMaxReplyPeers);
    EXPECT_EQ(peers(170'000), kMaxReplyPeers);
}

TEST(HttpReply, KeepsAsManyPeersOfAList) {
    std::string list = "d5:peersl";
    for (std::size_t i = 0; i <= kMaxReplyPeers; ++i)
        list += "d2:ip7:1.2.3.44:porti80ee";
    EXPECT_EQ(reply(list + "ee").peers.size(), kMaxReplyPeers);
}

TEST(HttpReply, CountsBothFamiliesTogether) {
    std::string v4;
    std::string v6;
    for (std::size_t i = 0; i < kMaxReplyPeers; ++i) {
        v4 += "aaaapp";
        v6 += "iiiiiiiiiiiiiiiipp";
    }
    const auto got = reply("d5:peers" + bencoded(v4) + "6:peers6" + bencoded(v6) + "e");
    EXPECT_EQ(got.peers.size(), kMaxReplyPeers);
}

TEST(HttpReply, DropsATrackerIdThatIsTooLongToSendBack) {
    const auto id = [](std::size_t n) {
        return reply("d5:peers0:10:tracker id" + bencoded(std::string(n, 'x')) + "e")
            .tracker_id.size();
    };
    EXPECT_EQ(id(kMaxTrackerIdBytes), kMaxTrackerIdBytes);
    EXPECT_EQ(id(kMaxTrackerIdBytes + 1), 0u);
}

TEST(HttpReply, TellsTheTrackersReason) {
    const auto got = failure("d14:failure reason20:unregistered torrente");
    EXPECT_EQ(got.error.code, Errc::protocol);
    EXPECT_EQ(got.error.message, "tracker said \"unregistered torrent\"");
    EXPECT_EQ(got.retry_in, std::nullopt);
}

TEST(HttpReply, EscapesAndCutsTheTrackersReason) {
    EXPECT_EQ(failure("d14:failure reason4:a\x1b[me").error.message, "tracker said \"a\\x1b[m\"");
    const auto got = failure("d14:failure reason" + bencoded(std::string(1 << 20, 'x')) + "e");
    EXPECT_LT(got.error.message.size(), 250u);
}

TEST(HttpReply, ReadsWhenToRetry) {
    const auto retry_in = [](std::string_view value) {
        return failure("d14:failure reason1:x8:retry in" + std::string(value) + "e").retry_in;
    };
    EXPECT_EQ(retry_in("i5e"), 5min);
    EXPECT_EQ(retry_in("1:5"), 5min);
    EXPECT_EQ(retry_in("5:never"), kRetryNever);
    EXPECT_EQ(retry_in("i0e"), std::nullopt);
    EXPECT_EQ(retry_in("i-1e"), std::nullopt);
    EXPECT_EQ(retry_in("2:5x"), std::nullopt);
    EXPECT_EQ(retry_in("0:"), std::nullopt);
    EXPECT_EQ(retry_in("le"), std::nullopt);
    EXPECT_EQ(retry_in("i9223372036854775807e"), kMaxRetryIn);
}

TEST(HttpReply, RefusesWhatIsNoReply) {
    for (const std::string_view body : {"", "<html>404</html>", "i5e", "le", "de", "d5:peers",
                                        "d5:peers119:aaaae", "d14:failure reasoni5ee"}) {
        EXPECT_EQ(failure(body).error.code, Errc::protocol) << body;
    }
}

TEST(HttpReply, AcceptsBytesAfterTheDictionary) {
    EXPECT_EQ(reply("d8:intervali900ee\r\n").interval, 900s);
}

constexpr std::string_view kGolden =
    "d8:completei7e10:incompletei9e8:intervali900e12:min intervali300e5:peers12:aaaappbbbbpp"
    "6:peers618:iiiiiiiiiiiiiiiipp10:tracker id3:abc15:warning message4:latee";

TEST(HttpReply, RefusesEveryTruncation) {
    ASSERT_TRUE(parse_http_reply(as_bytes(kGolden)));
    for (std::size_t cut = 0; cut < kGolden.size(); ++cut) {
        EXPECT_FALSE(parse_http_reply(as_bytes(kGolden.substr(0, cut)))) << cut;
    }
}

TEST(HttpReply, KeepsItsBoundsWhateverIsMutated) {
    constexpr std::uint64_t kSeed = 3;
    SCOPED_TRACE(kSeed);
    Rng rng(kSeed);
    int accepted = 0;
    for (int i = 0; i < 5000; ++i) {
        std::string body(kGolden);
        for (auto n = 1 + random_below(rng, 3); n > 0; --n) {
            body[random_below(rng, body.size())] = static_cast<char>(rng());
        }
        const auto outcome = parse_http_reply(as_bytes(body));
        if (!outcome) continue;
        ++accepted;
        ASSERT_GE(outcome->interval, kMinInterval);
        ASSERT_LE(outcome->interval, kMaxInterval);
        for (const auto& peer : outcome->peers) {
            ASSERT_NE(peer.port, 0);
            ASSERT_TRUE(peer.address.is_unicast());
        }
    }
    EXPECT_GT(accepted, 100);
}

}  // namespace
}  // namespace bt::tracker
