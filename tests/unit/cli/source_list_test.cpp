#include "cli/source_list.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bt::cli {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string error_of(const std::string& text) {
    const auto list = parse_source_list(text, "l");
    EXPECT_FALSE(list) << text;
    if (list) return {};
    EXPECT_EQ(list.error().code, Errc::option);
    return list.error().message;
}

TEST(SourceList, HasOneSourceALine) {
    const auto list =
        parse_source_list("a.torrent\nmagnet:?xt=x&dn=y\n\n# no\n b=c\nlast one", "l");
    ASSERT_TRUE(list) << list.error().message;
    ASSERT_EQ(list->size(), 3u);
    EXPECT_EQ((*list)[0].source, "a.torrent");
    EXPECT_EQ((*list)[1].source, "magnet:?xt=x&dn=y");
    EXPECT_EQ((*list)[2].source, "last one");
    EXPECT_EQ((*list)[2].line, 6u);
}

TEST(SourceList, IndentedLinesAreOptionsOfTheSourceAbove) {
    const auto list = parse_source_list("a\n  dir = /x y/ \n\tout=b=c\n--no\n --seed=true\n", "l");
    ASSERT_TRUE(list) << list.error().message;
    ASSERT_EQ(list->size(), 2u);
    ASSERT_EQ((*list)[0].settings.size(), 2u);
    EXPECT_EQ((*list)[0].settings[0].name, "dir");
    EXPECT_EQ((*list)[0].settings[0].value, "/x y/");
    EXPECT_EQ((*list)[0].settings[1].value, "b=c");
    EXPECT_EQ((*list)[0].settings[1].line, 3u);
    EXPECT_EQ((*list)[1].settings[0].name, "seed");
}

TEST(SourceList, TakesWhatEditorsOnWindowsWrite) {
    const auto list = parse_source_list(
        "\xef\xbb\xbf"
        "a\r\n dir=x\r\n\r\n# c\r\nb\r\n",
        "l");
    ASSERT_TRUE(list) << list.error().message;
    ASSERT_EQ(list->size(), 2u);
    EXPECT_EQ((*list)[0].source, "a");
    EXPECT_EQ((*list)[0].settings[0].value, "x");
    EXPECT_EQ((*list)[1].source, "b");
}

TEST(SourceList, SkipsIndentedCommentsAndBlanks) {
    const auto list = parse_source_list("a\n   \n  # dir=x\n dir=y\n", "l");
    ASSERT_TRUE(list);
    ASSERT_EQ((*list)[0].settings.size(), 1u);
}

TEST(SourceList, WithoutASourceIsAnError) {
    EXPECT_EQ(error_of(""), "l: holds no source");
    EXPECT_EQ(error_of("# a\n\n  \n"), "l: holds no source");
}

TEST(SourceList, NamesTheLineThatIsWrong) {
    EXPECT_THAT(error_of("\n dir=x\n"), StartsWith("l:2: an indented line"));
    EXPECT_EQ(error_of("a\n dir\n"), "l:2: \"dir\" is not name=value");
    EXPECT_EQ(error_of("a\n =x\n"), "l:2: \"=x\" is not name=value");
    EXPECT_THAT(error_of("a\nb\tc\n"), StartsWith("l:2: several addresses"));
    EXPECT_THAT(error_of(std::string("a\nb\0c\n", 6)), StartsWith("l:2: a NUL"));
}

TEST(SourceList, IsBoundedInItsLines) {
    const std::string line(kMaxLineBytes, 'x');
    EXPECT_TRUE(parse_source_list(line, "l"));
    EXPECT_THAT(error_of(line + "x"), StartsWith("l:1: longer than"));
    EXPECT_THAT(error_of("a\n#" + line), StartsWith("l:2: longer than"));
}

TEST(SourceList, IsBoundedInItsSources) {
    std::string text;
    for (std::size_t i = 0; i < kMaxListedSources; ++i)
        text += "a\n";
    EXPECT_TRUE(parse_source_list(text, "l"));
    EXPECT_THAT(error_of(text + "a\n"), HasSubstr("more than 100000 sources"));
}

TEST(SourceList, IsBoundedInItsOptions) {
    std::string text = "a\n";
    for (std::size_t i = 0; i < kMaxSettings; ++i)
        text += " a=b\n";
    EXPECT_TRUE(parse_source_list(text, "l"));
    EXPECT_THAT(error_of(text + " a=b\n"), HasSubstr("more than 100000 options"));
}

TEST(SourceList, EveryBeginningOfAListIsAListOrAnErrorInOneLine) {
    const std::string text = "\xef\xbb\xbf# c\na.torrent\n dir=x\r\n\tpeer=a:1\n\nb\tc\n=\n";
    for (std::size_t size = 0; size <= text.size(); ++size) {
        const auto list = parse_source_list(text.substr(0, size), "l");
        if (list) {
            EXPECT_FALSE(list->empty());
        } else {
            EXPECT_THAT(list.error().message, StartsWith("l:"));
            EXPECT_EQ(list.error().message.find('\n'), std::string::npos);
        }
    }
}

TEST(Settings, AreOneALine) {
    const auto settings = parse_settings("# bt\nmax-peers = 50\n\n  seed=false\n--dir=/x\n", "c");
    ASSERT_TRUE(settings) << settings.error().message;
    ASSERT_EQ(settings->size(), 3u);
    EXPECT_EQ((*settings)[0].name, "max-peers");
    EXPECT_EQ((*settings)[0].value, "50");
    EXPECT_EQ((*settings)[0].line, 2u);
    EXPECT_EQ((*settings)[1].name, "seed");
    EXPECT_EQ((*settings)[2].name, "dir");
    EXPECT_TRUE(parse_settings("", "c"));
}

TEST(Settings, ThatAreNoneAreNamed) {
    const auto settings = parse_settings("a=b\nseed\n", "c");
    ASSERT_FALSE(settings);
    EXPECT_EQ(settings.error().message, "c:2: \"seed\" is not name=value");
}

}  // namespace
}  // namespace bt::cli
