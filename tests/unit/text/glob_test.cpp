#include "bt/text/glob.hpp"

#include <gtest/gtest.h>

#include <string>

namespace bt::text {
namespace {

bool matches(std::string_view pattern, std::string_view path) {
    return Glob(pattern).matches(path);
}

TEST(Glob, FitsTheNameOfAFileInAnyFolder) {
    EXPECT_TRUE(matches("*.mkv", "e1.mkv"));
    EXPECT_TRUE(matches("*.mkv", "Show/Season 1/e1.mkv"));
    EXPECT_TRUE(matches("e1.mkv", "Show/Season 1/e1.mkv"));
    EXPECT_FALSE(matches("*.mkv", "Show/e1.mkv.txt"));
    EXPECT_FALSE(matches("1.mkv", "Show/e1.mkv"));
}

TEST(Glob, FitsWhatIsLeftOfAPathWithoutItsFirstParts) {
    EXPECT_TRUE(matches("Season 1/*", "Show/Season 1/e1.mkv"));
    EXPECT_TRUE(matches("Season 1/*", "Show/Season 1/extras/x.srt"));
    EXPECT_TRUE(matches("Show/*/e1.mkv", "Show/Season 1/e1.mkv"));
    EXPECT_FALSE(matches("Season 1/*", "Show/My Season 1/e1.mkv"));
    EXPECT_FALSE(matches("Season 1/*", "Show/Season 10/e1.mkv"));
}

TEST(Glob, FitsAllThatLiesInAFolderThatItFits) {
    EXPECT_TRUE(matches("Season ?", "Show/Season 1/e1.mkv"));
    EXPECT_TRUE(matches("Season 1/", "Show/Season 1/e1.mkv"));
    EXPECT_TRUE(matches("show", "Show/Season 1/e1.mkv"));
    EXPECT_FALSE(matches("Season", "Show/Season 1/e1.mkv"));
}

TEST(Glob, TakesOneOfASet) {
    EXPECT_TRUE(matches("e[1-3].mkv", "e2.mkv"));
    EXPECT_FALSE(matches("e[1-3].mkv", "e4.mkv"));
    EXPECT_TRUE(matches("e[!1-3].mkv", "e4.mkv"));
    EXPECT_FALSE(matches("e[^1-3].mkv", "e1.mkv"));
    EXPECT_TRUE(matches("[]x]", "]"));
    EXPECT_TRUE(matches("[a-]", "-"));
    EXPECT_TRUE(matches("[\\]]", "]"));
}

TEST(Glob, TakesASetWithoutAnEndAsItStands) {
    EXPECT_TRUE(matches("a[b", "a[b"));
    EXPECT_TRUE(matches("a[", "a["));
    EXPECT_TRUE(matches("a[]", "a[]"));
}

TEST(Glob, TakesTheCharacterBehindABackslashAsItStands) {
    EXPECT_TRUE(matches("\\*", "*"));
    EXPECT_FALSE(matches("\\*", "x"));
    EXPECT_TRUE(matches("\\[1080p\\]", "[1080p]"));
    EXPECT_TRUE(matches("a\\", "a\\"));
}

TEST(Glob, IgnoresCaseUnlessItHasACapital) {
    EXPECT_TRUE(matches("*.mkv", "FILM.MKV"));
    EXPECT_TRUE(matches("[a-c]", "B"));
    EXPECT_FALSE(matches("*.MKV", "film.mkv"));
    EXPECT_FALSE(matches("[A-C]", "b"));
}

TEST(Glob, CountsCharactersNotBytes) {
    EXPECT_TRUE(matches("?", "ü"));
    EXPECT_TRUE(matches("gr??e", "grüße"));
    EXPECT_TRUE(matches("[ä-ü]", "ö"));
    EXPECT_FALSE(matches("??", "ü"));
}

TEST(Glob, AnEmptyPatternFitsNoFile) {
    EXPECT_FALSE(matches("", "a"));
    EXPECT_TRUE(matches("*", "a"));
    EXPECT_TRUE(matches("**", "a/b"));
}

TEST(Glob, AHostilePatternTakesNoLongerThanItsLength) {
    std::string pattern;
    for (int i = 0; i < 500; ++i)
        pattern += "*a";
    // Backtracking would not come to an end.
    EXPECT_FALSE(matches(pattern + "b", std::string(3000, 'a')));
    EXPECT_TRUE(matches(pattern, std::string(3000, 'a')));
}

TEST(Glob, TakesEveryBeginningOfAPattern) {
    const std::string pattern = "S*[!a-z]?\\[ü[]x";
    for (std::size_t length = 0; length <= pattern.size(); ++length)
        EXPECT_FALSE(matches(pattern.substr(0, length), "q/\xff\xfe")) << length;
}

}  // namespace
}  // namespace bt::text
