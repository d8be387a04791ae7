#include <gtest/gtest.h>

#include <string>

#include "bt/text/base32.hpp"
#include "bt/text/compact_peers.hpp"
#include "bt/text/percent.hpp"
#include "bt/text/size.hpp"

namespace bt::text {
namespace {

using namespace std::chrono_literals;

std::optional<std::string> as_string(const std::optional<ByteVector>& bytes) {
    if (!bytes) return std::nullopt;
    return std::string(as_text(*bytes));
}

TEST(Percent, EncodesAllButTheUnreserved) {
    EXPECT_EQ(percent_encode("azAZ09-._~"), "azAZ09-._~");
    EXPECT_EQ(percent_encode(" &=+%/?"), "%20%26%3D%2B%25%2F%3F");
    EXPECT_EQ(percent_encode(std::string_view("\0\x7f\xff", 3)), "%00%7F%FF");
    EXPECT_EQ(percent_encode_path("a/b c/\xc3\xa9"), "a/b%20c/%C3%A9");
}

TEST(Percent, DecodesWhatItEncodes) {
    std::string all;
    for (int c = 0; c < 256; ++c)
        all += static_cast<char>(c);
    EXPECT_EQ(percent_decode(percent_encode(all)), all);
    EXPECT_EQ(percent_decode("a+b%2f%2F"), "a+b//");
}

TEST(Percent, RefusesABrokenEscape) {
    for (const auto* text : {"%", "%4", "a%", "%zz", "%%3A", "%-1", "%0x", "% 1"})
        EXPECT_FALSE(percent_decode(text)) << text;
}

TEST(Base32, GivesTheVectorsOfRfc4648) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"", ""},
        {"f", "MY"},
        {"fo", "MZXQ"},
        {"foo", "MZXW6"},
        {"foob", "MZXW6YQ"},
        {"fooba", "MZXW6YTB"},
        {"foobar", "MZXW6YTBOI"},
    };
    for (const auto& [plain, code] : cases) {
        EXPECT_EQ(base32_encode(as_bytes(plain)), code);
        EXPECT_EQ(as_string(base32_decode(code)), plain);
    }
    EXPECT_EQ(as_string(base32_decode("mzxw6ytboi")), "foobar");
}

TEST(Base32, AnInfoHashIs32Digits) {
    const std::string hash =
        "\xff\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x80";
    const auto code = base32_encode(as_bytes(hash));
    EXPECT_EQ(code.size(), 32u);
    EXPECT_EQ(as_string(base32_decode(code)), hash);
}

TEST(Base32, RefusesForeignDigitsAndImpossibleLengths) {
    for (const auto* text : {"M0", "M1", "M8", "MY======", "M", "MZX", "MZXW6Y", "MZ", "M Y"})
        EXPECT_FALSE(base32_decode(text)) << text;
}

TEST(Hex, DecodesEitherCase) {
    EXPECT_EQ(as_string(hex_decode("")), "");
    EXPECT_EQ(as_string(hex_decode("6a6B")), "jk");
    for (const auto* text : {"a", "6a6", "6g", "0x", " 6", "-1"})
        EXPECT_FALSE(hex_decode(text)) << text;
}

TEST(CompactPeers, ReadsTheExampleOfBep7) {
    const auto v4 = parse_compact_v4(as_bytes("iiiipp"), 10);
    ASSERT_EQ(v4.size(), 1u);
    EXPECT_EQ(v4[0].to_string(), "105.105.105.105:28784");
    const auto v6 = parse_compact_v6(as_bytes("iiiiiiiiiiiiiiiipp"), 10);
    ASSERT_EQ(v6.size(), 1u);
    EXPECT_EQ(v6[0].to_string(), "[6969:6969:6969:6969:6969:6969:6969:6969]:28784");
}

TEST(CompactPeers, DropsAnIncompleteTail) {
    const std::string list(100, 'x');
    for (std::size_t n = 0; n <= list.size(); ++n) {
        EXPECT_EQ(parse_compact_v4(as_bytes(list).first(n), 100).size(), n / 6);
        EXPECT_EQ(parse_compact_v6(as_bytes(list).first(n), 100).size(), n / 18);
    }
}

TEST(CompactPeers, TakesNoMoreThanItIsAskedFor) {
    EXPECT_EQ(parse_compact_v4(as_bytes(std::string(60, 'x')), 3).size(), 3u);
    EXPECT_TRUE(parse_compact_v4(as_bytes(std::string(60, 'x')), 0).empty());
}

TEST(CompactPeers, WritesEachFamilyByItself) {
    const std::vector<Endpoint> endpoints{*Endpoint::parse("1.2.3.4:80"),
                                          *Endpoint::parse("[2001:db8::1]:6881"),
                                          *Endpoint::parse("5.6.7.8:65535")};
    const auto v4 = compact_v4(endpoints);
    const auto v6 = compact_v6(endpoints);
    EXPECT_EQ(as_text(v4),
              std::string_view("\x01\x02\x03\x04\x00\x50\x05\x06\x07\x08\xff\xff", 12));
    EXPECT_EQ(parse_compact_v4(v4, 9), (std::vector{endpoints[0], endpoints[2]}));
    EXPECT_EQ(parse_compact_v6(v6, 9), (std::vector{endpoints[1]}));
}

TEST(Size, IsShownInAtMostThreeDigits) {
    EXPECT_EQ(human_size(0), "0 B");
    EXPECT_EQ(human_size(999), "999 B");
    EXPECT_EQ(human_size(1000), "1.0 KiB");
    EXPECT_EQ(human_size(16384), "16.0 KiB");
    EXPECT_EQ(human_size(102'348), "99.9 KiB");
    EXPECT_EQ(human_size(102'349), "100 KiB");
    EXPECT_EQ(human_size(2'040'109'466), "1.9 GiB");
    EXPECT_EQ(human_size(1023ull << 20), "1.0 GiB");
    EXPECT_EQ(human_size(UINT64_MAX), "16.0 EiB");
}

TEST(Size, ARateIsPerSecond) {
    EXPECT_EQ(human_rate(1.9 * 1024 * 1024), "1.9 MiB/s");
    EXPECT_EQ(human_rate(0.4), "0 B/s");
    EXPECT_EQ(human_rate(-5), "0 B/s");
    EXPECT_EQ(human_rate(0.0 / std::stod("0")), "0 B/s");
}

TEST(Size, ADurationHasItsTwoLargestUnits) {
    EXPECT_EQ(human_duration(-1s), "0s");
    EXPECT_EQ(human_duration(59s), "59s");
    EXPECT_EQ(human_duration(125s), "2m 05s");
    EXPECT_EQ(human_duration(3600s), "1h 00m");
    EXPECT_EQ(human_duration(86399s), "23h 59m");
    EXPECT_EQ(human_duration(86400s), "1d 00h");
    EXPECT_EQ(human_duration(86400s * 1000 - 1s), "999d 23h");
    EXPECT_EQ(human_duration(86400s * 1000), ">999d");
    EXPECT_EQ(human_duration(std::chrono::seconds::max()), ">999d");
}

}  // namespace
}  // namespace bt::text
