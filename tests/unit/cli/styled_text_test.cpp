#include "cli/styled_text.hpp"

#include <gtest/gtest.h>

namespace bt::cli {
namespace {

TEST(StyledText, IsWrittenWithoutEscapesWhenColourIsOff) {
    const auto line = StyledText("a").append("b", Style::good);
    EXPECT_EQ(line.to_terminal(false), "ab");
    EXPECT_EQ(line.to_terminal(true), "a\x1b[32mb\x1b[0m");
}

TEST(StyledText, IsMeasuredWithoutItsEscapes) {
    EXPECT_EQ(StyledText("映", Style::bad).append("x").columns(), 3u);
}

TEST(StyledText, IsCutWithItsStyles) {
    const auto line = StyledText("abc", Style::good).append("def", Style::bad);
    EXPECT_EQ(line.fit(6).to_terminal(true), "\x1b[32mabc\x1b[0m\x1b[31mdef\x1b[0m");
    EXPECT_EQ(line.fit(5).to_terminal(true), "\x1b[32mabc\x1b[0m\x1b[31md…\x1b[0m");
    EXPECT_EQ(line.fit(3).text(), "ab…");
    EXPECT_EQ(line.fit(0).to_terminal(true), "");
}

TEST(StyledText, IsPaddedByColumns) {
    EXPECT_EQ(StyledText("映", Style::good).pad(4).to_terminal(true), "\x1b[32m映\x1b[0m  ");
    EXPECT_EQ(StyledText("abc").pad(2).text(), "abc");
}

}  // namespace
}  // namespace bt::cli
