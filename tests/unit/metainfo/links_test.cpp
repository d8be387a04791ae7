#include "bt/metainfo/metainfo.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "unit/metainfo/torrent_text.hpp"

namespace bt::metainfo {
namespace {

TEST(Metainfo, ReadsTheTiersOfTrackers) {
    const auto torrent = parse_info(
        {},
        "8:announce9:http://z/13:announce-listll8:udp://a/10: http://b el1:xel9:http://c/"
        "8:udp://a/e9:http://d/e");
    ASSERT_TRUE(torrent) << torrent.error().message;
    EXPECT_EQ(torrent->trackers,
              (std::vector<Strings>{{"udp://a/", "http://b"}, {"http://c/"}, {"http://d/"}}));
}

TEST(Metainfo, AnnounceIsUsedWhenNoTierCanBe) {
    const auto torrent = parse_info({}, "8:announce9:http://z/13:announce-listll8:ftp://a/ei5ee");
    ASSERT_TRUE(torrent);
    EXPECT_EQ(torrent->trackers, std::vector<Strings>{Strings{"http://z/"}});
}

TEST(Metainfo, LeavesOutTrackersThatCannotBeUsed) {
    for (const std::string url :
         {"", " ", "ftp://h/", "file:///etc/passwd", "javascript:alert(1)", "http://",
          "http://h:0/", "http://h:70000/", "http://a b/", "wss://h/"}) {
        SCOPED_TRACE(url);
        const auto torrent = parse_info({}, "8:announce" + str(url));
        ASSERT_TRUE(torrent);
        EXPECT_TRUE(torrent->trackers.empty());
    }
    EXPECT_TRUE(parse_info({}, "8:announcei5e")->trackers.empty());
    EXPECT_TRUE(parse_info({}, "8:announce" + str("http://h/" + std::string(65536, 'x')))
                    ->trackers.empty());
}

TEST(Metainfo, LimitsTheTrackers) {
    std::string tiers = "13:announce-listl";
    for (int i = 0; i < 100'000; ++i)
        tiers += "l" + str("http://t" + std::to_string(i) + "/") + "e";
    const auto torrent = parse_info({}, tiers + "e");
    ASSERT_TRUE(torrent);
    EXPECT_EQ(torrent->trackers.size(), kMaxTrackers);
}

TEST(Metainfo, ReadsWebSeeds) {
    EXPECT_EQ(parse_info({}, "8:url-list10:http://h/ ")->web_seeds, Strings{"http://h/"});
    const auto torrent = parse_info(
        {},
        "8:url-listl14:http://h/a b/ci-20e0:8:ftp://h/8:udp://h/14:http://h/a b/c10:https://h/e");
    ASSERT_TRUE(torrent) << torrent.error().message;
    EXPECT_EQ(torrent->web_seeds, (Strings{"http://h/a%20b/c", "https://h/"}));
    std::string many = "8:url-listl";
    for (int i = 0; i < 1000; ++i)
        many += str("http://h/" + std::to_string(i));
    EXPECT_EQ(parse_info({}, many + "e")->web_seeds.size(), kMaxWebSeeds);
}

TEST(Metainfo, ReadsNodes) {
    const auto torrent = parse_info(
        {},
        "5:nodesll9:127.0.0.1i6881eel3:::1i1eel6:a.teldi80eel1:hi0eel1:hi65536eel1:hel3:a/bi1ee"
        "l4:a:80i1eei5eli1e1:hel1:h1:1ee");
    ASSERT_TRUE(torrent) << torrent.error().message;
    using Node = std::pair<std::string, std::uint16_t>;
    EXPECT_EQ(torrent->nodes, (std::vector<Node>{{"127.0.0.1", 6881}, {"::1", 1}, {"a.teld", 80}}));
    std::string many = "5:nodesl";
    for (int i = 0; i < 1000; ++i)
        many += "l1:hi1ee";
    EXPECT_EQ(parse_info({}, many + "e")->nodes.size(), kMaxNodes);
}

}  // namespace
}  // namespace bt::metainfo
