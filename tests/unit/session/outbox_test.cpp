#include "session/outbox.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "bt/wire/writer.hpp"

namespace bt::session {
namespace {

/// Sends at most `limit` bytes of what gather() gives, as a socket would.
std::uint64_t send_some(Outbox& outbox, std::string& wire, std::size_t limit) {
    const auto parts = outbox.gather();
    std::size_t sent = 0;
    for (std::size_t i = 0; i < parts.count && sent < limit; ++i) {
        const auto n = std::min(limit - sent, parts.parts[i].size());
        wire += as_text(parts.parts[i].first(n));
        sent += n;
    }
    return outbox.consume(sent);
}

BlockBuffer filled(BlockPool& pool, char with) {
    auto buffer = pool.acquire();
    std::memset(buffer.data(), with, kBlockSize);
    return buffer;
}

TEST(Outbox, IsEmptyAtFirstAndAfterAllIsSent) {
    Outbox outbox;
    EXPECT_TRUE(outbox.empty());
    append(outbox.control(), "abc");
    EXPECT_FALSE(outbox.empty());
    std::string wire;
    EXPECT_EQ(send_some(outbox, wire, 100), 0u);
    EXPECT_EQ(wire, "abc");
    EXPECT_TRUE(outbox.empty());
}

TEST(Outbox, ControlAfterABlockGoesBehindIt) {
    BlockPool pool;
    Outbox outbox;
    append(outbox.control(), "one");
    outbox.append_block({PieceIndex(1), 2, 3}, filled(pool, 'x'));
    append(outbox.control(), "two");
    std::string wire;
    EXPECT_EQ(send_some(outbox, wire, 1000), 3u);
    ByteVector expected;
    append(expected, "one");
    wire::append_piece_header(expected, {PieceIndex(1), 2, 3});
    append(expected, "xxxtwo");
    EXPECT_EQ(wire, as_text(expected));
}

TEST(Outbox, CountsPayloadOnceHoweverItIsCut) {
    const auto seed = std::random_device{}();
    SCOPED_TRACE(seed);
    std::mt19937 rng(seed);
    BlockPool pool;
    Outbox outbox;
    ByteVector expected;
    for (int i = 0; i < 40; ++i) {
        append(outbox.control(), "c");
        append(expected, "c");
        const auto length = static_cast<std::uint32_t>(1 + rng() % kBlockSize);
        const BlockRequest block{PieceIndex(0), 0, length};
        outbox.append_block(block, filled(pool, 'y'));
        wire::append_piece_header(expected, block);
        expected.resize(expected.size() + block.length, std::byte{'y'});
    }
    const auto queued = outbox.unsent_payload();
    std::string wire;
    std::uint64_t payload = 0;
    for (int i = 0; i < 100'000 && !outbox.empty(); ++i) {
        payload += send_some(outbox, wire, 1 + rng() % 30'000);
    }
    EXPECT_EQ(wire, as_text(expected));
    EXPECT_EQ(payload, queued);
    EXPECT_EQ(outbox.unsent_payload(), 0u);
    EXPECT_EQ(pool.bytes_in_use(), 0u);
}

TEST(Outbox, CountsControlBytesThatHaveNotLeft) {
    BlockPool pool;
    Outbox outbox;
    append(outbox.control(), "12345678");
    outbox.append_block({PieceIndex(0), 0, 100}, filled(pool, 'z'));
    append(outbox.control(), "abc");
    EXPECT_EQ(outbox.unsent_control(), 8 + wire::kPieceHeaderSize + 3);
    std::string wire;
    static_cast<void>(send_some(outbox, wire, 5));
    EXPECT_EQ(outbox.unsent_control(), 3 + wire::kPieceHeaderSize + 3);
    static_cast<void>(send_some(outbox, wire, 3 + wire::kPieceHeaderSize + 40));
    EXPECT_EQ(outbox.unsent_control(), 3u);
}

TEST(Outbox, GathersAtMostWhatOneSendTakes) {
    BlockPool pool;
    Outbox outbox;
    for (std::size_t i = 0; i < Outbox::kMaxParts; ++i) {
        outbox.append_block({PieceIndex(0), 0, 1}, filled(pool, 'z'));
    }
    EXPECT_EQ(outbox.gather().count, Outbox::kMaxParts);
}

TEST(Outbox, GathersNoMorePayloadThanItMaySend) {
    BlockPool pool;
    Outbox outbox;
    append(outbox.control(), "abc");
    for (std::uint32_t i = 0; i < 2; ++i)
        outbox.append_block({PieceIndex(i), 0, kBlockSize}, filled(pool, 'x'));
    append(outbox.control(), "end");
    constexpr std::size_t header = 13;
    const auto bytes = [&](std::size_t payload) {
        const auto parts = outbox.gather(payload);
        std::size_t sum = 0;
        for (std::size_t i = 0; i < parts.count; ++i)
            sum += parts.parts[i].size();
        return sum;
    };
    EXPECT_EQ(bytes(0), 3 + header);
    EXPECT_EQ(bytes(100), 3 + header + 100);
    EXPECT_EQ(bytes(kBlockSize), 3 + header + kBlockSize + header);
    EXPECT_EQ(bytes(2 * kBlockSize), 3 + 2 * (header + kBlockSize) + 3);
    EXPECT_EQ(outbox.consume(3 + header + 100), 100u);
    EXPECT_EQ(outbox.gather(0).count, 0u);  // in the middle of a block
    EXPECT_EQ(bytes(1), 1u);
}

}  // namespace
}  // namespace bt::session
