#include "cli/columns.hpp"

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

TEST(Columns, PadsByColumnsNotByBytes) {
    EXPECT_EQ(pad_right("映", 4), "映  ");
    EXPECT_EQ(pad_left("é", 3), "  é");
    EXPECT_EQ(pad_left("long", 2), "long");
}

}  // namespace
}  // namespace bt::cli
