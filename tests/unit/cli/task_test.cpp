#include "cli/task.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bt::cli {
namespace {

using testing::ElementsAre;

TEST(Task, WithoutATrackerDropsItAndItsEmptyTier) {
    auto torrent = std::make_shared<metainfo::Metainfo>();
    torrent->trackers = {{"http://a.example/announce"},
                         {"http://b.example/announce", "udp://c.example:1/"}};
    const auto left = without_trackers(torrent, {"http://A.example:80/announce"});
    EXPECT_THAT(left->trackers,
                ElementsAre(ElementsAre("http://b.example/announce", "udp://c.example:1/")));
    EXPECT_TRUE(without_trackers(torrent, {"*"})->trackers.empty());
    EXPECT_EQ(without_trackers(torrent, {}), torrent);
}

}  // namespace
}  // namespace bt::cli
