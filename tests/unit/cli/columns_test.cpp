#include "cli/columns.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bt::cli {
namespace {

TEST(Columns, CountsWideCharactersTwice) {
    EXPECT_EQ(columns("abc"), 3u);
    EXPECT_EQ(columns("äöü"), 3u);
    EXPECT_EQ(columns("映画"), 4u);
    EXPECT_EQ(columns("한국"), 4u);
    EXPECT_EQ(columns("🎬"), 2u);
    EXPECT_EQ(columns("↓…"), 2u);
}

TEST(Columns, CountsCombiningMarksNot) {
    EXPECT_EQ(columns("e\u0301"), 1u);
    EXPECT_EQ(columns("\u05e9\u05c1"), 1u);        // Hebrew, with a point
    EXPECT_EQ(columns("\u0e01\u0e35\u0e49"), 1u);  // Thai, with a vowel and a tone above
    EXPECT_EQ(columns("\u2764\ufe0f"), 1u);
}

TEST(Columns, CountsIdeographsThatAreNotAssignedYetTwice) {
    EXPECT_EQ(columns("\U0003fffd"), 2u);
}

TEST(Columns, FittingTextIsLeftAlone) {
    EXPECT_EQ(fit("abc", 3), "abc");
    EXPECT_EQ(fit("", 0), "");
}

TEST(Columns, CutTextEndsInAnEllipsis) {
    EXPECT_EQ(fit("abcdef", 4), "abc…");
    EXPECT_EQ(fit("abcdef", 1), "…");
    EXPECT_EQ(fit("abcdef", 0), "");
}

TEST(Columns, AWideCharacterIsNotCutInHalf) {
    EXPECT_EQ(fit("映画館", 4), "映…");
    EXPECT_EQ(fit("映画館", 5), "映画…");
}

TEST(Columns, ANameIsCutInTheMiddle) {
    EXPECT_EQ(fit_middle("some.show.s01e05.mkv", 20), "some.show.s01e05.mkv");
    EXPECT_EQ(fit_middle("some.show.s01e05.mkv", 16), "some.show…05.mkv");
    EXPECT_EQ(fit_middle("some.show.s01e05.mkv", 5), "some…");
}

TEST(Columns, TheEndOfACutNameBeginsWithNoCombiningMark) {
    EXPECT_EQ(fit_middle("0123456789e\u0301xx", 8), "01234…xx");
    EXPECT_EQ(fit_middle("0123456789e\u0301xx", 10), "012345…e\u0301xx");
}

TEST(Columns, PadsByColumnsNotByBytes) {
    EXPECT_EQ(pad_right("映", 4), "映  ");
    EXPECT_EQ(pad_left("é", 3), "  é");
    EXPECT_EQ(pad_left("long", 2), "long");
}

TEST(Wrap, BreaksBetweenWords) {
    EXPECT_THAT(wrap("one two three", 7), testing::ElementsAre("one two", "three"));
    EXPECT_THAT(wrap("one two three", 8), testing::ElementsAre("one two", "three"));
    EXPECT_THAT(wrap("one two", 80), testing::ElementsAre("one two"));
    EXPECT_THAT(wrap("", 5), testing::ElementsAre(""));
}

TEST(Wrap, BreaksAWordThatIsLongerThanALine) {
    EXPECT_THAT(wrap("abcdefgh ij", 3), testing::ElementsAre("abc", "def", "gh", "ij"));
}

TEST(Wrap, KeepsToEveryWidth) {
    for (std::size_t width = 0; width < 30; ++width) {
        for (const auto& line : wrap("映画 of a long name, 3 complete (1 no peer)", width))
            EXPECT_LE(columns(line), width) << line;
    }
}

}  // namespace
}  // namespace bt::cli
