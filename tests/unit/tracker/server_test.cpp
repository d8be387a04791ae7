#include "bt/tracker/server.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "bt/tracker/http.hpp"
#include "unit/tracker/samples.hpp"

namespace bt::tracker {
namespace {

using test::at;
using test::endpoints;
using test::hash_of;
using namespace std::chrono_literals;

constexpr auto kInterval = 120s;

class TrackerTableTest : public ::testing::Test {
protected:
    AnnounceReply announce(std::string_view endpoint, AnnounceRequest request,
                           TimePoint now = at(0)) {
        const auto from = Endpoint::parse(endpoint).value();
        request.port = from.port;
        const auto outcome = parse_http_reply(table_.announce(request, from.address, now));
        EXPECT_TRUE(outcome);
        return outcome ? *outcome : AnnounceReply{};
    }
    static AnnounceRequest leecher(Event event = Event::none) {
        AnnounceRequest out;
        out.info_hash = hash_of('h');
        out.left = 10;
        out.event = event;
        return out;
    }
    static AnnounceRequest seed(Event event = Event::none) {
        auto out = leecher(event);
        out.left = 0;
        return out;
    }
    std::string scrape(std::vector<InfoHash> hashes, TimePoint now = at(0)) {
        return std::string(as_text(table_.scrape(std::move(hashes), now)));
    }
    /// Fills `hash` with `n` leechers of distinct addresses.
    void fill(const InfoHash& hash, std::size_t n, std::uint8_t net = 1) {
        auto request = leecher();
        request.info_hash = hash;
        request.port = 80;
        request.num_want = 0;
        for (std::size_t i = 0; i < n; ++i) {
            const auto from =
                IpAddress::v4({net, static_cast<std::uint8_t>(i >> 16),
                               static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)});
            (void)table_.announce(request, from, at(0));
        }
    }

