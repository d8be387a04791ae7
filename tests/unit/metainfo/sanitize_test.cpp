#include "bt/metainfo/sanitize.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>
#include <vector>

#include "bt/text/utf8.hpp"

namespace bt::metainfo {
namespace {

using namespace std::string_view_literals;

std::string repeated(std::string_view text, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i)
        out += text;
    return out;
}

std::string path(std::vector<std::string_view> elements) {
    return sanitize_path(elements);
}

TEST(SanitizeName, KeepsOrdinaryNames) {
    for (const auto* name : {"file.txt", "a b (2).mkv", ".hidden", "..x", "x..", "...", "-rf", "_",
                             "caf\xc3\xa9", "\xe6\x97\xa5\xe6\x9c\xac", "\xf0\x9f\x8e\xb5.mp3"})
        EXPECT_EQ(sanitize_name(name), name);
}

TEST(SanitizeName, ReplacesWhatLeavesTheFolder) {
    EXPECT_EQ(sanitize_name(".."), "_");
    EXPECT_EQ(sanitize_name("."), "_");
    EXPECT_EQ(sanitize_name("../"), "_");
    EXPECT_EQ(sanitize_name("/etc"), "etc");
    EXPECT_EQ(sanitize_name("a/../../b"), "a_.._.._b");
    EXPECT_EQ(sanitize_name("..\\..\\x"), ".._.._x");
    EXPECT_EQ(sanitize_name("\\\\host\\share\\"), "host_share");
    EXPECT_EQ(sanitize_name(".\xe2\x80\x8b."), "_");  // ".." once the invisible has gone
    EXPECT_EQ(sanitize_name("\xe2\x80\x8b/x"), "_x");
}

TEST(SanitizeName, IsEmptyWhenNothingIsLeft) {
    EXPECT_EQ(sanitize_name(""), "");
    EXPECT_EQ(sanitize_name("///"), "");
    EXPECT_EQ(sanitize_name("\\/"), "");
    EXPECT_EQ(sanitize_name("\xe2\x80\xae\xef\xbb\xbf"), "");
}

TEST(SanitizeName, ReplacesControlCharacters) {
    EXPECT_EQ(sanitize_name("a\x1b[2Jb\r\n\x7f"), "a_[2Jb___");
    EXPECT_EQ(sanitize_name("a\0b"sv), "a_b");
    EXPECT_EQ(sanitize_name("a\xc2\x9b"
                            "b"),
              "a_b");
}

TEST(SanitizeName, DropsBidirectionalAndInvisibleCharacters) {
    EXPECT_EQ(sanitize_name("gpj.\xe2\x80\xae"
                            "exe"),
              "gpj.exe");
    EXPECT_EQ(sanitize_name("\xe2\x81\xa6x\xe2\x81\xa9\xd8\x9c\xe2\x80\x8d"), "x");
}

TEST(SanitizeName, ReplacesEachSequenceThatIsNotUtf8) {
    EXPECT_EQ(sanitize_name("\xc0\xae\xc0\xae"), "__");
    EXPECT_EQ(sanitize_name("a\xff\xfe"
                            "b"),
              "a__b");
    EXPECT_EQ(sanitize_name("\xf8\x88\x80\x80\x80x"), "_x");
    EXPECT_EQ(sanitize_name("\xe2\x82"), "_");
    EXPECT_EQ(sanitize_name("\xe2/b"), "__b");
}

TEST(SanitizeName, CutsLongNamesBeforeTheExtension) {
    const auto longest = std::string(251, 'x') + ".mkv";
    EXPECT_EQ(sanitize_name(longest), longest);
    EXPECT_EQ(sanitize_name("y" + longest), "y" + std::string(250, 'x') + ".mkv");
    EXPECT_EQ(sanitize_name(std::string(300, 'x')), std::string(255, 'x'));
    // 83 characters of 3 bytes and the extension; an 84th would be cut in two.
    EXPECT_EQ(sanitize_name(repeated("\xe6\x97\xa5", 255) + ".mp3"),
              repeated("\xe6\x97\xa5", 83) + ".mp3");
    // What follows a late dot is no extension when it is very long.
    EXPECT_EQ(sanitize_name("a." + std::string(300, 'x')), "a." + std::string(253, 'x'));
}

TEST(SanitizePath, JoinsItsElements) {
    EXPECT_EQ(path({"a", "b", "c.txt"}), "a/b/c.txt");
    EXPECT_EQ(path({"a", "", "/", "c.txt"}), "a/c.txt");
    EXPECT_EQ(path({"..", "..", "etc", "passwd"}), "_/_/etc/passwd");
    EXPECT_EQ(path({"/etc/passwd"}), "etc_passwd");
    EXPECT_EQ(path({"", ""}), "");
    EXPECT_EQ(path({}), "");
}

TEST(SanitizePath, LeavesOutFoldersThatMakeItTooLong) {
    const auto element = std::string(255, 'd');
    std::vector<std::string_view> elements(100, element);
    elements.push_back("file.txt");
    const auto joined = sanitize_path(elements);
    EXPECT_LE(joined.size(), kMaxPathBytes);
    EXPECT_GT(joined.size(), kMaxPathBytes - 2 * 256);
    EXPECT_TRUE(joined.ends_with("d/file.txt"));
}

TEST(PathClaims, LeavesPathsThatAreFree) {
    PathClaims claims;
    EXPECT_EQ(claims.claim("t/a"), "t/a");
    EXPECT_EQ(claims.claim("t/b/a"), "t/b/a");
    EXPECT_EQ(claims.claim("t/b/c"), "t/b/c");
}

TEST(PathClaims, NumbersEqualPathsBeforeTheExtension) {
    PathClaims claims;
    EXPECT_EQ(claims.claim("t/a.txt"), "t/a.txt");
    EXPECT_EQ(claims.claim("t/a.txt"), "t/a.1.txt");
    EXPECT_EQ(claims.claim("t/a.txt"), "t/a.2.txt");
    EXPECT_EQ(claims.claim("t/README"), "t/README");
    EXPECT_EQ(claims.claim("t/README"), "t/README.1");
    EXPECT_EQ(claims.claim("t/.x"), "t/.x");
    EXPECT_EQ(claims.claim("t/.x"), "t/.x.1");
}

TEST(PathClaims, PassesOverNamesThatAreTaken) {
    PathClaims claims;
    EXPECT_EQ(claims.claim("t/a.1"), "t/a.1");
    EXPECT_EQ(claims.claim("t/a"), "t/a");
    EXPECT_EQ(claims.claim("t/a"), "t/a.2");
    EXPECT_EQ(claims.claim("t/a.2"), "t/a.1.2");
}

TEST(PathClaims, AFileDoesNotTakeTheNameOfAFolder) {
    PathClaims claims;
    EXPECT_EQ(claims.claim("t/a/b"), "t/a/b");
    EXPECT_EQ(claims.claim("t/a"), "t/a.1");
    EXPECT_EQ(claims.claim("t"), "t.1");
}

TEST(PathClaims, AFolderDoesNotTakeTheNameOfAFile) {
    PathClaims claims;
    EXPECT_EQ(claims.claim("t/a"), "t/a");
    EXPECT_EQ(claims.claim("t/a/b"), "t/a.1/b");
    EXPECT_EQ(claims.claim("t/a/c"), "t/a.1/c");
    EXPECT_EQ(claims.claim("t/a/c"), "t/a.1/c.1");
    EXPECT_EQ(claims.claim("t/a.1"), "t/a.1.1");
    EXPECT_EQ(claims.claim("t/a/c/d"), "t/a.1/c.2/d");
}

TEST(PathClaims, NamesOfFullLengthStayWithinTheLimit) {
    PathClaims claims;
    const auto name = std::string(251, 'x') + ".mkv";
    EXPECT_EQ(claims.claim(name), name);
    const auto second = claims.claim(name);
    EXPECT_LE(second.size(), kMaxNameBytes);
    EXPECT_TRUE(second.ends_with("x.1.mkv"));
}

TEST(PathClaims, ManyEqualNamesTakeLinearTime) {
    PathClaims claims;
    std::set<std::string> seen;
    for (int i = 0; i < 100'000; ++i)
        ASSERT_TRUE(seen.insert(claims.claim("t/same.txt")).second);
    EXPECT_TRUE(seen.contains("t/same.99999.txt"));
}

TEST(PathClaims, ManyLongNamesThatDifferAtTheirEndTakeLinearTime) {
    // Each twice: all second ones are cut to the same 244 bytes.
    PathClaims claims;
    std::set<std::string> seen;
    for (int i = 0; i < 20'000; ++i) {
        const auto tail = std::to_string(i);
        const auto name = std::string(255 - tail.size(), 'x') + tail;
        ASSERT_TRUE(seen.insert(claims.claim(name)).second);
        ASSERT_TRUE(seen.insert(claims.claim(name)).second);
    }
    EXPECT_EQ(seen.size(), 40'000u);
}

/// What every path must be, whatever the torrent said.
void expect_safe(const std::string& joined) {
    EXPECT_TRUE(text::is_utf8(joined));
    EXPECT_FALSE(joined.starts_with('/'));
    for (std::size_t at = 0; at <= joined.size();) {
        const auto end = std::min(joined.find('/', at), joined.size());
        const auto element = joined.substr(at, end - at);
        EXPECT_FALSE(element.empty() || element == "." || element == "..") << joined;
        EXPECT_LE(element.size(), kMaxNameBytes);
        EXPECT_EQ(sanitize_name(element), element);
        at = end + 1;
    }
    for (auto rest = std::string_view(joined); !rest.empty();) {
        const auto step = text::decode_utf8(rest);
        EXPECT_FALSE(text::is_control(step.value) || text::is_invisible(step.value)) << joined;
        rest.remove_prefix(step.length);
    }
}

TEST(PathClaims, AnyNamesBecomeSafeAndDistinctPaths) {
    const auto seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    constexpr std::string_view kParts[] = {
        "a",        "a.1",  "..",           ".", "/", "\\", "\x1b", "\xe2\x80\xae", "\xff",
        "\xc0\xae", ".txt", "\xe6\x97\xa5", "",  "b"};
    const auto long_name = std::string(254, 'n');
    for (int round = 0; round < 500; ++round) {
        PathClaims claims;
        std::set<std::string> files;
        for (int file = 0; file < 40; ++file) {
            std::vector<std::string> names{"t"};
            for (auto n = random() % 4; n > 0; --n) {
                names.emplace_back();
                for (auto parts = random() % 3; parts > 0; --parts)
                    names.back() += kParts[random() % std::size(kParts)];
                if (random() % 20 == 0) names.back() += long_name;
            }
            const std::vector<std::string_view> views(names.begin(), names.end());
            const auto claimed = claims.claim(sanitize_path(views));
            expect_safe(claimed);
            EXPECT_TRUE(files.insert(claimed).second) << claimed;
        }
        // No file lies in another: what follows a file in order does not begin with it and '/'.
        for (const auto& file : files) {
            const auto inside = files.lower_bound(file + "/");
            EXPECT_FALSE(inside != files.end() && inside->starts_with(file + "/")) << *inside;
        }
    }
}

}  // namespace
}  // namespace bt::metainfo
