#include "session/early_messages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bt/wire/reader.hpp"

namespace bt::session {
namespace {

using wire::Message;
using wire::MessageId;

Message plain(MessageId id) {
    Message out;
    out.id = id;
    return out;
}

Message of_piece(MessageId id, std::uint32_t piece) {
    auto out = plain(id);
    out.block.piece = PieceIndex(piece);
    return out;
}

Message bitfield(const ByteVector& bits) {
    auto out = plain(MessageId::bitfield);
    out.payload = bits;
    return out;
}

std::vector<std::uint32_t> ones(const Bitfield& field) {
    std::vector<std::uint32_t> out;
    for (std::uint32_t i = 0; i < field.size(); ++i) {
        if (field.get(PieceIndex(i))) out.push_back(i);
    }
    return out;
}

TEST(EarlyMessages, KeepWhatAPeerHas) {
    EarlyMessages early;
    EXPECT_FALSE(early.has_pieces());
    ASSERT_TRUE(early.take(bitfield({std::byte{0x81}, std::byte{0x40}})));
    ASSERT_TRUE(early.take(of_piece(MessageId::have, 3)));
    EXPECT_TRUE(early.has_pieces());
    EXPECT_EQ(ones(early.pieces(11).value()), (std::vector<std::uint32_t>{0, 3, 7, 9}));
}

TEST(EarlyMessages, HavesAloneNeedNoBitfield) {
    EarlyMessages early;
    ASSERT_TRUE(early.take(of_piece(MessageId::have, 9)));
    EXPECT_EQ(ones(early.pieces(1000).value()), (std::vector<std::uint32_t>{9}));
}

TEST(EarlyMessages, TheLastWordCounts) {
    EarlyMessages early;
    ASSERT_TRUE(early.take(plain(MessageId::have_all)));
    ASSERT_TRUE(early.take(of_piece(MessageId::have, 2)));
    EXPECT_TRUE(early.pieces(3).value().all());
    ASSERT_TRUE(early.take(plain(MessageId::have_none)));
    EXPECT_TRUE(early.pieces(3).value().none());
    ASSERT_TRUE(early.take(plain(MessageId::unchoke)));
    ASSERT_TRUE(early.take(plain(MessageId::interested)));
    EXPECT_TRUE(early.unchoked());
    EXPECT_TRUE(early.interested());
    ASSERT_TRUE(early.take(plain(MessageId::choke)));
    ASSERT_TRUE(early.take(plain(MessageId::not_interested)));
    EXPECT_FALSE(early.unchoked());
    EXPECT_FALSE(early.interested());
}

TEST(EarlyMessages, PiecesOfAnotherTorrentAreRefusedOnceItIsKnown) {
    EarlyMessages spare;
    ASSERT_TRUE(spare.take(bitfield({std::byte{0x01}})));
    EXPECT_FALSE(spare.pieces(7)) << "the eighth bit is spare";
    EXPECT_TRUE(spare.pieces(8));
    EXPECT_FALSE(spare.pieces(9)) << "too short";
    EarlyMessages beyond;
    ASSERT_TRUE(beyond.take(of_piece(MessageId::have, 16)));
    EXPECT_FALSE(beyond.pieces(16));
    EXPECT_TRUE(beyond.pieces(17));
}

TEST(EarlyMessages, GrowNoFurtherThanAnyTorrent) {
    EarlyMessages early;
    const auto most = wire::kMaxBitfieldBytes * 8;
    EXPECT_TRUE(early.take(of_piece(MessageId::have, most - 1)));
    EXPECT_FALSE(early.take(of_piece(MessageId::have, most)));
    EXPECT_FALSE(early.take(of_piece(MessageId::have, 0xffffffff)));
    EXPECT_LE(early.bytes(), 2 * wire::kMaxBitfieldBytes);
    for (std::uint32_t i = 0; i < 1000; ++i)
        ASSERT_TRUE(early.take(of_piece(MessageId::allowed_fast, i)));
    EXPECT_EQ(early.allowed_fast().size(), EarlyMessages::kMaxAllowedFast);
}

TEST(EarlyMessages, BlocksCannotComeYet) {
    EarlyMessages early;
    EXPECT_FALSE(early.take(plain(MessageId::piece)));
    EXPECT_TRUE(early.take(plain(MessageId::request)));
    EXPECT_TRUE(early.take(plain(MessageId::cancel)));
}

}  // namespace
}  // namespace bt::session
