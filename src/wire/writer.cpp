#include "bt/wire/writer.hpp"

namespace bt::wire {

namespace {

constexpr std::size_t kHeaderSize = 5;  // length and id

/// Appends length and id, and room for `body` bytes more; returns where these begin.
std::byte* append_header(ByteVector& out, MessageId id, std::size_t body, std::size_t follows = 0) {
    const auto at = out.size();
    out.resize(at + kHeaderSize + body);
    auto* const to = out.data() + at;
    write_be(to, static_cast<std::uint32_t>(1 + body + follows));
    to[4] = static_cast<std::byte>(id);
    return to + kHeaderSize;
}

}  // namespace

void append_plain(ByteVector& out, MessageId id) {
    if (id == MessageId::keep_alive) {
        out.resize(out.size() + 4);
        return;
    }
    append_header(out, id, 0);
}

void append_piece_index(ByteVector& out, MessageId id, PieceIndex piece) {
    write_be(append_header(out, id, 4), piece.value());
}

void append_block(ByteVector& out, MessageId id, const BlockRequest& block) {
    auto* const to = append_header(out, id, 12);
    write_be(to, block.piece.value());
    write_be(to + 4, block.begin);
    write_be(to + 8, block.length);
}

void append_bitfield(ByteVector& out, const Bitfield& have) {
    const auto bytes = have.to_wire();
    append_header(out, MessageId::bitfield, 0, bytes.size());
    append(out, bytes);
}

void append_piece_header(ByteVector& out, const BlockRequest& block) {
    auto* const to = append_header(out, MessageId::piece, 8, block.length);
    write_be(to, block.piece.value());
    write_be(to + 4, block.begin);
}

void append_extended(ByteVector& out, std::uint8_t extended_id, Bytes payload) {
    *append_header(out, MessageId::extended, 1, payload.size()) = std::byte{extended_id};
    append(out, payload);
}

void append_port(ByteVector& out, std::uint16_t port) {
    write_be(append_header(out, MessageId::port, 2), port);
}

}  // namespace bt::wire
