#include "bt/wire/writer.hpp"

#include <gtest/gtest.h>

#include "unit/wire/describe.hpp"

namespace bt::wire {
namespace {

using test::unhex;

TEST(Writer, WritesAKeepAliveAsALengthOfZero) {
    ByteVector out;
    append_plain(out, MessageId::keep_alive);
    EXPECT_EQ(out, unhex("00000000"));
}

TEST(Writer, WritesMessagesWithoutABody) {
    ByteVector out;
    append_plain(out, MessageId::choke);
    append_plain(out, MessageId::unchoke);
    append_plain(out, MessageId::interested);
    append_plain(out, MessageId::not_interested);
    append_plain(out, MessageId::have_all);
    append_plain(out, MessageId::have_none);
    EXPECT_EQ(out, unhex("0000000100 0000000101 0000000102 0000000103 000000010e 000000010f"));
}

TEST(Writer, WritesMessagesThatNameAPiece) {
    ByteVector out;
    append_piece_index(out, MessageId::have, PieceIndex(0x01020304));
    append_piece_index(out, MessageId::suggest_piece, PieceIndex(5));
    append_piece_index(out, MessageId::allowed_fast, PieceIndex(6));
    EXPECT_EQ(out, unhex("000000050401020304 000000050d00000005 000000051100000006"));
}

TEST(Writer, WritesMessagesThatNameABlock) {
    const BlockRequest block{PieceIndex(1), 0x4000, 0x3fff};
    ByteVector out;
    append_block(out, MessageId::request, block);
    append_block(out, MessageId::cancel, block);
    append_block(out, MessageId::reject_request, block);
    EXPECT_EQ(out, unhex("0000000d06 00000001 00004000 00003fff"
                         "0000000d08 00000001 00004000 00003fff"
                         "0000000d10 00000001 00004000 00003fff"));
}

TEST(Writer, WritesABitfieldHighBitFirst) {
    Bitfield have(10);
    have.set(PieceIndex(0));
    have.set(PieceIndex(9));
    ByteVector out;
    append_bitfield(out, have);
    EXPECT_EQ(out, unhex("00000003058040"));
}

TEST(Writer, CountsThePayloadInTheHeaderOfABlock) {
    ByteVector out;
    append_piece_header(out, {PieceIndex(2), 0x8000, 0x4000});
    EXPECT_EQ(out, unhex("00004009 07 00000002 00008000"));
    EXPECT_EQ(out.size(), kPieceHeaderSize);
}

TEST(Writer, WritesAnExtendedMessage) {
    ByteVector out;
    append_extended(out, 3, as_bytes("de"));
    EXPECT_EQ(out, unhex("00000004 14 03 6465"));
}

TEST(Writer, WritesAPort) {
    ByteVector out;
    append_port(out, 6881);
    EXPECT_EQ(out, unhex("00000003 09 1ae1"));
}

TEST(Writer, AppendsToWhatIsThere) {
    ByteVector out = unhex("ff");
    append_plain(out, MessageId::choke);
    EXPECT_EQ(out, unhex("ff 0000000100"));
}

}  // namespace
}  // namespace bt::wire
