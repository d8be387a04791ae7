// Message: one message of the peer protocol (BEP 3, 6, 10), parsed.
#pragma once

#include <cstdint>

#include "bt/core/block.hpp"
#include "bt/core/bytes.hpp"
#include "bt/core/ids.hpp"

namespace bt::wire {

enum class MessageId : std::uint8_t {
    choke = 0,
    unchoke = 1,
    interested = 2,
    not_interested = 3,
    have = 4,
    bitfield = 5,
    request = 6,
    piece = 7,
    cancel = 8,
    port = 9,
    suggest_piece = 13,
    have_all = 14,
    have_none = 15,
    reject_request = 16,
    allowed_fast = 17,
    extended = 20,
    keep_alive = 255,  // no id on the wire: a length of zero
};

/// Flat, so that reading one costs no allocation. Which fields mean something follows from the id.
struct Message {
    MessageId id = MessageId::keep_alive;
    /// request, cancel, reject_request, piece: the range. have, suggest_piece, allowed_fast:
    /// .piece. Foreign numbers: only `piece`'s length is checked (at most kBlockSize).
    BlockRequest block;
    BlockBuffer data;              // piece: block.length bytes of payload
    std::uint8_t extended_id = 0;  // extended (BEP 10)
    std::uint16_t port = 0;        // port (BEP 5)
    Bytes payload;                 // bitfield, extended: valid until the reader's next call
};

}  // namespace bt::wire
