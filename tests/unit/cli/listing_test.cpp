#include "cli/listing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/cli/json_check.hpp"
#include "unit/cli/temporary_folder.hpp"

namespace bt::cli {
namespace {

using testing::HasSubstr;

std::shared_ptr<metainfo::Metainfo> album() {
    auto out = std::make_shared<metainfo::Metainfo>();
    out->name = "album";
    out->layout = metainfo::PieceLayout(16384, 100'000);
    out->files = {{"album/a", 30'000, 0, false},
                  {"album/p", 10'000, 30'000, true},
                  {"album/\x1b", 60'000, 40'000, false}};
    return out;
}

session::TorrentSettings settings(const std::filesystem::path& directory) {
    session::TorrentSettings out;
    out.metainfo = album();
    out.directory = directory;
    return out;
}

TEST(FileList, HasALineForEachFileButPads) {
    EXPECT_EQ(file_list(*album(), {}), "1  29.3 KiB  album/a\n3  58.6 KiB  album/\\x1b\n");
}

TEST(FileList, MarksWhatIsWantedIfNotAllIs) {
    EXPECT_EQ(file_list(*album(), {false, false, true}),
              "  1  29.3 KiB  album/a\n* 3  58.6 KiB  album/\\x1b\n");
    EXPECT_EQ(file_list(*album(), {true, true, true}), file_list(*album(), {}));
}

TEST(Forecast, OfAFolderThatIsNotThereLooksAboveIt) {
    const test::TemporaryFolder folder;
    const auto forecast = look_ahead(settings(folder.path() / "not" / "there"));
    ASSERT_TRUE(forecast) << forecast.error().message;
    EXPECT_EQ(forecast->length, 90'000u);
    EXPECT_EQ(forecast->on_disk, 0u);
    EXPECT_GT(forecast->free, 0u);
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "not"));
}

TEST(Forecast, CountsWhatIsThereOfWhatIsWanted) {
    const test::TemporaryFolder folder;
    folder.write("album/a", std::string(30'000, 'a'));
    auto some = settings(folder.path());
    EXPECT_EQ(look_ahead(some)->to_fetch(), 60'000u);
    some.selection = {false, false, true};
    EXPECT_EQ(look_ahead(some)->to_fetch(), 60'000u);
    some.selection = {true, false, false};
    EXPECT_EQ(look_ahead(some)->to_fetch(), 0u);
}

TEST(Forecast, FitsIfThereIsRoomForTheRest) {
    EXPECT_TRUE((Forecast{"/", 100, 40, 60}.fits()));
    EXPECT_FALSE((Forecast{"/", 100, 40, 59}.fits()));
}

TEST(Forecast, IsTextAndJson) {
    auto some = settings("/data");
    some.selection = {true, true, false};
    const Forecast forecast{"/data", 30'000, 0, 1 << 20};
    const auto text = forecast_text(some, forecast);
    EXPECT_THAT(text, HasSubstr("album: 1 of 2 files\n"));
    EXPECT_THAT(text, HasSubstr("to fetch  29.3 KiB (30000 bytes)\n"));
    EXPECT_THAT(text, HasSubstr("free      1.0 MiB in '/data'\n"));
    const auto json = forecast_json("\xff.torrent", some, forecast);
    EXPECT_THAT(test::json_keys(json),
                testing::ElementsAre("source", "info_hash", "name", "path", "length", "on_disk",
                                     "to_fetch", "free", "fits", "files"));
    EXPECT_THAT(json,
                HasSubstr(R"({"index":3,"path":"album/\u001b","length":60000,"selected":false})"));
}

}  // namespace
}  // namespace bt::cli
