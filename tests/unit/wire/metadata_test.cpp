#include "bt/wire/metadata.hpp"

#include <gtest/gtest.h>

#include <string>

#include "bt/core/rng.hpp"

namespace bt::wire {
namespace {

/// One that BEP 9 knows.
MetadataMessage parse(std::string_view text) {
    const auto parsed = parse_metadata_message(as_bytes(text));
    EXPECT_TRUE(parsed && *parsed) << text;
    return parsed && *parsed ? **parsed : MetadataMessage{};
}

bool refused(std::string_view text) {
    const auto parsed = parse_metadata_message(as_bytes(text));
    if (parsed) return false;
    EXPECT_EQ(parsed.error().code, Errc::protocol);
    return true;
}

MetadataMessage data(std::uint32_t piece, std::uint64_t total, std::string_view payload) {
    return {MetadataType::data, piece, total, as_bytes(payload)};
}

TEST(MetadataMessage, IsTheBytesOfBep9) {
    EXPECT_EQ(as_text(to_wire(MetadataMessage{})), "d8:msg_typei0e5:piecei0ee");
    EXPECT_EQ(as_text(to_wire(MetadataMessage{MetadataType::reject, 0, {}, {}})),
              "d8:msg_typei2e5:piecei0ee");
    EXPECT_EQ(as_text(to_wire(data(0, 34256, "xxxxxxxx"))),
              "d8:msg_typei1e5:piecei0e10:total_sizei34256eexxxxxxxx");
}

TEST(MetadataMessage, IsReadAsInBep9) {
    EXPECT_EQ(parse("d8:msg_typei0e5:piecei0ee").type, MetadataType::request);
    EXPECT_EQ(parse("d8:msg_typei2e5:piecei7ee").type, MetadataType::reject);
    EXPECT_EQ(parse("d8:msg_typei2e5:piecei7ee").piece, 7u);
    const std::string text = "d8:msg_typei1e5:piecei0e10:total_sizei34256eexxxxxxxx";
    const auto message = parse(text);
    EXPECT_EQ(message.type, MetadataType::data);
    EXPECT_EQ(message.total_size, 34256u);
    EXPECT_EQ(as_text(message.payload), "xxxxxxxx");
}

TEST(MetadataMessage, OfAnUnknownTypeIsToBeIgnored) {
    for (const auto* text : {"d8:msg_typei3e5:piecei0ee", "d8:msg_typei-1e5:piecei0ee",
                             "d8:msg_typei99ee", "d8:msg_typei4294967296e5:piecei0ee"}) {
        const auto parsed = parse_metadata_message(as_bytes(text));
        ASSERT_TRUE(parsed) << text;
        EXPECT_FALSE(*parsed) << text;
    }
}

TEST(MetadataMessage, RefusesWhatLacksTypeOrPiece) {
    for (const auto* text :
         {"", "de", "le", "i1e", "xyz", "d5:piecei0ee", "d8:msg_typei0ee",
          "d8:msg_type1:05:piecei0ee", "d8:msg_typei0e5:piecei-1ee", "d8:msg_typei0e5:piece1:0e",
          "d8:msg_typei0e5:piecei4294967296ee", "d8:msg_typei0e8:msg_typei1e5:piecei0ee"}) {
        EXPECT_TRUE(refused(text)) << text;
    }
    EXPECT_EQ(parse("d8:msg_typei0e5:piecei4294967295ee").piece, 0xffffffffu);
}

TEST(MetadataMessage, HoldsNoMoreThanAPiece) {
    const std::string head = "d8:msg_typei1e5:piecei0e10:total_sizei1ee";
    const std::string piece(kMetadataPieceSize, 'x');
    const auto whole = head + piece;
    EXPECT_EQ(parse(whole).payload.size(), kMetadataPieceSize);
    EXPECT_TRUE(refused(whole + "x"));
    EXPECT_EQ(parse(head).payload.size(), 0u);
}

TEST(MetadataMessage, ToleratesWhatOthersAddAndLeaveOut) {
    EXPECT_EQ(parse("d8:msg_typei0e5:piecei1eetrailing").payload.size(), 0u);
    EXPECT_EQ(parse("d1:xle8:msg_typei0e5:piecei1e1:zdee").piece, 1u);
    EXPECT_EQ(parse("d5:piecei1e8:msg_typei0ee").piece, 1u) << "out of order";
    EXPECT_EQ(parse("d8:msg_typei1e5:piecei1eeabc").total_size, std::nullopt);
    EXPECT_EQ(parse("d8:msg_typei1e5:piecei1e10:total_sizei-1eeabc").total_size, std::nullopt);
    EXPECT_EQ(parse("d8:msg_typei0e5:piecei1e10:total_sizei5ee").total_size, std::nullopt);
}

TEST(MetadataMessage, RefusesEveryTruncationOfItsDictionary) {
    const auto bytes = to_wire(data(3, 100'000, ""));
    for (std::size_t cut = 0; cut < bytes.size(); ++cut)
        EXPECT_TRUE(refused(as_text(Bytes(bytes).first(cut)))) << cut;
}

TEST(MetadataMessage, IsReadBackWhateverIsMutated) {
    constexpr std::uint64_t kSeed = 31;
    SCOPED_TRACE(kSeed);
    Rng rng(kSeed);
    const auto golden = to_wire(data(3, 100'000, "payload"));
    int accepted = 0;
    for (int i = 0; i < 5000; ++i) {
        auto bytes = golden;
        for (auto n = 1 + random_below(rng, 3); n > 0; --n)
            bytes[random_below(rng, bytes.size())] = static_cast<std::byte>(rng());
        const auto parsed = parse_metadata_message(bytes);
        if (!parsed || !*parsed) continue;
        auto message = **parsed;
        if (message.type == MetadataType::data && !message.total_size) message.total_size = 0;
        ++accepted;
        const auto written = to_wire(message);
        const auto again = parse_metadata_message(written);
        ASSERT_TRUE(again && *again);
        ASSERT_EQ((*again)->piece, message.piece);
        ASSERT_EQ((*again)->total_size, message.total_size);
        ASSERT_EQ(as_text((*again)->payload), as_text(message.payload));
    }
    EXPECT_GT(accepted, 300);
}

}  // namespace
}  // namespace bt::wire
