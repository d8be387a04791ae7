// Messages of the peer protocol as bytes, appended to an outgoing buffer (BEP 3, 6, 10).
#pragma once

#include <cstdint>

#include "bt/core/bitfield.hpp"
#include "bt/core/bytes.hpp"
#include "bt/core/ids.hpp"
#include "bt/wire/message.hpp"

namespace bt::wire {

/// What precedes the payload of a piece message.
inline constexpr std::size_t kPieceHeaderSize = 13;

/// choke, unchoke, interested, not_interested, have_all, have_none, keep_alive.
void append_plain(ByteVector& out, MessageId id);
/// have, suggest_piece, allowed_fast.
void append_piece_index(ByteVector& out, MessageId id, PieceIndex piece);
/// request, cancel, reject_request.
void append_block(ByteVector& out, MessageId id, const BlockRequest& block);
void append_bitfield(ByteVector& out, const Bitfield& have);
/// The header of a piece message; `block.length` bytes of payload follow.
void append_piece_header(ByteVector& out, const BlockRequest& block);
void append_extended(ByteVector& out, std::uint8_t extended_id, Bytes payload);
void append_port(ByteVector& out, std::uint16_t port);

}  // namespace bt::wire
