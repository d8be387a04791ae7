// The peer message reader: any bytes, cut into receives as the input says, give the messages that
// they give in one piece, and these written again are the bytes that were read.
#include <algorithm>
#include <cstring>

#include "bt/core/assert.hpp"
#include "bt/wire/reader.hpp"
#include "bt/wire/writer.hpp"

namespace {

using namespace bt;
using wire::MessageId;

constexpr std::uint32_t kPieces = 77;

void append(ByteVector& out, Bytes bytes) {
    out.insert(out.end(), bytes.begin(), bytes.end());
}

void write(ByteVector& out, const wire::Message& m) {
    switch (m.id) {
        case MessageId::have:
        case MessageId::suggest_piece:
        case MessageId::allowed_fast:
            return wire::append_piece_index(out, m.id, m.block.piece);
        case MessageId::request:
        case MessageId::cancel:
        case MessageId::reject_request:
            return wire::append_block(out, m.id, m.block);
        case MessageId::bitfield:
            if (const auto bits = Bitfield::from_wire(m.payload, kPieces)) {
                return wire::append_bitfield(out, *bits);
            }
            // Spare bits that are set: the reader leaves them to the swarm.
            append(out, as_bytes(std::string_view("\0\0\0\x0b\x05", 5)));
            return append(out, m.payload);
        case MessageId::piece:
            wire::append_piece_header(out, m.block);
            return append(out, m.data.bytes(m.block.length));
        case MessageId::port:
            return wire::append_port(out, m.port);
        case MessageId::extended:
            return wire::append_extended(out, m.extended_id, m.payload);
        default:
            return wire::append_plain(out, m.id);
    }
}

/// Writes what the reader gives of `input` to `out`; false when it refuses.
bool drain(wire::Reader& reader, Bytes input, ByteVector& out) {
    for (;;) {
        auto next = reader.next(input);
        if (!next) return false;
        if (!*next) {
            BT_ASSERT(input.empty());
            return true;
        }
        const auto& message = **next;
        BT_ASSERT(static_cast<bool>(message.data) == (message.id == MessageId::piece));
        write(out, message);
    }
}

bool is_known(std::uint8_t id) {
    return id <= 9 || (id >= 13 && id <= 17) || id == 20;
}

/// The whole messages of `stream` whose ids are known, as they stand.
ByteVector known_messages(Bytes stream) {
    ByteVector out;
    while (stream.size() >= 4) {
        const auto length = std::size_t{4} + read_be<std::uint32_t>(stream.data());
        if (length > stream.size()) break;
        if (length == 4 || is_known(std::to_integer<std::uint8_t>(stream[4]))) {
            append(out, stream.first(length));
        }
        stream = stream.subspan(length);
    }
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const Bytes all = std::as_bytes(std::span(data, size));
    BlockPool pool;
    // Half of the input says how the other half is cut.
    const auto cuts = all.first(size / 2);
    auto stream = all.subspan(size / 2);

    ByteVector whole;
    wire::Reader in_one(kPieces, pool);
    const bool accepted = drain(in_one, stream, whole);
    const auto expected = known_messages(stream);
    BT_ASSERT(whole.size() <= expected.size());
    BT_ASSERT(std::equal(whole.begin(), whole.end(), expected.begin()));
    BT_ASSERT(!accepted || whole.size() == expected.size());

    ByteVector pieces;
    wire::Reader in_parts(kPieces, pool);
    bool good = true;
    for (std::size_t i = 0; good && !stream.empty(); ++i) {
        const auto cut = std::to_integer<std::size_t>(cuts[i % cuts.size()]) + 1;
        const auto n = std::min(cut, stream.size());
        const auto direct = in_parts.direct();
        const auto d = std::min(direct.size(), n);
        if (d > 0) std::memcpy(direct.data(), stream.data(), d);
        in_parts.commit_direct(d);
        const ByteVector scratch(stream.begin() + static_cast<std::ptrdiff_t>(d),
                                 stream.begin() + static_cast<std::ptrdiff_t>(n));
        good = drain(in_parts, scratch, pieces);
        stream = stream.subspan(n);
    }
    BT_ASSERT(good == accepted);
    BT_ASSERT(pieces == whole);
    return 0;
}