    TrackerTable table_{kInterval, Rng(1)};
};

InfoHash hash_number(std::size_t n) {
    InfoHash out;
    write_be(out.bytes.data(), static_cast<std::uint64_t>(n));
    return out;
}

TEST_F(TrackerTableTest, GivesThePeersThatCameBefore) {
    EXPECT_TRUE(announce("1.1.1.1:80", leecher()).peers.empty());
    EXPECT_EQ(announce("2.2.2.2:80", leecher()).peers, endpoints({"1.1.1.1:80"}));
}

TEST_F(TrackerTableTest, GivesItsInterval) {
    EXPECT_EQ(announce("1.1.1.1:80", leecher()).interval, kInterval);
}

TEST_F(TrackerTableTest, GivesBothFamilies) {
    announce("1.1.1.1:80", leecher());
    announce("[2001:db8::1]:81", leecher());
    EXPECT_EQ(announce("3.3.3.3:80", leecher()).peers,
              endpoints({"1.1.1.1:80", "[2001:db8::1]:81"}));
}

TEST_F(TrackerTableTest, DoesNotGiveAPeerItself) {
    announce("1.1.1.1:80", leecher());
    EXPECT_TRUE(announce("1.1.1.1:80", leecher()).peers.empty());
    EXPECT_EQ(table_.peer_count(), 1u);
}

TEST_F(TrackerTableTest, KeepsTorrentsApart) {
    announce("1.1.1.1:80", leecher());
    auto other = leecher();
    other.info_hash = hash_of('o');
    EXPECT_TRUE(announce("2.2.2.2:80", other).peers.empty());
    EXPECT_EQ(table_.torrent_count(), 2u);
}

TEST_F(TrackerTableTest, CountsSeedsAndLeechers) {
    announce("1.1.1.1:80", seed());
    announce("2.2.2.2:80", leecher());
    const auto reply = announce("3.3.3.3:80", leecher());
    EXPECT_EQ(reply.seeders, 1u);
    EXPECT_EQ(reply.leechers, 2u);
}

TEST_F(TrackerTableTest, CountsAPeerAsWhatItSaidLast) {
    announce("1.1.1.1:80", leecher());
    EXPECT_EQ(announce("1.1.1.1:80", seed()).seeders, 1u);
    EXPECT_EQ(announce("1.1.1.1:80", seed()).seeders, 1u);
    EXPECT_EQ(announce("1.1.1.1:80", leecher()).seeders, 0u);
    announce("1.1.1.1:80", seed());
    EXPECT_EQ(announce("1.1.1.1:80", seed(Event::stopped)).seeders, 0u);
    announce("1.1.1.1:80", seed());
    EXPECT_EQ(announce("2.2.2.2:80", leecher(), at(1000)).seeders, 0u);
}

TEST_F(TrackerTableTest, GivesASeedNoSeeds) {
    announce("1.1.1.1:80", seed());
    announce("2.2.2.2:80", leecher());
    EXPECT_EQ(announce("3.3.3.3:80", seed()).peers, endpoints({"2.2.2.2:80"}));
}

TEST_F(TrackerTableTest, TakesAPeerOutWhenItStops) {
    announce("1.1.1.1:80", leecher());
    announce("2.2.2.2:80", leecher());
    EXPECT_TRUE(announce("1.1.1.1:80", leecher(Event::stopped)).peers.empty());
    EXPECT_TRUE(announce("2.2.2.2:80", leecher()).peers.empty());
}

TEST_F(TrackerTableTest, ForgetsATorrentWithoutPeers) {
    announce("1.1.1.1:80", leecher());
    announce("1.1.1.1:80", leecher(Event::stopped));
    announce("2.2.2.2:80", leecher(Event::stopped));
    EXPECT_EQ(table_.torrent_count(), 0u);
    EXPECT_EQ(table_.peer_count(), 0u);
}

TEST_F(TrackerTableTest, ForgetsAPeerAfterTwoIntervals) {
    announce("1.1.1.1:80", leecher(), at(0));
    EXPECT_EQ(announce("2.2.2.2:80", leecher(), at(179)).peers.size(), 1u);
    EXPECT_EQ(announce("2.2.2.2:80", leecher(), at(239)).peers.size(), 1u);
    EXPECT_EQ(announce("2.2.2.2:80", leecher(), at(299)).peers.size(), 0u);
}

TEST_F(TrackerTableTest, ForgetsTorrentsThatNobodyAsksFor) {
    announce("1.1.1.1:80", leecher(), at(0));
    auto other = leecher();
    other.info_hash = hash_of('o');
    announce("2.2.2.2:80", other, at(1000));
    EXPECT_EQ(table_.torrent_count(), 1u);
    EXPECT_EQ(table_.peer_count(), 1u);
}

TEST_F(TrackerTableTest, GivesAsManyPeersAsAreWantedUpToABound) {
    fill(hash_of('h'), 300);
    auto request = leecher();
    request.num_want = 10;
    EXPECT_EQ(announce("9.9.9.9:80", request).peers.size(), 10u);
    request.num_want = 0;
    EXPECT_EQ(announce("9.9.9.9:80", request).peers.size(), 0u);
    request.num_want = kMaxAnswerPeers;
    EXPECT_EQ(announce("9.9.9.9:80", request).peers.size(), 200u);
    request.num_want = 0xffffffff;
    EXPECT_EQ(announce("9.9.9.9:80", request).peers.size(), 200u);
}

TEST_F(TrackerTableTest, GivesOtherPeersToEveryAsker) {
    fill(hash_of('h'), 300);
    auto request = leecher();
    request.num_want = 20;
    std::set<Endpoint> seen;
    for (int i = 0; i < 100; ++i) {
        const auto peers = announce("9.9.9.9:80", request).peers;
        ASSERT_EQ(std::set<Endpoint>(peers.begin(), peers.end()).size(), 20u);
        seen.insert(peers.begin(), peers.end());
    }
    EXPECT_GT(seen.size(), 290u);
}

TEST_F(TrackerTableTest, BoundsThePeersOfATorrent) {
    fill(hash_of('h'), kMaxPeersPerTorrent);
    EXPECT_EQ(table_.peer_count(), kMaxPeersPerTorrent);
    EXPECT_EQ(announce("9.9.9.9:80", leecher()).peers.size(), 200u);
    EXPECT_EQ(table_.peer_count(), kMaxPeersPerTorrent);
}

TEST_F(TrackerTableTest, BoundsTheTorrents) {
    for (std::size_t i = 0; i < kMaxTorrents; ++i)
        fill(hash_number(i), 1);
    EXPECT_EQ(table_.torrent_count(), kMaxTorrents);
    auto request = leecher();
    request.port = 80;
    request.info_hash = hash_number(kMaxTorrents);
    const auto refused =
        parse_http_reply(table_.announce(request, IpAddress::v4({1, 2, 3, 4}), at(0)));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().error.message, "tracker said \"this tracker has too many torrents\"");
    EXPECT_EQ(table_.torrent_count(), kMaxTorrents);
    request.info_hash = hash_number(0);
    EXPECT_TRUE(parse_http_reply(table_.announce(request, IpAddress::v4({1, 2, 3, 4}), at(0))));
}

