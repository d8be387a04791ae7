#include "bt/bencode/document.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace bt::bencode {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

Result<Document> parse(std::string_view text, const Rules& rules = kWireRules) {
    return Document::parse(as_bytes(text), rules);
}

struct Case {
    std::string_view input;
    bool wire;
    bool torrent;
};

// Accepted or refused by the rules of BEP 3, at the places where implementations differ.
constexpr Case kCases[] = {
    {"i0e", true, true},
    {"i3e", true, true},
    {"i-0e", false, false},
    {"i+0e", false, false},
    {"i00e", false, false},
    {"i01e", false, true},
    {"i-01e", false, true},
    {"ie", false, false},
    {"i-e", false, false},
    {"i-", false, false},
    {"i", false, false},
    {"i10", false, false},
    {"i35412-5633e", false, false},
    {"i92337203t854775807e", false, false},
    {"i9223372036854775807e", true, true},
    {"i-9223372036854775807e", true, true},
    {"i-9223372036854775808e", true, true},
    {"i9223372036854775808e", false, false},
    {"i-9223372036854775809e", false, false},
    {"i18446744073709551615e", false, false},
    {"i184467440737095516154e", false, false},
    {"i62208002200000000:00{...", false, false},
    {"0:", true, true},
    {"4:spam", true, true},
    {"00:", false, false},
    {"06:foobar", false, true},
    {"1:", false, false},
    {"-10:foobar", false, false},
    {"18446744073709551615:foobar", false, false},
    {"18446744073709551622:foobar", false, false},
    {"99999999:foobar", false, false},
    {"199999999:foobar", false, false},
    {"100:..", false, false},
    {"928", false, false},
    {"4spam", false, false},
    {"l2:..0", false, false},
    {"l2:..", false, false},
    {"e", false, false},
    {"", false, false},
    {" i0e", false, false},
    {"l", false, false},
    {"le", true, true},
    {"de", true, true},
    {"l4:spam4:eggse", true, true},
    {"d3:cow3:moo4:spam4:eggse", true, true},
    {"d4:spaml1:a1:bee", true, true},
    {"d1:ai1e1:be", false, false},
    {"di5e1:ae", false, false},
    {"di2ei0ee", false, false},
    {"dle1:ae", false, false},
    {"df00:", false, false},
    {"d1000", false, false},
    {"d1000:..e", false, false},
    {"d1000:", false, false},
    {"d3:000e", false, false},
    {"d10000000000", false, false},
    {"d3:a\0bi1ee"sv, true, true},
    {"d2:abi1e2:aai2ee", true, true},
    {"d2:bai1e2:aai2ee", true, true},
    {"d2:aai1e1:ai2ee", true, true},
    {"d1:ai1e2:aai2ee", true, true},
    {"d2:aai1e1:bi2ee", true, true},
    {"d2:aai1e2:aai2ee", false, true},
    {"d2:aai1e1:bi2e2:aai2ee", false, true},
    {"ld1:ai1e1:ai2eee", false, true},
    {"d1:a1919191010:11111", false, false},
    {"d2143289344:a4:aaaae", false, false},
    {"d214328934114:a4:aaaae", false, false},
    {"d9205357638345293824:a4:aaaae", false, false},
    {"d1:a9205357638345293824:11111", false, false},
    // A tracker in the wild whose string is shorter than it says.
    {"d14:failure reason119:The tracker was unable to process your request. It may be down, "
     "overloaded, under attack or it just does not like you.12:min intervali1800e8:"
     "intervali1800e5:peers0:ee",
     false, false},
    // Examples as printed in BEP 48 and BEP 52, each with a slip of its author.
    {"d5:filesd20:xxxxxxxxxxxxxxxxxxxxd8:completei11e10:downloadedi13772e10:incompletei19e20:"
     "yyyyyyyyyyyyyyyyyyyyd8:completei21e10:downloadedi206e10:incompletei20eee",
     false, false},
    {"d5:lengthi1024e", false, false},
};

TEST(Document, AcceptsAndRefusesWhatTheVectorsSay) {
    for (const auto& c : kCases) {
        SCOPED_TRACE(std::string(c.input));
        EXPECT_EQ(parse(c.input, kWireRules).has_value(), c.wire);
        EXPECT_EQ(parse(c.input, kTorrentRules).has_value(), c.torrent);
    }
}

TEST(Document, ReadsIntegers) {
    EXPECT_EQ(parse("i0e")->root().integer(), 0);
    EXPECT_EQ(parse("i-42e")->root().integer(), -42);
    EXPECT_EQ(parse("i9223372036854775807e")->root().integer(), INT64_MAX);
    EXPECT_EQ(parse("i-9223372036854775808e")->root().integer(), INT64_MIN);
    EXPECT_EQ(parse("i007e", kTorrentRules)->root().integer(), 7);
}

