#include "bt/text/escape.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "bt/text/utf8.hpp"

namespace bt::text {
namespace {

using namespace std::string_view_literals;

TEST(Escape, KeepsValidText) {
    EXPECT_EQ(escape(""), "");
    EXPECT_EQ(escape("plain name (2).mkv"), "plain name (2).mkv");
    EXPECT_EQ(escape("na\xc3\xafve \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x8e\xb5"),
              "na\xc3\xafve \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x8e\xb5");
    EXPECT_EQ(escape("a\\b\"c"), "a\\b\"c");
}

TEST(Escape, WritesOutWhatATerminalWouldActOn) {
    EXPECT_EQ(escape("a\x1b[2J\r\n\t\x7f"), "a\\x1b[2J\\x0d\\x0a\\x09\\x7f");
    EXPECT_EQ(escape("\0"sv), "\\x00");
    EXPECT_EQ(escape("\xc2\x9b"), "\\x9b");  // C1: a one-character CSI
    EXPECT_EQ(escape("\xe2\x80\xae"
                     "a"),
              "\\u202ea");                                 // right-to-left override
    EXPECT_EQ(escape("\xe2\x80\x8b"), "\\u200b");          // zero width space
    EXPECT_EQ(escape("\xe2\x80\xa8"), "\\u2028");          // line separator
    EXPECT_EQ(escape("\xef\xbb\xbf"), "\\ufeff");          // byte order mark
    EXPECT_EQ(escape("\xf3\xa0\x81\x81"), "\\U000e0041");  // tag letter
}

TEST(Escape, WritesOutWhatIsNotUtf8) {
    EXPECT_EQ(escape("\xff"), "\\xff");
    EXPECT_EQ(escape("\xc0\xae"), "\\xc0\\xae");
    EXPECT_EQ(escape("\xe2\x82"
                     "x"),
              "\\xe2\\x82x");
    EXPECT_EQ(escape("\xed\xa0\x80"), "\\xed\\xa0\\x80");
}

TEST(Escape, CutsBetweenCharacters) {
    EXPECT_EQ(escape("abcdef", 6), "abcdef");
    EXPECT_EQ(escape("abcdefg", 6), "abc...");
    EXPECT_EQ(escape("\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", 6), "\xc3\xa9...");
    EXPECT_EQ(escape("\x01\x02\x03", 8), "\\x01...");
    EXPECT_EQ(escape("\x01\x02", 8), "\\x01\\x02");
    EXPECT_EQ(escape("abcdef", 2), "..");
    EXPECT_EQ(escape("abcdef", 0), "");
    EXPECT_EQ(escape(std::string(10'000'000, '\x1b')).size(), 199u);
}

bool is_valid_json_string(std::string_view text) {
    if (text.size() < 2 || text.front() != '"' || text.back() != '"') return false;
    text = text.substr(1, text.size() - 2);
    if (!is_utf8(text)) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (static_cast<unsigned char>(text[i]) < 0x20 || text[i] == '"') return false;
        if (text[i] != '\\') continue;
        ++i;
        if (i == text.size()) return false;
        if (text[i] == 'u') {
            if (text.size() - i <= 4) return false;
            if (text.substr(i + 1, 4).find_first_not_of("0123456789abcdef") != text.npos)
                return false;
        } else if (text[i] != '"' && text[i] != '\\') {
            return false;
        }
    }
    return true;
}

TEST(Escape, IsSafeAndIdempotentForAnyBytes) {
    const auto seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    for (int round = 0; round < 20'000; ++round) {
        std::string text(random() % 24, '\0');
        for (char& c : text)
            c = static_cast<char>(random() % 2 ? random() : 0x80 + random() % 0x80);
        const auto max = random() % 40;
        const auto shown = escape(text, max);
        EXPECT_LE(shown.size(), max);
        EXPECT_TRUE(is_utf8(shown));
        EXPECT_EQ(escape(shown, max), shown);
        EXPECT_TRUE(is_valid_json_string(json_string(text)));
    }
}

TEST(JsonString, QuotesAndEscapes) {
    EXPECT_EQ(json_string(""), "\"\"");
    EXPECT_EQ(json_string("a\"b\\c/"), "\"a\\\"b\\\\c/\"");
    EXPECT_EQ(json_string("\n\x1b\x7f\0"sv), "\"\\u000a\\u001b\\u007f\\u0000\"");
    EXPECT_EQ(json_string("\xc3\xa9\xc2\x85\xe2\x80\xae"), "\"\xc3\xa9\\u0085\\u202e\"");
    EXPECT_EQ(json_string("\xf3\xa0\x81\x81"), "\"\\udb40\\udc41\"");
    EXPECT_EQ(json_string("a\xff"
                          "b"),
              "\"a\\ufffdb\"");
}

TEST(Utf8, DecodesAtTheEdgesOfEachLength) {
    const std::pair<std::string_view, char32_t> cases[] = {
        {"\0"sv, 0},
        {"\x7f", 0x7f},
        {"\xc2\x80", 0x80},
        {"\xdf\xbf", 0x7ff},
        {"\xe0\xa0\x80", 0x800},
        {"\xed\x9f\xbf", 0xd7ff},
        {"\xee\x80\x80", 0xe000},
        {"\xef\xbf\xbf", 0xffff},
        {"\xf0\x90\x80\x80", 0x10000},
        {"\xf4\x8f\xbf\xbf", 0x10ffff},
    };
    for (const auto& [text, value] : cases) {
        const auto step = decode_utf8(text);
        EXPECT_TRUE(step.valid) << text;
        EXPECT_EQ(step.value, value);
        EXPECT_EQ(step.length, text.size());
    }
}

TEST(Utf8, ABadSequenceIsOneStep) {
    const std::pair<std::string_view, std::size_t> cases[] = {
        {"\x80\x80", 1},                  // nothing to continue
        {"\xc0\xae", 2},                  // overlong '.'
        {"\xe0\x80\xae", 3},              // overlong
        {"\xf0\x80\x80\xaf", 4},          // overlong
        {"\xed\xa0\x80", 3},              // surrogate
        {"\xf4\x90\x80\x80", 4},          // past U+10FFFF
        {"\xf8\x88\x80\x80\x80", 5},      // five bytes
        {"\xfc\x84\x80\x80\x80\x80", 6},  // six bytes
        {"\xfe\x80", 1},
        {"\xff\x80", 1},
        {"\xe2\x82", 2},  // cut off
        {"\xe2/", 1},     // never takes what is not its own
    };
    for (const auto& [text, length] : cases) {
        const auto step = decode_utf8(text);
        EXPECT_FALSE(step.valid) << text;
        EXPECT_EQ(step.length, length) << text;
    }
}

TEST(Utf8, APrefixEndsBetweenCharacters) {
    EXPECT_EQ(utf8_prefix("a\xc3\xa9", 3), "a\xc3\xa9");
    EXPECT_EQ(utf8_prefix("a\xc3\xa9", 2), "a");
    EXPECT_EQ(utf8_prefix("\xe6\x97\xa5", 2), "");
    EXPECT_EQ(utf8_prefix("", 0), "");
}

}  // namespace
}  // namespace bt::text
