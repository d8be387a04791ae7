// However a stream is cut into receives, the reader gives the same messages.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <utility>

#include "bt/core/rng.hpp"
#include "bt/wire/reader.hpp"
#include "bt/wire/writer.hpp"
#include "unit/wire/describe.hpp"

namespace bt::wire {
namespace {

using test::describe;

constexpr std::uint32_t kPieces = 77;

void append_random_message(ByteVector& out, Rng& rng, std::size_t max_payload) {
    const auto number = [&rng] { return static_cast<std::uint32_t>(rng()); };
    const auto payload = [&](std::size_t most) {
        ByteVector bytes(random_below(rng, most) + 1);
        for (auto& b : bytes)
            b = static_cast<std::byte>(rng());
        return bytes;
    };
    const BlockRequest block{PieceIndex(number()), number(), number()};
    switch (random_below(rng, 9)) {
        case 0:
            return append_plain(out, MessageId::keep_alive);
        case 1:
            return append_plain(out, MessageId::have_none);
        case 2:
            return append_piece_index(out, MessageId::have, block.piece);
        case 3:
            return append_block(out, MessageId::request, block);
        case 4:
            return append_port(out, static_cast<std::uint16_t>(number()));
        case 5:
            return append_bitfield(out, Bitfield(kPieces, true));
        case 6:
            return append_extended(out, 7, payload(max_payload));
        case 7: {  // unknown, to be skipped
            const auto bytes = payload(max_payload);
            append_be(out, static_cast<std::uint32_t>(1 + bytes.size()));
            out.push_back(std::byte{99});
            return append(out, bytes);
        }
        default: {
            const auto bytes = payload(std::min<std::size_t>(max_payload, kBlockSize));
            append_piece_header(
                out, {block.piece, block.begin, static_cast<std::uint32_t>(bytes.size())});
            return append(out, bytes);
        }
    }
}

ByteVector random_stream(Rng& rng, int messages, std::size_t max_payload) {
    ByteVector out;
    for (int i = 0; i < messages; ++i)
        append_random_message(out, rng, max_payload);
    return out;
}

/// What a session does: each receive fills direct(), then a scratch buffer that is used again.
std::vector<std::string> receive_all(Bytes stream, BlockPool& pool,
                                     const std::function<std::size_t()>& chunk) {
    Reader reader(kPieces, pool);
    ByteVector scratch(64 * 1024);
    std::vector<std::string> out;
    while (!stream.empty()) {
        const auto direct = reader.direct();
        const auto n = std::min({chunk(), stream.size(), direct.size() + scratch.size()});
        const auto d = std::min(n, direct.size());
        if (d > 0) std::memcpy(direct.data(), stream.data(), d);
        reader.commit_direct(d);
        std::copy_n(stream.data() + d, n - d, scratch.data());
        stream = stream.subspan(n);
        const auto messages = test::read_all(reader, Bytes(scratch).first(n - d));
        out.insert(out.end(), messages.begin(), messages.end());
        std::fill_n(scratch.data(), n - d, std::byte{0xee});  // the next receive overwrites it
    }
    return out;
}

std::vector<std::string> read_whole(Bytes stream, BlockPool& pool) {
    Reader reader(kPieces, pool);
    return test::read_all(reader, stream);
}

TEST(ReaderSplit, GivesTheSameMessagesForEveryChunkSize) {
    constexpr std::uint64_t kSeed = 20240501;
    SCOPED_TRACE(kSeed);
    Rng rng(kSeed);
    BlockPool pool;
    const auto stream = random_stream(rng, 60, 40);
    const auto expected = read_whole(stream, pool);
    ASSERT_GT(expected.size(), 30u);
    for (std::size_t size = 1; size <= stream.size(); ++size) {
        ASSERT_EQ(receive_all(stream, pool, [size] { return size; }), expected)
            << "chunks of " << size;
    }
}

TEST(ReaderSplit, GivesTheSameMessagesWhereverAStreamIsCutInTwo) {
    constexpr std::uint64_t kSeed = 7;
    SCOPED_TRACE(kSeed);
    Rng rng(kSeed);
    BlockPool pool;
    const auto stream = random_stream(rng, 30, 60);
    const auto expected = read_whole(stream, pool);
    for (std::size_t cut = 1; cut < stream.size(); ++cut) {
        bool first = true;
        const auto chunk = [&] { return std::exchange(first, false) ? cut : stream.size(); };
        ASSERT_EQ(receive_all(stream, pool, chunk), expected) << "cut at " << cut;
    }
}

TEST(ReaderSplit, GivesTheSameMessagesForRandomChunks) {
    BlockPool pool;
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        SCOPED_TRACE(seed);
        Rng rng(seed);
        const auto stream = random_stream(rng, 40, 40'000);
        const auto expected = read_whole(stream, pool);
        const std::size_t most = std::size_t{1} << random_below(rng, 17);
        ASSERT_EQ(receive_all(stream, pool, [&] { return 1 + random_below(rng, most); }), expected);
    }
}

TEST(ReaderSplit, SurvivesMutatedStreams) {
    BlockPool pool;
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        SCOPED_TRACE(seed);
        Rng rng(seed);
        auto stream = random_stream(rng, 20, 100);
        for (auto n = 1 + random_below(rng, 8); n > 0; --n) {
            stream[random_below(rng, stream.size())] = static_cast<std::byte>(rng());
        }
        auto expected = read_whole(stream, pool);
        auto chunked = receive_all(stream, pool, [&] { return 1 + random_below(rng, 64); });
        // A refused stream is refused again at every later receive.
        const auto cut = [](std::vector<std::string>& messages) {
            const auto at = std::find(messages.begin(), messages.end(), "refused");
            if (at != messages.end()) messages.erase(at + 1, messages.end());
        };
        cut(expected);
        cut(chunked);
        ASSERT_EQ(chunked, expected);
    }
    EXPECT_EQ(pool.bytes_in_use(), 0u);
}

}  // namespace
}  // namespace bt::wire
