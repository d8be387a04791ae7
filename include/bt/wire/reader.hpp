// Reader: turns the bytes of one peer connection into messages. Belongs to a peer session, lives on
// the io thread. Owns at most one unfinished message.
//
// One receive takes as much as the socket has: first into direct(), the rest of a block whose
// payload has begun, and what goes beyond into a scratch buffer shared by all peers. Whole messages
// in the scratch are parsed where they lie; payload is copied once, into a pooled block; an
// unfinished tail is kept inside.
//
//     n = receive({reader.direct(), scratch});
//     d = min(n, reader.direct().size()); reader.commit_direct(d);
//     Bytes input = scratch.first(n - d);
//     while (auto message = reader.next(input)) ...   // until nullopt or an error
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "bt/core/block.hpp"
#include "bt/core/bytes.hpp"
#include "bt/core/result.hpp"
#include "bt/wire/message.hpp"

namespace bt::wire {

/// BEP 10 messages above this are refused before they are buffered. The largest that make sense are
/// pieces of metadata (BEP 9), of 16 KiB.
inline constexpr std::uint32_t kMaxExtendedBytes = 64 * 1024;
/// Messages of unknown id up to this are skipped without being buffered; above, refused.
inline constexpr std::uint32_t kMaxUnknownBytes = 64 * 1024;
/// For a torrent whose metadata is not there yet (BEP 9): a bitfield has any length up to
/// kMaxBitfieldBytes, and the caller judges it once the metadata has come.
inline constexpr std::uint32_t kAnyPieceCount = 0xffffffff;
/// One bit for each of 2^21 pieces, more than any torrent in use has.
inline constexpr std::uint32_t kMaxBitfieldBytes = 256 * 1024;

class Reader {
public:
    /// `pool` outlives the reader. A bitfield has exactly the bytes of `piece_count` pieces.
    Reader(std::uint32_t piece_count, BlockPool& pool);

    /// The torrent's metadata has come, of which nothing was known before: see kAnyPieceCount.
    void set_piece_count(std::uint32_t piece_count) { piece_count_ = piece_count; }

    /// Where the next received bytes belong: the rest of the current block, or empty.
    [[nodiscard]] MutableBytes direct() const;
    /// Bytes of the current block that are there already.
    [[nodiscard]] std::size_t filled() const { return state_ == State::block ? block_filled_ : 0; }
    /// `bytes` have been received into direct().
    void commit_direct(std::size_t bytes);

    /// Takes bytes from the front of `input` and returns the next whole message; nullopt when all
    /// of `input` is used up. To be called after every receive, even when `input` is empty: bytes
    /// put into direct() may have completed a block. Errc::protocol: the length does not fit the
    /// id, or is over the limit; the connection is of no more use.
    [[nodiscard]] Result<std::optional<Message>> next(Bytes& input);

private:
    enum class State : std::uint8_t { header, block, skip, failed };
    enum class Step : std::uint8_t { message, starved, refused };

    [[nodiscard]] std::uint32_t bytes_needed(Bytes start) const;
    [[nodiscard]] bool length_fits(std::uint8_t id, std::uint32_t length) const;
    [[nodiscard]] Step advance(Bytes& input, Message& out);
    [[nodiscard]] bool open(Bytes message, Message& out);
    [[nodiscard]] bool fill_block(Bytes& input);
    [[nodiscard]] Step refuse(Bytes start);
    void drop_tail();

    std::uint32_t piece_count_;
    BlockPool* pool_;
    State state_ = State::header;
    bool tail_spent_ = false;  // tail_ holds the message returned last
    ByteVector tail_;          // the start of a message that has not arrived whole
    Message block_;            // the piece message being received
    std::uint32_t block_filled_ = 0;
    std::uint32_t skip_left_ = 0;
    std::string refusal_;  // why, once failed
};

}  // namespace bt::wire
