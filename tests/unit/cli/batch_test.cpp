#include "cli/batch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/cli/temporary_folder.hpp"

namespace bt::cli {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::EndsWith;

TorrentOptions options() {
    TorrentOptions out;
    out.directory = "/all";
    out.peers = {{"a", 1}};
    return out;
}

TEST(List, SourcesWithoutOptionsShareTheirSettings) {
    const test::TemporaryFolder folder;
    const auto tasks = read_list(folder.write("l", "a\nb\n dir=/b\nc\n"), options());
    ASSERT_TRUE(tasks) << tasks.error().message;
    ASSERT_EQ(tasks->size(), 3u);
    EXPECT_EQ((*tasks)[0].settings, (*tasks)[2].settings);
    EXPECT_EQ((*tasks)[0].settings->torrent.directory, "/all");
    EXPECT_EQ((*tasks)[1].settings->torrent.directory, "/b");
}

TEST(List, OptionsOfASourceBeatThoseOfAll) {
    const test::TemporaryFolder folder;
    const auto tasks = read_list(
        folder.write("l",
                     "a\n peer=b:2\n peer=c:3\n max-peers=7\n stall-timeout=5m\n seed-time=2\n"
                     " enable-x=1\n"),
        options());
    ASSERT_FALSE(tasks);
    EXPECT_THAT(tasks.error().message, EndsWith("l:7: unknown option enable-x"));
    const auto fine = read_list(
        folder.write("l",
                     "a\n peer=b:2\n peer=c:3\n max-peers=7\n bt-stop-timeout=60\n seed-time=2\n"),
        options());
    ASSERT_TRUE(fine) << fine.error().message;
    const auto& wanted = *fine->front().settings;
    EXPECT_THAT(wanted.torrent.peers, ElementsAre(HostPort{"b", 2}, HostPort{"c", 3}));
    EXPECT_EQ(wanted.torrent.max_peers, 7u);
    EXPECT_TRUE(wanted.torrent.keep_seeding);
    EXPECT_EQ(wanted.endings.stall_timeout, Duration(60s));
    EXPECT_EQ(wanted.endings.seed_time, Duration(2min));
}

TEST(List, NamesTheLineOfABadValue) {
    const test::TemporaryFolder folder;
    const auto tasks = read_list(folder.write("l", "a\n\n sync=half\n"), options());
    ASSERT_FALSE(tasks);
    EXPECT_EQ(tasks.error().code, Errc::option);
    EXPECT_THAT(tasks.error().message, EndsWith("l:3: sync: must be full or none"));
}

TEST(List, ThatIsNotThereIsNotFound) {
    const auto tasks = read_list("/nonexistent/list", options());
    ASSERT_FALSE(tasks);
    EXPECT_EQ(tasks.error().code, Errc::not_found);
}

TEST(TorrentOptions, TrackersMayBeJoinedByCommas) {
    TorrentOptions options;
    OptionParser parser({}, {});
    add_torrent_options(parser, options);
    ASSERT_FALSE(parser.set("bt-tracker", "http://a/x?y=1,2,udp://b:1,https://c/"));
    EXPECT_THAT(options.trackers, ElementsAre("http://a/x?y=1,2", "udp://b:1", "https://c/"));
    EXPECT_TRUE(parser.set("tracker", "http://a/,ftp://b/ x"));
    EXPECT_TRUE(parser.set("tracker", ""));
}

TEST(TorrentOptions, SeedAsAria2sUsersExpect) {
    const auto seeds = [](auto change) {
        TorrentOptions options;
        change(options);
        return task_settings(options)->torrent.keep_seeding;
    };
    EXPECT_FALSE(seeds([](auto&) {}));
    EXPECT_TRUE(seeds([](auto& o) { o.seed = true; }));
    EXPECT_TRUE(seeds([](auto& o) { o.seed_ratio = 2; }));
    EXPECT_TRUE(seeds([](auto& o) { o.seed_time = 1min; }));
    EXPECT_FALSE(seeds([](auto& o) {
        o.seed_ratio = 2;
        o.seed_time = Duration::zero();
    }));
    EXPECT_FALSE(seeds([](auto& o) {
        o.seed_ratio = 2;
        o.seed = false;
    }));
    TorrentOptions options;
    options.seed_ratio = 0;
    EXPECT_TRUE(task_settings(options)->torrent.keep_seeding);
    EXPECT_FALSE(task_settings(options)->endings.seed_ratio) << "0 is no bound";
}

}  // namespace
}  // namespace bt::cli
