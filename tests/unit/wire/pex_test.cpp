#include "bt/wire/pex.hpp"

#include <gtest/gtest.h>

#include <string>

#include "bt/core/rng.hpp"

namespace bt::wire {
namespace {

Endpoint v4(std::uint16_t n) {
    return {
        IpAddress::v4({192, 0, static_cast<std::uint8_t>(n >> 8), static_cast<std::uint8_t>(n)}),
        6881};
}
Endpoint v6(std::uint8_t n) {
    auto address = *IpAddress::parse("2001:db8::");
    auto bytes = address.v6_bytes();
    bytes[15] = n;
    return {IpAddress::v6(bytes), 6882};
}

PexMessage sample() {
    return {{{v4(1), pex_flag::kSeed}, {v4(2), pex_flag::kReachable | pex_flag::kUtp}, {v6(3), 0}},
            {v4(4), v6(5), v6(6)}};
}

PexMessage parse(std::string_view text) {
    const auto parsed = parse_pex(as_bytes(text));
    EXPECT_TRUE(parsed) << text;
    return parsed ? *parsed : PexMessage{};
}

bool refused(std::string_view text) {
    const auto parsed = parse_pex(as_bytes(text));
    if (parsed) return false;
    EXPECT_EQ(parsed.error().code, Errc::protocol);
    return true;
}

TEST(Pex, IsTheBytesOfBep11) {
    const PexMessage message{{{{IpAddress::v4({97, 98, 99, 100}), 0x6566}, 0x41}},
                             {{IpAddress::v4({103, 104, 105, 106}), 0x6b6c}}};
    EXPECT_EQ(as_text(to_wire(message)), "d5:added6:abcdef7:added.f1:A7:dropped6:ghijkle");
    EXPECT_EQ(as_text(to_wire(PexMessage{})), "d5:added0:7:added.f0:7:dropped0:e");
}

TEST(Pex, ReadsWhatItWrites) {
    const auto bytes = to_wire(sample());
    EXPECT_EQ(parse(as_text(bytes)), sample());
    EXPECT_EQ(parse(as_text(to_wire(PexMessage{}))), PexMessage{});
}

TEST(Pex, ReadsWithoutFlags) {
    EXPECT_EQ(parse("d5:added6:abcdefe").added,
              (std::vector<PexPeer>{{{IpAddress::v4({97, 98, 99, 100}), 0x6566}, 0}}));
    EXPECT_EQ(parse("de"), PexMessage{});
    EXPECT_EQ(parse("d5:addedi5e7:droppedlee"), PexMessage{}) << "wrong types are absent";
}

TEST(Pex, RefusesListsThatDoNotFit) {
    for (const auto* text :
         {"", "le", "i1e", "d5:added5:abcdee", "d5:added7:abcdefge",
          "d6:added617:aaaaaaaaaaaaaaaaae", "d7:dropped1:ae", "d8:dropped66:aaaaaae",
          "d5:added6:abcdef7:added.f0:e", "d5:added6:abcdef7:added.f2:xxe", "d7:added.f1:xe",
          "d8:added6.f1:xe"}) {
        EXPECT_TRUE(refused(text)) << text;
    }
}

TEST(Pex, ReadsNoMoreThanItsBoundOfEitherKind) {
    std::string peers;
    std::string flags;
    for (std::size_t i = 0; i < kMaxPexPeers + 1; ++i) {
        peers += std::string("\x0a\0\0", 3) + static_cast<char>(i) + "pp";
        flags += 'f';
    }
    const auto list = [](const std::string& text) {
        return std::to_string(text.size()) + ":" + text;
    };
    const auto text = "d5:added" + list(peers) + "7:added.f" + list(flags) + "7:dropped" +
                      list(std::string(18, 'x') + peers.substr(0, 6)) + "e";
    EXPECT_EQ(parse(text).added.size(), kMaxPexPeers - 1) << "one is dropped, too";
    EXPECT_EQ(parse(text).dropped.size(), 1u);
    const auto dropped = parse("d7:dropped" + list(peers) + "e").dropped;
    EXPECT_EQ(dropped.size(), kMaxPexPeers);
    PexMessage most;
    for (std::uint16_t i = 0; i < kMaxPexPeers; ++i)
        most.added.push_back({v4(i), 0});
    EXPECT_EQ(parse(as_text(to_wire(most))), most);
}

TEST(Pex, TakesAnAddressOnceAndNoContradiction) {
    const auto message = parse("d5:added18:abcdefabcdefghijkl7:dropped12:ghijklmnopqre");
    ASSERT_EQ(message.added.size(), 1u);
    EXPECT_EQ(message.added[0].endpoint.port, 0x6566);
    ASSERT_EQ(message.dropped.size(), 1u);
    EXPECT_EQ(message.dropped[0].port, 0x7172);
}

TEST(Pex, RefusesEveryTruncation) {
    const auto bytes = to_wire(sample());
    for (std::size_t cut = 0; cut < bytes.size(); ++cut)
        EXPECT_TRUE(refused(as_text(Bytes(bytes).first(cut)))) << cut;
}

TEST(Pex, IsReadBackWhateverIsMutated) {
    constexpr std::uint64_t kSeed = 77;
    SCOPED_TRACE(kSeed);
    Rng rng(kSeed);
    int accepted = 0;
    for (int i = 0; i < 5000; ++i) {
        auto bytes = to_wire(sample());
        for (auto n = 1 + random_below(rng, 3); n > 0; --n)
            bytes[random_below(rng, bytes.size())] = static_cast<std::byte>(rng());
        const auto parsed = parse_pex(bytes);
        if (!parsed) continue;
        ++accepted;
        ASSERT_LE(parsed->added.size() + parsed->dropped.size(), 6u);
        const auto again = parse_pex(to_wire(*parsed));
        ASSERT_TRUE(again);
        ASSERT_EQ(again->added.size(), parsed->added.size());
        ASSERT_EQ(again->dropped.size(), parsed->dropped.size());
    }
    EXPECT_GT(accepted, 500);
}

}  // namespace
}  // namespace bt::wire
