#include "bt/text/url.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace bt::text {
namespace {

std::string round_trip(std::string_view text) {
    const auto url = Url::parse(text);
    return url ? url->to_string() : url.error().message;
}

TEST(Url, TakesAUrlApart) {
    const auto url = Url::parse("HTTP://me:pw@Tracker.Example:8080/a/announce?x=1&y=%20#top");
    ASSERT_TRUE(url);
    EXPECT_EQ(url->scheme, "http");
    EXPECT_EQ(url->user_info, "me:pw");
    EXPECT_EQ(url->host, "tracker.example");
    EXPECT_EQ(url->port, 8080);
    EXPECT_EQ(url->path, "/a/announce");
    EXPECT_EQ(url->query, "x=1&y=%20");
    EXPECT_EQ(url->authority(), "tracker.example:8080");
    EXPECT_EQ(url->target(), "/a/announce?x=1&y=%20");
}

TEST(Url, FillsInPortAndPath) {
    EXPECT_EQ(Url::parse("http://h")->port, 80);
    EXPECT_EQ(Url::parse("https://h:/x")->port, 443);
    EXPECT_EQ(Url::parse("udp://h")->port, 80);
    EXPECT_EQ(Url::parse("http://h")->target(), "/");
    EXPECT_EQ(Url::parse("http://h?a")->target(), "/?a");
    EXPECT_EQ(Url::parse("http://h/a?")->target(), "/a?");
}

TEST(Url, KeepsAnIpv6AddressWithoutItsBrackets) {
    const auto url = Url::parse("udp://[2001:DB8::1]:6969/announce");
    ASSERT_TRUE(url);
    EXPECT_EQ(url->host, "2001:db8::1");
    EXPECT_EQ(url->port, 6969);
    EXPECT_EQ(url->to_string(), "udp://[2001:db8::1]:6969/announce");
    EXPECT_EQ(Url::parse("http://[::1]")->authority(), "[::1]");
}

TEST(Url, LeavesOutADefaultPort) {
    EXPECT_EQ(round_trip("http://h:80/x"), "http://h/x");
    EXPECT_EQ(round_trip("https://h:80/x"), "https://h:80/x");
}

TEST(Url, EncodesBytesAboveAscii) {
    EXPECT_EQ(round_trip("http://h/\xc3\xa9?\xff"), "http://h/%C3%A9?%FF");
}

TEST(Url, RefusesWhatIsNoUrl) {
    for (const auto* text : {"",
                             "x",
                             "http",
                             "http:/h",
                             "http://",
                             "http:///x",
                             "http://?x",
                             "http://:80/",
                             "://h/",
                             "http://h:0/",
                             "http://h:70000/",
                             "http://h:65536/",
                             "http://h:-1/",
                             "http://h:8x/",
                             "http://h:+8/",
                             "http://a b/",
                             "http://a/b c",
                             " http://h/",
                             "http://h/\n",
                             "http://h/\x7f",
                             "http://h/\x01",
                             "http://[::1",
                             "http://[]/",
                             "http://[h]/",
                             "http://[1.2.3.4]/",
                             "http://[::1]x/",
                             "http://[fe80::1%25eth0]/",
                             "http://h\xc3\xa9/",
                             "http://h%41/",
                             "http://a,b/",
                             "http://a\\b/",
                             "http://h:80:80/"}) {
        SCOPED_TRACE(text);
        const auto url = Url::parse(text);
        ASSERT_FALSE(url);
        EXPECT_EQ(url.error().code, Errc::other);
    }
    EXPECT_FALSE(Url::parse(std::string_view("http://h/\0", 10)));
}

TEST(Url, RefusesOtherSchemes) {
    for (const auto* text : {"ftp://h/", "file:///etc/passwd", "javascript://h/", "wss://h/"}) {
        SCOPED_TRACE(text);
        EXPECT_EQ(Url::parse(text).error().code, Errc::unsupported);
    }
}

TEST(Url, LimitsItsLength) {
    const std::string start = "http://h/";
    EXPECT_TRUE(Url::parse(start + std::string(kMaxUrlBytes - start.size(), 'x')));
    EXPECT_FALSE(Url::parse(start + std::string(kMaxUrlBytes - start.size() + 1, 'x')));
    // Three times as long once it is encoded.
    EXPECT_FALSE(Url::parse(start + std::string(1000, '\xff')));
    EXPECT_TRUE(Url::parse("http://" + std::string(253, 'h')));
    EXPECT_FALSE(Url::parse("http://" + std::string(254, 'h')));
}

TEST(Url, SurvivesTruncationAndMutation) {
    constexpr std::string_view kWhole = "https://u:p@[::1]:8080/a/../b%20c?d=e&f#g";
    for (std::size_t n = 0; n <= kWhole.size(); ++n)
        (void)Url::parse(std::string(kWhole.substr(0, n)));
    const auto seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    for (int round = 0; round < 20'000; ++round) {
        std::string text(kWhole);
        for (auto changes = random() % 4; changes > 0; --changes)
            text[random() % text.size()] = static_cast<char>(random());
        if (const auto url = Url::parse(text)) {
            EXPECT_EQ(*Url::parse(url->to_string()), *url) << text;
        }
    }
}

std::string resolved(std::string_view base, std::string_view location) {
    const auto url = resolve(*Url::parse(base), location);
    return url ? url->to_string() : url.error().message;
}

// The examples of RFC 3986, 5.4, that a redirect can hold.
TEST(UrlResolve, FollowsRfc3986) {
    constexpr std::string_view kBase = "http://a/b/c/d;p?q";
    const std::pair<const char*, const char*> cases[] = {
        {"g", "http://a/b/c/g"},
        {"./g", "http://a/b/c/g"},
        {"g/", "http://a/b/c/g/"},
        {"/g", "http://a/g"},
        {"//g", "http://g/"},
        {"?y", "http://a/b/c/d;p?y"},
        {"g?y", "http://a/b/c/g?y"},
        {"#s", "http://a/b/c/d;p?q"},
        {"g#s", "http://a/b/c/g"},
        {";x", "http://a/b/c/;x"},
        {"", "http://a/b/c/d;p?q"},
        {".", "http://a/b/c/"},
        {"./", "http://a/b/c/"},
        {"..", "http://a/b/"},
        {"../", "http://a/b/"},
        {"../g", "http://a/b/g"},
        {"../..", "http://a/"},
        {"../../g", "http://a/g"},
        {"../../../../g", "http://a/g"},
        {"/./g", "http://a/g"},
        {"/../g", "http://a/g"},
        {"g.", "http://a/b/c/g."},
        {"..g", "http://a/b/c/..g"},
        {"./g/.", "http://a/b/c/g/"},
        {"g/./h", "http://a/b/c/g/h"},
        {"g/../h", "http://a/b/c/h"},
        {"g?y/../x", "http://a/b/c/g?y/../x"},
    };
    for (const auto& [location, expected] : cases)
        EXPECT_EQ(resolved(kBase, location), expected) << location;
}

TEST(UrlResolve, GoesToAnotherHost) {
    EXPECT_EQ(resolved("http://u:p@a:81/b", "https://c/d"), "https://c/d");
    EXPECT_EQ(resolved("https://u:p@a/b", "//c:81/d"), "https://c:81/d");
}

TEST(UrlResolve, KeepsUserAndPortOfTheSameHost) {
    EXPECT_EQ(resolved("http://u:p@[::1]:81/b", "/d"), "http://u:p@[::1]:81/d");
}

TEST(UrlResolve, RefusesOtherSchemesAndForeignBytes) {
    const auto base = *Url::parse("http://a/b");
    EXPECT_FALSE(resolve(base, "file:///etc/passwd"));
    EXPECT_FALSE(resolve(base, "javascript:alert(1)"));
    EXPECT_FALSE(resolve(base, "/a b"));
    EXPECT_FALSE(resolve(base, "/a\r\nX: y"));
    EXPECT_FALSE(resolve(base, "/" + std::string(5000, '.')));
}

TEST(UrlRedact, ShowsSchemeHostAndPort) {
    EXPECT_EQ(redact("http://u:p@h:81/0123456789abcdef0123456789abcdef/announce?key=1"),
              "http://h:81/...");
    EXPECT_EQ(redact("https://h/a1b2c3"), "https://h/...");
    EXPECT_EQ(redact("http://h/announce/a1b2c3"), "http://h/...");
    EXPECT_EQ(redact("http://h/announce?passkey=a1b2c3"), "http://h/announce");
    EXPECT_EQ(redact("udp://tracker.example:6969/announce"), "udp://tracker.example:6969/announce");
    EXPECT_EQ(redact("udp://[::1]:6969"), "udp://[::1]:6969/");
    EXPECT_EQ(redact("http://xn--trcker-bua.example/x"), "http://xn--trcker-bua.example/...");
}

TEST(UrlRedact, HidesWhatAServerRepeats) {
    const auto url = *Url::parse(
        "http://me:password1@h/0123456789abcdef/announce?passkey=fedcba9876543210&t=a%2Fb%2Fc%2Fd");
    EXPECT_EQ(redact_in("no user 0123456789abcdef or fedcba9876543210, 0123456789abcdef", url),
              "no user ... or ..., ...");
    EXPECT_EQ(redact_in("/announce?passkey=fedcba9876543210&t=a/b/c/d", url),
              "/announce?passkey=...&t=...");
    EXPECT_EQ(redact_in("a%2Fb%2Fc%2Fd password1", url), "... ...");
    EXPECT_EQ(redact_in("unregistered torrent", url), "unregistered torrent");
}

TEST(UrlRedact, HidesTheLongerOfTwoSecretsAsAWhole) {
    const auto url = *Url::parse("http://h/abcdefgh/abcdefghijkl/announce");
    EXPECT_EQ(redact_in("abcdefghijkl abcdefgh", url), "... ...");
}

TEST(UrlRedact, ComesToAnEndWhenASecretIsDots) {
    const auto url = *Url::parse("http://h/announce?k=%2E%2E%2E");
    EXPECT_EQ(redact_in("wait...", url), "wait...");
}

TEST(UrlRedact, ShowsNothingOfWhatIsNoUrl) {
    EXPECT_EQ(redact("wss://secret.example/"), "wss://...");
    EXPECT_EQ(redact("\x1b[2J://x"), "(no URL)");
    EXPECT_EQ(redact("secret"), "(no URL)");
}

}  // namespace
}  // namespace bt::text