TEST(Document, ReadsStringsInPlace) {
    const auto input = "4:spam"sv;
    const auto document = parse(input);
    EXPECT_EQ(document->root().string(), "spam");
    EXPECT_EQ(document->root().string()->data(), input.data() + 2);
    EXPECT_EQ(document->root().bytes()->size(), 4u);
    EXPECT_EQ(parse("006:foobar", kTorrentRules)->root().string(), "foobar");
}

TEST(Document, WalksAListInOrder) {
    const auto document = parse("li1eld1:ai9eee3:abcdee");
    std::vector<std::string> seen;
    for (const auto item : document->root().items())
        seen.emplace_back(as_text(item.raw()));
    EXPECT_EQ(seen, (std::vector<std::string>{"i1e", "ld1:ai9eee", "3:abc", "de"}));
}

TEST(Document, WalksADictionaryInTheOrderOfTheInput) {
    const auto document = parse("d1:bli1ei2ee1:ade1:c0:e");
    std::vector<std::string> seen;
    for (const auto& [key, value] : document->root().entries())
        seen.push_back(std::string(key) + "=" + std::string(as_text(value.raw())));
    EXPECT_EQ(seen, (std::vector<std::string>{"b=li1ei2ee", "a=de", "c=0:"}));
}

TEST(Document, FindsValuesByKeyAtTheirOwnLevelOnly) {
    const auto document = parse("d1:ad1:xi1ee1:xi2ee");
    const auto root = document->root();
    EXPECT_EQ(root.find("x").integer(), 2);
    EXPECT_EQ(root.find("a").find("x").integer(), 1);
    EXPECT_FALSE(root.find("y"));
}

TEST(Document, FindGivesTheFirstOfEqualKeys) {
    EXPECT_EQ(parse("d1:ai1e1:ai2ee", kTorrentRules)->root().find("a").integer(), 1);
}

TEST(Document, AnAbsentValueHasNothing) {
    const Value absent = parse("i1e")->root().find("x").find("y");
    EXPECT_FALSE(absent);
    EXPECT_FALSE(absent.is_integer() || absent.is_string() || absent.is_list());
    EXPECT_FALSE(absent.integer() || absent.string() || absent.bytes());
    EXPECT_TRUE(absent.raw().empty());
    EXPECT_TRUE(absent.items().empty());
    EXPECT_TRUE(absent.entries().empty());
}

TEST(Document, AValueOfAnotherTypeIsNotRead) {
    const auto document = parse("d1:ai1e1:s1:x1:lli1eee");
    const auto root = document->root();
    EXPECT_FALSE(root.find("a").string());
    EXPECT_FALSE(root.find("s").integer());
    EXPECT_TRUE(root.find("l").entries().empty());
    EXPECT_TRUE(root.items().empty());
}

TEST(Document, RawIsTheExactBytesOfAValue) {
    const auto document = parse("d4:infod1:ai01e1:bl02:xyeee", kTorrentRules);
    const auto info = document->root().find("info");
    EXPECT_EQ(as_text(info.raw()), "d1:ai01e1:bl02:xyee");
    EXPECT_EQ(info.offset(), 7u);
}

TEST(Document, ReportsTheBytesAfterTheRoot) {
    const auto document = parse("d8:msg_typei1e5:piecei0ee\x01\x02\x03");
    EXPECT_EQ(document->size(), 25u);
    EXPECT_EQ(as_text(document->trailing()), "\x01\x02\x03");
    EXPECT_TRUE(parse("le")->trailing().empty());
}

TEST(Document, NamesTheOffsetOfTheFault) {
    EXPECT_EQ(parse("d1:ai1ex").error().message,
              "not bencode: a key that is no string (at byte 7)");
    EXPECT_EQ(parse("<html>").error().message, "not bencode: no value begins so (at byte 0)");
    EXPECT_EQ(parse("l2:ab").error().message, "not bencode: the data ends early (at byte 5)");
    EXPECT_EQ(parse("").error().code, Errc::bencode);
}

std::string nested(std::size_t depth, std::string_view open, std::string_view close) {
    std::string out;
    for (std::size_t i = 0; i < depth; ++i)
        out += open;
    out += "i0e";
    for (std::size_t i = 0; i < depth; ++i)
        out += close;
    return out;
}

TEST(Document, LimitsDepth) {
    for (const auto& rules : {kWireRules, kTorrentRules}) {
        EXPECT_TRUE(parse(nested(rules.depth, "l", "e"), rules));
        EXPECT_TRUE(parse(nested(rules.depth, "d1:a", "e"), rules));
        EXPECT_FALSE(parse(nested(rules.depth + 1, "l", "e"), rules));
        EXPECT_FALSE(parse(nested(rules.depth + 1, "d1:a", "e"), rules));
    }
    EXPECT_FALSE(parse(std::string(1'000'000, 'l'), kTorrentRules));
    EXPECT_FALSE(parse(std::string(1'000'000, 'd'), kTorrentRules));
}

