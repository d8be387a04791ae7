#include <gtest/gtest.h>

#include <limits>

#include "bt/core/rng.hpp"
#include "bt/tracker/http.hpp"
#include "bt/tracker/server.hpp"
#include "unit/tracker/samples.hpp"

namespace bt::tracker {
namespace {

using test::hash_of;
using test::sample_request;

const std::string kIds = "info_hash=hhhhhhhhhhhhhhhhhhhh&peer_id=pppppppppppppppppppp";
const std::string kLeast = "/announce?" + kIds + "&port=6881";

bool refuses(const std::string& target) {
    const auto request = parse_announce_query(target);
    return !request && request.error().code == Errc::protocol;
}

TEST(AnnounceQuery, ReadsWhatAClientAsks) {
    auto want = sample_request();
    want.event = Event::completed;
    want.info_hash.bytes[3] = std::byte{0};
    want.info_hash.bytes[4] = std::byte{'&'};
    want.num_want = 17;
    const auto url = text::Url::parse("http://t.example/announce?x=y").value();
    const auto got = parse_announce_query(announce_target(url, want));
    ASSERT_TRUE(got);
    EXPECT_EQ(got->info_hash, want.info_hash);
    EXPECT_EQ(got->peer_id, want.peer_id);
    EXPECT_EQ(got->port, want.port);
    EXPECT_EQ(got->uploaded, want.uploaded);
    EXPECT_EQ(got->downloaded, want.downloaded);
    EXPECT_EQ(got->left, want.left);
    EXPECT_EQ(got->event, want.event);
    EXPECT_EQ(got->key, want.key);
    EXPECT_EQ(got->num_want, want.num_want);
}

TEST(AnnounceQuery, ReadsEveryEvent) {
    EXPECT_EQ(parse_announce_query(kLeast + "&event=started")->event, Event::started);
    EXPECT_EQ(parse_announce_query(kLeast + "&event=stopped")->event, Event::stopped);
    EXPECT_EQ(parse_announce_query(kLeast + "&event=")->event, Event::none);
    EXPECT_EQ(parse_announce_query(kLeast + "&event=paused")->event, Event::none);
}

TEST(AnnounceQuery, TakesDefaultsForWhatIsAbsentOrUnreadable) {
    for (const std::string& target :
         {kLeast, kLeast + "&left=x&numwant=-1&event&=&&key=zz&left="}) {
        const auto got = parse_announce_query(target);
        ASSERT_TRUE(got);
        EXPECT_EQ(got->left, std::numeric_limits<std::uint64_t>::max());
        EXPECT_EQ(got->num_want, kDefaultAnswerPeers);
        EXPECT_EQ(got->event, Event::none);
        EXPECT_EQ(got->key, 0u);
    }
}

TEST(AnnounceQuery, RefusesABadInfoHash) {
    EXPECT_TRUE(refuses("/announce"));
    EXPECT_TRUE(refuses("/announce?"));
    EXPECT_TRUE(refuses("/announce?peer_id=pppppppppppppppppppp&port=1"));
    EXPECT_TRUE(refuses("/announce?info_hash=short&peer_id=pppppppppppppppppppp&port=1"));
    EXPECT_TRUE(
        refuses("/announce?info_hash=%zzhhhhhhhhhhhhhhhhhhh&peer_id=pppppppppppppppppppp"
                "&port=1"));
    EXPECT_TRUE(
        refuses("/announce?info_hash=hhhhhhhhhhhhhhhhhhhhh&peer_id=pppppppppppppppppppp"
                "&port=1"));
}

TEST(AnnounceQuery, RefusesABadPeerIdOrPort) {
    EXPECT_TRUE(refuses("/announce?info_hash=hhhhhhhhhhhhhhhhhhhh&port=1"));
    EXPECT_TRUE(refuses("/announce?" + kIds));
    EXPECT_TRUE(refuses("/announce?" + kIds + "&port=0"));
    EXPECT_TRUE(refuses("/announce?" + kIds + "&port=65536"));
    EXPECT_TRUE(refuses("/announce?" + kIds + "&port=-1"));
    EXPECT_TRUE(refuses("/announce?" + kIds + "&port=80x"));
    EXPECT_FALSE(refuses("/announce?" + kIds + "&port=65535"));
}

TEST(AnnounceQuery, RefusesALongTargetUnread) {
    const auto target = [](std::size_t n) {
        return kLeast + "&" + std::string(n - kLeast.size() - 1, 'x');
    };
    EXPECT_FALSE(refuses(target(kMaxTargetBytes)));
    EXPECT_TRUE(refuses(target(kMaxTargetBytes + 1)));
}

TEST(AnnounceQuery, SurvivesTruncationAndMutation) {
    constexpr std::uint64_t kSeed = 11;
    SCOPED_TRACE(kSeed);
    Rng rng(kSeed);
    const auto golden = kLeast + "&left=0&event=started&numwant=3&key=ff";
    for (std::size_t cut = 0; cut < kLeast.size() - 4; ++cut)
        EXPECT_TRUE(refuses(golden.substr(0, cut))) << cut;
    int accepted = 0;
    for (int i = 0; i < 5000; ++i) {
        auto target = golden;
        target[random_below(rng, target.size())] = static_cast<char>(rng());
        const auto got = parse_announce_query(target);
        if (!got) continue;
        ++accepted;
        ASSERT_NE(got->port, 0);
    }
    EXPECT_GT(accepted, 100);
}

TEST(ScrapeQuery, ReadsEveryInfoHash) {
    const auto got = parse_scrape_query(
        "/scrape?info_hash=xxxxxxxxxxxxxxxxxxxx&info_hash=%79yyyyyyyyyyyyyyyyyyy");
    ASSERT_TRUE(got);
    EXPECT_EQ(*got, (std::vector<InfoHash>{hash_of('x'), hash_of('y')}));
}

TEST(ScrapeQuery, RefusesNoneABadOneAndTooMany) {
    EXPECT_FALSE(parse_scrape_query("/scrape"));
    EXPECT_FALSE(parse_scrape_query("/scrape?info_hash=x"));
    const auto many = [](std::size_t n) {
        std::string out = "/scrape?";
        for (std::size_t i = 0; i < n; ++i)
            out += "info_hash=xxxxxxxxxxxxxxxxxxxx&";
        return parse_scrape_query(out).has_value();
    };
    EXPECT_TRUE(many(kMaxScrapeHashes));
    EXPECT_FALSE(many(kMaxScrapeHashes + 1));
}

}  // namespace
}  // namespace bt::tracker
