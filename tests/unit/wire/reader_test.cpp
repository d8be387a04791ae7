#include "bt/wire/reader.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <iterator>

#include "bt/wire/writer.hpp"
#include "unit/wire/describe.hpp"

namespace bt::wire {
namespace {

using test::describe;
using test::read_all;
using test::unhex;

constexpr std::uint32_t kPieces = 10;

class ReaderTest : public ::testing::Test {
protected:
    /// The one message of `hex`; fails the test when it is not read whole.
    Message read(std::string_view hex) {
        held_ = unhex(hex);
        Bytes input = held_;
        auto message = reader_.next(input);
        EXPECT_TRUE(message && *message) << hex;
        EXPECT_TRUE(input.empty()) << hex;
        return message && *message ? std::move(**message) : Message{};
    }
    /// A fresh reader refuses `hex`.
    bool refuses(std::string_view hex, std::uint32_t pieces = kPieces) {
        const auto bytes = unhex(hex);
        Reader reader(pieces, pool_);
        Bytes input = bytes;
        const auto message = reader.next(input);
        return !message && message.error().code == Errc::protocol;
    }

    BlockPool pool_;
    Reader reader_{kPieces, pool_};
    ByteVector held_;
};

TEST_F(ReaderTest, ReadsAKeepAlive) {
    EXPECT_EQ(read("00000000").id, MessageId::keep_alive);
}

TEST_F(ReaderTest, ReadsMessagesWithoutABody) {
    EXPECT_EQ(read("0000000100").id, MessageId::choke);
    EXPECT_EQ(read("0000000101").id, MessageId::unchoke);
    EXPECT_EQ(read("0000000102").id, MessageId::interested);
    EXPECT_EQ(read("0000000103").id, MessageId::not_interested);
    EXPECT_EQ(read("000000010e").id, MessageId::have_all);
    EXPECT_EQ(read("000000010f").id, MessageId::have_none);
}

TEST_F(ReaderTest, ReadsMessagesThatNameAPiece) {
    const auto have = read("000000050401020304");
    EXPECT_EQ(have.id, MessageId::have);
    EXPECT_EQ(have.block.piece, PieceIndex(0x01020304));
    EXPECT_EQ(read("000000050d00000005").id, MessageId::suggest_piece);
    EXPECT_EQ(read("000000051100000006").id, MessageId::allowed_fast);
}

TEST_F(ReaderTest, ReadsMessagesThatNameABlock) {
    const BlockRequest block{PieceIndex(1), 2, 3};
    const auto request = read("0000000d06 00000001 00000002 00000003");
    EXPECT_EQ(request.id, MessageId::request);
    EXPECT_EQ(request.block, block);
    EXPECT_EQ(read("0000000d08 00000001 00000002 00000003").id, MessageId::cancel);
    const auto reject = read("0000000d10 00000001 00000002 00000003");
    EXPECT_EQ(reject.id, MessageId::reject_request);
    EXPECT_EQ(reject.block, block);
}

TEST_F(ReaderTest, LeavesTheNumbersOfARequestToItsCaller) {
    const auto request = read("0000000d06 ffffffff ffffffff ffffffff");
    EXPECT_EQ(request.block, (BlockRequest{PieceIndex(0xffffffff), 0xffffffff, 0xffffffff}));
}

TEST_F(ReaderTest, ReadsABitfield) {
    const auto message = read("00000003 05 8040");
    EXPECT_EQ(message.id, MessageId::bitfield);
    EXPECT_EQ(to_hex(message.payload), "8040");
}

TEST_F(ReaderTest, ReadsABlockIntoABuffer) {
    const auto message = read("0000000c 07 00000002 00008000 616263");
    EXPECT_EQ(message.id, MessageId::piece);
    EXPECT_EQ(message.block, (BlockRequest{PieceIndex(2), 0x8000, 3}));
    EXPECT_EQ(as_text(message.data.bytes(3)), "abc");
}

TEST_F(ReaderTest, ReadsAPort) {
    const auto message = read("00000003 09 1ae1");
    EXPECT_EQ(message.id, MessageId::port);
    EXPECT_EQ(message.port, 6881);
}

TEST_F(ReaderTest, ReadsAnExtendedMessage) {
    const auto message = read("00000004 14 03 6465");
    EXPECT_EQ(message.id, MessageId::extended);
    EXPECT_EQ(message.extended_id, 3);
    EXPECT_EQ(as_text(message.payload), "de");
}

TEST_F(ReaderTest, ReadsAnExtendedMessageWithoutPayload) {
    EXPECT_TRUE(read("00000002 14 01").payload.empty());
}

TEST_F(ReaderTest, ReadsWhatTheWriterWrites) {
    ByteVector out;
    const BlockRequest block{PieceIndex(7), 16384, 2};
    append_plain(out, MessageId::keep_alive);
    append_bitfield(out, Bitfield(kPieces, true));
    append_block(out, MessageId::request, block);
    append_piece_header(out, block);
    append(out, "ab");
    append_port(out, 80);
    append_extended(out, 0, as_bytes("de"));
    const std::vector<std::string> expected = {
        "id=255 0:0+0 ext=0 port=0 payload=",   "id=5 0:0+0 ext=0 port=0 payload=ffc0",
        "id=6 7:16384+2 ext=0 port=0 payload=", "id=7 7:16384+2 ext=0 port=0 payload= data=6162",
        "id=9 0:0+0 ext=0 port=80 payload=",    "id=20 0:0+0 ext=0 port=0 payload=6465",
    };
    EXPECT_EQ(read_all(reader_, out), expected);
}

TEST_F(ReaderTest, RefusesAnAbsurdLengthBeforeTheIdHasArrived) {
    EXPECT_TRUE(refuses("ffffffff"));
    EXPECT_TRUE(refuses("80000000"));
    EXPECT_TRUE(refuses("00040002"));
    EXPECT_FALSE(refuses("00040001"));
}

TEST_F(ReaderTest, RefusesALengthThatDoesNotFitTheIdBeforeTheBodyHasArrived) {
    for (const auto* const id : {"00", "01", "02", "03", "0e", "0f"}) {
        EXPECT_TRUE(refuses(std::string("00000002") + id)) << id;
    }
    for (const auto* const id : {"04", "0d", "11"}) {
        EXPECT_TRUE(refuses(std::string("00000004") + id)) << id;
        EXPECT_TRUE(refuses(std::string("00000006") + id)) << id;
        EXPECT_FALSE(refuses(std::string("00000005") + id)) << id;
    }
    for (const auto* const id : {"06", "08", "10"}) {
        EXPECT_TRUE(refuses(std::string("0000000c") + id)) << id;
        EXPECT_TRUE(refuses(std::string("0000000e") + id)) << id;
        EXPECT_FALSE(refuses(std::string("0000000d") + id)) << id;
    }
    EXPECT_TRUE(refuses("0000000209"));
    EXPECT_TRUE(refuses("0000000409"));
}

TEST_F(ReaderTest, RefusesABitfieldThatIsShortOrLong) {
    EXPECT_TRUE(refuses("0000000205"));
    EXPECT_FALSE(refuses("0000000305"));
    EXPECT_TRUE(refuses("0000000405"));
}

TEST_F(ReaderTest, BoundsABitfieldWhileTheMetadataIsUnknown) {
    EXPECT_FALSE(refuses("0000000205", kAnyPieceCount));
    EXPECT_FALSE(refuses("0004000105", kAnyPieceCount));  // 1 + kMaxBitfieldBytes
    EXPECT_TRUE(refuses("0004000205", kAnyPieceCount));
}

TEST_F(ReaderTest, RefusesABlockWithoutPayload) {
    EXPECT_TRUE(refuses("0000000907"));
    EXPECT_TRUE(refuses("0000000807"));
    EXPECT_TRUE(refuses("0000000107"));
    EXPECT_FALSE(refuses("0000000a07"));
}

TEST_F(ReaderTest, RefusesABlockLongerThanTheBlockSize) {
    EXPECT_FALSE(refuses("0000400907"));
    EXPECT_TRUE(refuses("0000400a07"));
}

TEST_F(ReaderTest, RefusesAnExtendedMessageWithoutIdOrOverTheLimit) {
    EXPECT_TRUE(refuses("0000000114"));
    EXPECT_FALSE(refuses("0000000214"));
    EXPECT_FALSE(refuses("0001000014"));
    EXPECT_TRUE(refuses("0001000114"));
}

TEST_F(ReaderTest, SkipsUnknownMessagesUpToALimit) {
    auto bytes = unhex("00000004 15 010203 0000000101");
    EXPECT_EQ(read_all(reader_, bytes).size(), 1u);
    EXPECT_FALSE(refuses("0001000015"));
    EXPECT_TRUE(refuses("0001000115"));
    EXPECT_FALSE(refuses("00000001ff"));
}

TEST_F(ReaderTest, SkipsAnUnknownMessageWithoutABody) {
    EXPECT_EQ(read_all(reader_, unhex("00000001ff 0000000101")).size(), 1u);
}

TEST_F(ReaderTest, LeavesNothingOfASkippedMessageInTheNext) {
    EXPECT_EQ(read_all(reader_, unhex("00000002 63 ff 00000000")),
              read_all(reader_, unhex("00000000")));
}

TEST_F(ReaderTest, StaysFailedAfterARefusal) {
    EXPECT_EQ(read_all(reader_, unhex("ffffffff")), std::vector<std::string>{"refused"});
    EXPECT_EQ(read_all(reader_, unhex("0000000100")), std::vector<std::string>{"refused"});
    EXPECT_TRUE(reader_.direct().empty());
}

TEST_F(ReaderTest, TellsWhatItRefused) {
    const auto bytes = unhex("0000000c06");
    Bytes input = bytes;
    const auto message = reader_.next(input);
    ASSERT_FALSE(message);
    EXPECT_EQ(message.error().message,
              "the peer sent a message of 12 bytes with id 6, which does not fit the protocol");
}

TEST_F(ReaderTest, OffersTheRestOfABlockForTheNextReceive) {
    EXPECT_TRUE(reader_.direct().empty());
    EXPECT_TRUE(read_all(reader_, unhex("0000000d 07 00000000 00000000 61")).empty());
    ASSERT_EQ(reader_.direct().size(), 3u);
    std::memcpy(reader_.direct().data(), "bc", 2);
    reader_.commit_direct(2);
    EXPECT_EQ(reader_.direct().size(), 1u);
    std::memcpy(reader_.direct().data(), "d", 1);
    reader_.commit_direct(1);
    EXPECT_EQ(read_all(reader_, {}).at(0), "id=7 0:0+4 ext=0 port=0 payload= data=61626364");
    EXPECT_TRUE(reader_.direct().empty());
}

TEST_F(ReaderTest, GivesItsBufferBackWhenAnUnfinishedBlockIsDropped) {
    {
        Reader reader(kPieces, pool_);
        EXPECT_TRUE(read_all(reader, unhex("0000000d 07 00000000 00000000 61")).empty());
        EXPECT_EQ(pool_.bytes_in_use(), kBlockSize);
    }
    EXPECT_EQ(pool_.bytes_in_use(), 0u);
}

TEST_F(ReaderTest, WaitsAtEveryTruncation) {
    ByteVector out;
    append_piece_header(out, {PieceIndex(1), 0, 5});
    append(out, "hello");
    append_extended(out, 1, as_bytes("payload"));
    append_bitfield(out, Bitfield(kPieces));
    append_plain(out, MessageId::keep_alive);
    append_block(out, MessageId::cancel, {PieceIndex(1), 2, 3});
    const std::size_t ends[] = {18, 31, 38, 42, 59};
    for (std::size_t cut = 0; cut <= out.size(); ++cut) {
        SCOPED_TRACE(cut);
        Reader reader(kPieces, pool_);
        const auto whole = std::count_if(std::begin(ends), std::end(ends),
                                         [cut](std::size_t end) { return end <= cut; });
        const auto messages = read_all(reader, Bytes(out).first(cut));
        EXPECT_EQ(messages.size(), static_cast<std::size_t>(whole));
        EXPECT_EQ(std::count(messages.begin(), messages.end(), "refused"), 0);
    }
}

}  // namespace
}  // namespace bt::wire