TEST_F(TrackerTableTest, BoundsThePeersOfAllTorrents) {
    constexpr std::size_t kEach = kMaxTrackedPeers / (kMaxTorrents - 1);
    for (std::size_t i = 0; i < kMaxTorrents - 1; ++i)
        fill(hash_number(i), kEach);
    fill(hash_number(0), kMaxTrackedPeers - table_.peer_count(), 2);
    EXPECT_EQ(table_.peer_count(), kMaxTrackedPeers);
    EXPECT_EQ(announce("9.9.9.9:80", leecher()).leechers, 0u);
    EXPECT_EQ(table_.peer_count(), kMaxTrackedPeers);
    EXPECT_EQ(table_.torrent_count(), kMaxTorrents - 1);
}

TEST_F(TrackerTableTest, HasRoomForTorrentsAgainWhenOthersHaveGone) {
    for (std::size_t i = 0; i < kMaxTorrents; ++i)
        fill(hash_number(i), 1);
    announce("2.2.2.2:80", leecher(), at(240));
    EXPECT_EQ(table_.torrent_count(), 1u);
}

TEST_F(TrackerTableTest, ScrapesWhatItHas) {
    announce("1.1.1.1:80", seed());
    announce("2.2.2.2:80", leecher());
    announce("2.2.2.2:80", seed(Event::completed));
    announce("3.3.3.3:80", leecher());
    EXPECT_EQ(scrape({hash_of('h'), hash_of('a'), hash_of('h')}),
              "d5:filesd20:hhhhhhhhhhhhhhhhhhhhd8:completei2e10:downloadedi1e10:incompletei1eeee");
}

TEST_F(TrackerTableTest, ScrapesSeveralInTheOrderOfTheirHashes) {
    for (const char name : {'b', 'a'}) {
        auto request = leecher();
        request.info_hash = hash_of(name);
        announce("1.1.1.1:80", request);
    }
    const auto text = scrape({hash_of('b'), hash_of('a')});
    EXPECT_LT(text.find("aaaa"), text.find("bbbb"));
}

TEST_F(TrackerTableTest, ScrapesNothingOfPeersThatHaveGone) {
    announce("1.1.1.1:80", seed());
    EXPECT_EQ(scrape({hash_of('h')}, at(10'000)), "d5:filesdee");
}

TEST_F(TrackerTableTest, AnswersRequestsByTheirPath) {
    const auto from = IpAddress::v4({1, 2, 3, 4});
    const auto respond = [&](std::string_view target) {
        const auto body = table_.respond(target, from, at(0));
        return body ? std::string(as_text(*body)) : "404";
    };
    EXPECT_EQ(respond("/announce?info_hash=hhhhhhhhhhhhhhhhhhhh&peer_id=pppppppppppppppppppp"
                      "&port=80&left=0&ip=9.9.9.9"),
              "d8:completei1e10:incompletei0e8:intervali120e5:peers0:6:peers60:e");
    EXPECT_EQ(announce("5.5.5.5:80", leecher()).peers, endpoints({"1.2.3.4:80"}));
    EXPECT_EQ(respond("/announce?port=80"), "d14:failure reason26:info_hash must be 20 bytese");
    EXPECT_TRUE(respond("/scrape?info_hash=hhhhhhhhhhhhhhhhhhhh").starts_with("d5:filesd20:hhh"));
    EXPECT_TRUE(respond("/scrape").starts_with("d14:failure reason"));
    EXPECT_EQ(respond("/"), "404");
    EXPECT_EQ(respond("/announcex"), "404");
    EXPECT_EQ(respond(""), "404");
}

}  // namespace
}  // namespace bt::tracker