TEST(Document, LimitsTokens) {
    const Rules rules{.depth = 4, .tokens = 10};
    const auto list = [](std::size_t items) {
        std::string out = "l";
        for (std::size_t i = 0; i < items; ++i)
            out += "0:";
        return out + "e";
    };
    EXPECT_EQ(parse(list(9), rules)->token_count(), 10u);
    EXPECT_FALSE(parse(list(10), rules));
    EXPECT_FALSE(parse(list(kWireRules.tokens), kWireRules));
    EXPECT_TRUE(parse(list(kTorrentRules.tokens - 1), kTorrentRules));
    EXPECT_FALSE(parse(list(kTorrentRules.tokens), kTorrentRules));
}

TEST(Document, LimitsTheDigitsOfALength) {
    EXPECT_TRUE(parse(std::string(18, '0') + "1:x", kTorrentRules));
    EXPECT_FALSE(parse(std::string(1000, '0') + "1:x", kTorrentRules));
}

TEST(Document, DuplicateKeysAreFoundAtAnyDepth) {
    const auto has = [](std::string_view text) {
        return has_duplicate_keys(parse(text, kTorrentRules)->root());
    };
    EXPECT_TRUE(has("d1:ai1e1:ai2ee"));
    EXPECT_TRUE(has("d1:ai1e1:bi1e1:ai2ee"));
    EXPECT_TRUE(has("lli0ed1:b0:1:ai1e1:bi2eeee"));
    EXPECT_FALSE(has("d1:bi1e1:ai2ee"));
    EXPECT_FALSE(has("ld1:ai1eed1:ai1eee"));
    EXPECT_FALSE(has("d1:ad1:ai1eee"));
    EXPECT_FALSE(has_duplicate_keys(Value{}));
}

TEST(Document, DuplicateKeysAreLookedForWithinTheGivenValueOnly) {
    const auto document = parse("d1:xi1e1:xi2e4:infod1:ai1eee", kTorrentRules);
    EXPECT_FALSE(has_duplicate_keys(document->root().find("info")));
}

// BEP 5, 7, 9 and 10: messages as printed there.
constexpr std::string_view kGolden[] = {
    "d1:eli201e23:A Generic Error Ocurrede1:t2:aa1:y1:ee",
    "d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe",
    "d1:rd2:id20:mnopqrstuvwxyz123456e1:t2:aa1:y1:re",
    "d1:ad2:id20:abcdefghij01234567896:target20:mnopqrstuvwxyz123456e1:q9:find_node1:t2:aa1:y1:qe",
    "d1:ad2:id20:abcdefghij012345678912:implied_porti1e9:info_hash20:mnopqrstuvwxyz1234564:"
    "porti6881e5:token8:aoeusnthe1:q13:announce_peer1:t2:aa1:y1:qe",
    "d8:intervali1800e5:peers6:iiiipp6:peers618:iiiiiiiiiiiiiiiippe",
    "d8:msg_typei0e5:piecei0ee",
    "d11:LT_metadatai0ee",
};

TEST(Document, ReadsTheExamplesOfTheProposals) {
    for (const auto text : kGolden) {
        SCOPED_TRACE(std::string(text));
        const auto document = parse(text);
        ASSERT_TRUE(document);
        EXPECT_EQ(document->size(), text.size());
    }
}

TEST(Document, RefusesEveryTruncation) {
    for (const auto text : kGolden) {
        for (std::size_t n = 0; n < text.size(); ++n) {
            SCOPED_TRACE(std::string(text.substr(0, n)));
            // A copy of its own, so that a read past the end is seen by a sanitizer.
            const std::vector<char> bytes(text.begin(), text.begin() + static_cast<int>(n));
            EXPECT_FALSE(parse({bytes.data(), bytes.size()}));
        }
    }
}

/// Touches all of a value through the public interface; gives the bytes of its leaves.
std::size_t visit(const Value& value, int depth = 0) {
    std::size_t sum = value.string().value_or("").size();
    if (value.is_integer()) sum += value.integer().has_value();
    for (const auto item : value.items())
        sum += visit(item, depth + 1);
    for (const auto& [key, item] : value.entries())
        sum += key.size() + visit(item, depth + 1);
    return sum;
}

TEST(Document, SurvivesMutation) {
    const auto seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    constexpr std::string_view kBytes = "dlei:0123456789-a\xff";
    std::size_t accepted = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string text(kGolden[random() % std::size(kGolden)]);
        for (auto changes = random() % 4; changes > 0; --changes)
            text[random() % text.size()] = kBytes[random() % kBytes.size()];
        const std::vector<char> bytes(text.begin(), text.end());
        const auto document = parse({bytes.data(), bytes.size()}, kTorrentRules);
        if (!document) continue;
        ++accepted;
        EXPECT_LE(visit(document->root()), bytes.size());
        EXPECT_LE(document->size(), bytes.size());
    }
    EXPECT_GT(accepted, 0u);
}

TEST(Document, CanBeMovedWhileItsValuesStay) {
    auto first = parse("d1:ai5ee");
    const auto value = first->root().find("a");
    const Document second = std::move(*first);
    EXPECT_EQ(value.integer(), 5);
    EXPECT_EQ(second.root().find("a").integer(), 5);
}

}  // namespace
}  // namespace bt::bencode
