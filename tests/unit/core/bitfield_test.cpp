#include "bt/core/bitfield.hpp"

#include <gtest/gtest.h>

#include <initializer_list>

namespace bt {
namespace {

ByteVector bytes(std::initializer_list<unsigned char> values) {
    ByteVector out;
    for (const auto v : values)
        out.push_back(std::byte{v});
    return out;
}

TEST(Bitfield, SetsAndClearsSinglePieces) {
    Bitfield field(130);
    field.set(PieceIndex(0));
    field.set(PieceIndex(64));
    field.set(PieceIndex(129));
    EXPECT_EQ(field.count(), 3u);
    EXPECT_TRUE(field.get(PieceIndex(64)));
    EXPECT_FALSE(field.get(PieceIndex(63)));
    field.clear(PieceIndex(64));
    EXPECT_FALSE(field.get(PieceIndex(64)));
    EXPECT_EQ(field.count(), 2u);
}

TEST(Bitfield, KnowsAllAndNone) {
    for (const auto size : {0u, 1u, 63u, 64u, 65u, 200u}) {
        EXPECT_TRUE(Bitfield(size).none()) << size;
        EXPECT_TRUE(Bitfield(size, true).all()) << size;
        EXPECT_EQ(Bitfield(size, true).count(), size);
    }
    EXPECT_FALSE(Bitfield(1).all());
    EXPECT_FALSE(Bitfield(1, true).none());
}

TEST(Bitfield, PieceZeroIsTheHighBitOfTheFirstByte) {
    Bitfield field(10);
    field.set(PieceIndex(0));
    field.set(PieceIndex(7));
    field.set(PieceIndex(9));
    EXPECT_EQ(field.to_wire(), bytes({0x81, 0x40}));
    EXPECT_EQ(Bitfield::from_wire(bytes({0x81, 0x40}), 10), field);
}

TEST(Bitfield, RoundTripsEverySize) {
    for (std::uint32_t size = 0; size <= 200; ++size) {
        Bitfield field(size);
        for (std::uint32_t i = 0; i < size; i += 3)
            field.set(PieceIndex(i));
        EXPECT_EQ(Bitfield::from_wire(field.to_wire(), size), field) << size;
    }
}

TEST(Bitfield, RefusesAWrongLength) {
    EXPECT_FALSE(Bitfield::from_wire(bytes({0}), 9));
    EXPECT_FALSE(Bitfield::from_wire(bytes({0, 0}), 8));
    EXPECT_FALSE(Bitfield::from_wire({}, 1));
    EXPECT_FALSE(Bitfield::from_wire(bytes({0}), 0));
    EXPECT_TRUE(Bitfield::from_wire({}, 0));
}

TEST(Bitfield, RefusesSpareBitsThatAreSet) {
    for (std::uint32_t size = 1; size <= 7; ++size) {
        const auto spare = static_cast<unsigned char>(0x80 >> size);
        EXPECT_FALSE(Bitfield::from_wire(bytes({spare}), size)) << size;
        EXPECT_TRUE(Bitfield::from_wire(bytes({static_cast<unsigned char>(spare << 1)}), size));
    }
    EXPECT_TRUE(Bitfield::from_wire(bytes({0xff}), 8));
}

TEST(BitfieldDeathTest, AnIndexPastTheEndIsAFaultOfOurs) {
    EXPECT_DEATH((void)Bitfield(8).get(PieceIndex(8)), "internal error");
    EXPECT_DEATH(Bitfield().set(PieceIndex(0)), "internal error");
}

}  // namespace
}  // namespace bt
