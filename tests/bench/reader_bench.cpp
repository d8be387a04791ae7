// wire::Reader, handed a stream of messages in receives as a peer session does. The copy out of the
// socket is left out: direct() is committed unwritten, and the scratch is the stream itself. So the
// figure is the reader's own cost, its copies into blocks included.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <vector>

#include "bt/core/assert.hpp"
#include "bt/core/block.hpp"
#include "bt/wire/reader.hpp"
#include "bt/wire/writer.hpp"

namespace bt::wire {
namespace {

constexpr std::uint32_t kPieces = 1000;
constexpr std::uint32_t kBlocks = 64;  // of a piece of 1 MiB
constexpr std::size_t kSmallMessages = 16 * 1024;

/// A piece, block by block.
ByteVector piece_stream() {
    ByteVector stream;
    for (std::uint32_t i = 0; i < kBlocks; ++i) {
        append_piece_header(stream, {PieceIndex(7), i * kBlockSize, kBlockSize});
        stream.resize(stream.size() + kBlockSize);
    }
    return stream;
}

ByteVector have_stream() {
    ByteVector stream;
    for (std::uint32_t i = 0; i < kSmallMessages; ++i)
        append_piece_index(stream, MessageId::have, PieceIndex(i % kPieces));
    return stream;
}

ByteVector request_stream() {
    ByteVector stream;
    for (std::uint32_t i = 0; i < kSmallMessages; ++i) {
        const PieceIndex piece(i % kPieces);
        append_block(stream, MessageId::request, {piece, i % kBlocks * kBlockSize, kBlockSize});
    }
    return stream;
}

/// Hands `stream` to `reader` in receives of `size` bytes. The blocks end in `blocks`, since they
/// stay in use until their piece is whole. Returns the messages.
std::size_t receive_all(Reader& reader, Bytes stream, std::size_t size,
                        std::vector<BlockBuffer>& blocks) {
    std::size_t messages = 0;
    while (!stream.empty()) {
        Bytes input = stream.first(std::min(size, stream.size()));
        stream = stream.subspan(input.size());
        const auto direct = std::min(reader.direct().size(), input.size());
        if (direct > 0) reader.commit_direct(direct);
        input = input.subspan(direct);
        for (;;) {
            auto message = reader.next(input);
            BT_ASSERT(message.has_value());
            if (!message->has_value()) break;
            ++messages;
            if ((**message).data) blocks.push_back(std::move((**message).data));
        }
    }
    return messages;
}

void read(benchmark::State& state, ByteVector (*make_stream)()) {
    const auto stream = make_stream();
    const auto size = static_cast<std::size_t>(state.range(0));
    BlockPool pool;
    Reader reader(kPieces, pool);
    std::vector<BlockBuffer> blocks;
    std::size_t messages = 0;
    for (auto _ : state) {
        messages += receive_all(reader, stream, size, blocks);
        blocks.clear();
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(messages));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(stream.size()));
}

// The receive of the session when much waits, and that of a slow link.
constexpr std::int64_t kLarge = 256 * 1024;
constexpr std::int64_t kSmall = 1448;

BENCHMARK_CAPTURE(read, pieces, piece_stream)->Name("Reader/pieces")->Arg(kLarge)->Arg(kSmall);
BENCHMARK_CAPTURE(read, haves, have_stream)->Name("Reader/haves")->Arg(kLarge)->Arg(kSmall);
BENCHMARK_CAPTURE(read, requests, request_stream)
    ->Name("Reader/requests")
    ->Arg(kLarge)
    ->Arg(kSmall);

}  // namespace
}  // namespace bt::wire
