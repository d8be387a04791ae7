#include "cli/file_choice.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bt::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

metainfo::Metainfo show() {
    metainfo::Metainfo out;
    for (const auto* path : {"Show/s1/e1.mkv", "Show/s1/e2.mkv", "Show/.pad/100", "Show/s2/e1.mkv",
                             "Show/a,b.txt", "Show/2001", "Show/Cover.JPG"}) {
        metainfo::File file;
        file.path = path;
        file.length = 100;
        file.pad = file.path.find(".pad") != std::string::npos;
        out.files.push_back(file);
    }
    return out;
}

FileChoice::List list(std::string_view text) {
    auto parsed = parse_file_list(text);
    EXPECT_TRUE(parsed) << text;
    return parsed ? std::move(*parsed) : FileChoice::List{};
}

/// The indexes, from 1.
std::vector<std::size_t> chosen(const FileChoice& choice) {
    std::vector<std::size_t> out;
    const auto files = choice.of(show());
    if (!files) return out;
    for (std::size_t i = 0; i < files->size(); ++i) {
        if ((*files)[i]) out.push_back(i + 1);
    }
    return out;
}

std::vector<std::size_t> selected(std::string_view text) {
    return chosen({{list(text)}, {}});
}

std::string refusal(std::string_view text) {
    const auto parsed = parse_file_list(text);
    if (!parsed) return parsed.error().message;
    const auto files = FileChoice{{*parsed}, {}}.of(show());
    return files ? "" : files.error().message;
}

TEST(FileChoice, TakesIndexesRangesAndGlobs) {
    EXPECT_THAT(selected("1"), ElementsAre(1));
    EXPECT_THAT(selected("1,4-6"), ElementsAre(1, 4, 5, 6));
    EXPECT_THAT(selected("*.mkv"), ElementsAre(1, 2, 4));
    EXPECT_THAT(selected("s1/*, 7"), ElementsAre(1, 2, 7));
    EXPECT_THAT(selected("*.jpg"), ElementsAre(7));
}

TEST(FileChoice, ManyListsAddUp) {
    EXPECT_THAT(chosen({{list("1"), list("*.jpg")}, {}}), ElementsAre(1, 7));
}

TEST(FileChoice, ExcludeTakesAwayFromWhatIsSelectedOrFromAll) {
    EXPECT_THAT(chosen({{list("*.mkv")}, {list("s2")}}), ElementsAre(1, 2));
    EXPECT_THAT(chosen({{}, {list("*.mkv"), list("7")}}), ElementsAre(5, 6));
}

TEST(FileChoice, PaddingIsNeverChosen) {
    EXPECT_THAT(selected("2-4"), ElementsAre(2, 4));
    EXPECT_THAT(selected("*"), ElementsAre(1, 2, 4, 5, 6, 7));
    EXPECT_THAT(refusal("3"), HasSubstr("\"3\" is only padding"));
}

TEST(FileChoice, ACommaBelongsToAGlobBehindABackslashOrInASet) {
    EXPECT_THAT(selected("a\\,b.txt"), ElementsAre(5));
    EXPECT_THAT(selected("a[,]b.txt,1"), ElementsAre(1, 5));
}

TEST(FileChoice, AGlobOfDigitsIsToldFromAnIndexByABackslash) {
    EXPECT_THAT(selected("\\2001"), ElementsAre(6));
}

TEST(FileChoice, NamesWhatIsNotInTheTorrent) {
    EXPECT_THAT(refusal("8"), HasSubstr("there is no file \"8\": the torrent has 7 files"));
    EXPECT_THAT(refusal("6-8"), HasSubstr("\"6-8\""));
    EXPECT_THAT(refusal("99999999999999999999"), HasSubstr("no index"));
    EXPECT_THAT(refusal("1,*.avi"), HasSubstr("\"*.avi\" fits no file"));
    EXPECT_THAT(refusal("0"), HasSubstr("begin at 1"));
    EXPECT_THAT(refusal("5-4"), HasSubstr("backwards"));
}

TEST(FileChoice, AnEmptyItemIsRefused) {
    for (const auto* text : {"", " ", ",", "1,", ",1", "1,,2"})
        EXPECT_THAT(refusal(text), HasSubstr("empty")) << text;
}

TEST(FileChoice, NothingLeftIsRefused) {
    const auto files = FileChoice{{list("1")}, {list("s1")}}.of(show());
    ASSERT_FALSE(files);
    EXPECT_EQ(files.error().code, Errc::option);
    EXPECT_THAT(files.error().message, HasSubstr("leaves no file"));
}

TEST(FileChoice, ALongListIsRefused) {
    std::string text = "1";
    for (std::size_t i = 1; i < kMaxChoiceItems; ++i)
        text += ",1";
    EXPECT_TRUE(parse_file_list(text));
    EXPECT_FALSE(parse_file_list(text + ",1"));
}

TEST(FileChoice, EveryBeginningOfAListIsAListOrRefused) {
    const std::string text = "1,3-5,*.m[k,v],a\\,b,[x";
    for (std::size_t length = 0; length <= text.size(); ++length) {
        const auto parsed = parse_file_list(text.substr(0, length));
        if (!parsed) {
            EXPECT_EQ(parsed.error().code, Errc::option) << length;
        } else {
            EXPECT_LE(parsed->size(), 5u) << length;
        }
    }
}

}  // namespace
}  // namespace bt::cli
