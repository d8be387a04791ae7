#include "bt/wire/reader.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "bt/core/assert.hpp"

namespace bt::wire {

namespace {

constexpr std::uint32_t kLengthSize = 4;
constexpr std::uint32_t kHeaderSize = 5;        // length and id
constexpr std::uint32_t kPieceHeaderSize = 13;  // length, id, index, begin
constexpr std::uint32_t kRefused = 0xffffffff;

/// No message of any id is longer. Lets a bad length be refused before its id is there.
constexpr std::uint32_t kMaxLength =
    1 + std::max({kMaxExtendedBytes, kMaxUnknownBytes, kMaxBitfieldBytes, 8 + kBlockSize});

/// A tail that grew beyond this for one long message gives its memory back afterwards.
constexpr std::size_t kKeptTailBytes = 512;

bool is_known(std::uint8_t id) {
    switch (static_cast<MessageId>(id)) {
        case MessageId::choke:
        case MessageId::unchoke:
        case MessageId::interested:
        case MessageId::not_interested:
        case MessageId::have:
        case MessageId::bitfield:
        case MessageId::request:
        case MessageId::piece:
        case MessageId::cancel:
        case MessageId::port:
        case MessageId::suggest_piece:
        case MessageId::have_all:
        case MessageId::have_none:
        case MessageId::reject_request:
        case MessageId::allowed_fast:
        case MessageId::extended:
            return true;
        case MessageId::keep_alive:  // 255 as an id on the wire is as unknown as any other
            return false;
    }
    return false;
}

std::uint8_t id_of(Bytes start) {
    return std::to_integer<std::uint8_t>(start[kLengthSize]);
}

}  // namespace

Reader::Reader(std::uint32_t piece_count, BlockPool& pool)
    : piece_count_(piece_count), pool_(&pool) {}

MutableBytes Reader::direct() const {
    if (state_ != State::block) return {};
    return {block_.data.data() + block_filled_, block_.block.length - block_filled_};
}

void Reader::commit_direct(std::size_t bytes) {
    BT_ASSERT(bytes <= direct().size());
    block_filled_ += static_cast<std::uint32_t>(bytes);
}

Result<std::optional<Message>> Reader::next(Bytes& input) {
    // Built where the caller has it: a message is the size of a cache line, and moving it twice
    // would cost more than parsing it.
    Result<std::optional<Message>> out(boost::system::in_place_value, std::in_place);
    if (tail_spent_) drop_tail();
    switch (advance(input, **out)) {
        case Step::message:
            break;
        case Step::starved:
            out->reset();
            break;
        case Step::refused:
            out = fail(Errc::protocol, refusal_);
            break;
    }
    return out;
}

Reader::Step Reader::advance(Bytes& input, Message& out) {
    for (;;) {
        if (state_ == State::header) {
            const bool in_place = tail_.empty();
            const Bytes start = in_place ? input : Bytes(tail_);
            const auto need = bytes_needed(start);
            if (need == kRefused) return refuse(start);
            if (start.size() < need) {
                if (input.empty()) return Step::starved;
                const auto taken = input.first(std::min(input.size(), need - tail_.size()));
                append(tail_, taken);
                input = input.subspan(taken.size());
                continue;
            }
            if (in_place) input = input.subspan(need);
            tail_spent_ = !in_place;
            if (open(start.first(need), out)) return Step::message;
            if (tail_spent_) drop_tail();
        } else if (state_ == State::block) {
            if (!fill_block(input)) return Step::starved;
            state_ = State::header;
            out = std::move(block_);
            return Step::message;
        } else if (state_ == State::skip) {
            const auto n = std::min<std::size_t>(input.size(), skip_left_);
            input = input.subspan(n);
            skip_left_ -= static_cast<std::uint32_t>(n);
            if (skip_left_ > 0) return Step::starved;
            state_ = State::header;
        } else {
            return Step::refused;
        }
    }
}

/// How many bytes from the front of a message must lie together before anything can be done with
/// it: enough to judge its length, then the header of a block, or all of a small message.
std::uint32_t Reader::bytes_needed(Bytes start) const {
    if (start.size() < kLengthSize) return kLengthSize;
    const auto length = read_be<std::uint32_t>(start.data());
    if (length == 0) return kLengthSize;
    if (length > kMaxLength) return kRefused;
    if (start.size() < kHeaderSize) return kHeaderSize;
    const auto id = id_of(start);
    if (!length_fits(id, length)) return kRefused;
    if (static_cast<MessageId>(id) == MessageId::piece) return kPieceHeaderSize;
    return is_known(id) ? kLengthSize + length : kHeaderSize;
}

bool Reader::length_fits(std::uint8_t id, std::uint32_t length) const {
    switch (static_cast<MessageId>(id)) {
        case MessageId::choke:
        case MessageId::unchoke:
        case MessageId::interested:
        case MessageId::not_interested:
        case MessageId::have_all:
        case MessageId::have_none:
            return length == 1;
        case MessageId::have:
        case MessageId::suggest_piece:
        case MessageId::allowed_fast:
            return length == 5;
        case MessageId::request:
        case MessageId::cancel:
        case MessageId::reject_request:
            return length == 13;
        case MessageId::piece:
            return length > 9 && length <= 9 + kBlockSize;
        case MessageId::port:
            return length == 3;
        case MessageId::bitfield:
            if (piece_count_ == kAnyPieceCount) return length <= 1 + kMaxBitfieldBytes;
            return length == 1 + (std::uint64_t{piece_count_} + 7) / 8;
        case MessageId::extended:
            return length >= 2 && length <= kMaxExtendedBytes;
        case MessageId::keep_alive:
            break;
    }
    return length <= kMaxUnknownBytes;
}

/// Turns the bytes that bytes_needed() asked for into a message; false when they change the state
/// to one in which the rest of it is taken.
bool Reader::open(Bytes message, Message& out) {
    if (message.size() == kLengthSize) {
        out.id = MessageId::keep_alive;
        return true;
    }
    const auto* const body = message.data() + kHeaderSize;
    const auto number = [body](std::size_t at) { return read_be<std::uint32_t>(body + 4 * at); };
    out.id = static_cast<MessageId>(id_of(message));
    switch (out.id) {
        case MessageId::choke:
        case MessageId::unchoke:
        case MessageId::interested:
        case MessageId::not_interested:
        case MessageId::have_all:
        case MessageId::have_none:
            return true;
        case MessageId::have:
        case MessageId::suggest_piece:
        case MessageId::allowed_fast:
            out.block.piece = PieceIndex(number(0));
            return true;
        case MessageId::request:
        case MessageId::cancel:
        case MessageId::reject_request:
            out.block = {PieceIndex(number(0)), number(1), number(2)};
            return true;
        case MessageId::port:
            out.port = read_be<std::uint16_t>(body);
            return true;
        case MessageId::bitfield:
            out.payload = message.subspan(kHeaderSize);
            return true;
        case MessageId::extended:
            out.extended_id = std::to_integer<std::uint8_t>(*body);
            out.payload = message.subspan(kHeaderSize + 1);
            return true;
        case MessageId::piece:
            block_.id = MessageId::piece;
            block_.block = {PieceIndex(number(0)), number(1),
                            read_be<std::uint32_t>(message.data()) - 9};
            block_.data = pool_->acquire();
            block_filled_ = 0;
            state_ = State::block;
            return false;
        case MessageId::keep_alive:
            break;
    }
    skip_left_ = read_be<std::uint32_t>(message.data()) - 1;
    state_ = State::skip;
    return false;
}

/// True when the block is whole.
bool Reader::fill_block(Bytes& input) {
    const auto room = direct();
    const auto n = std::min(room.size(), input.size());
    if (n > 0) {
        std::memcpy(room.data(), input.data(), n);
        input = input.subspan(n);
        block_filled_ += static_cast<std::uint32_t>(n);
    }
    return block_filled_ == block_.block.length;
}

Reader::Step Reader::refuse(Bytes start) {
    state_ = State::failed;
    refusal_ = "the peer sent a message of " +
               std::to_string(read_be<std::uint32_t>(start.data())) + " bytes";
    if (start.size() >= kHeaderSize) refusal_ += " with id " + std::to_string(id_of(start));
    refusal_ += ", which does not fit the protocol";
    drop_tail();
    return Step::refused;
}

void Reader::drop_tail() {
    tail_spent_ = false;
    tail_.clear();
    if (tail_.capacity() > kKeptTailBytes) tail_ = ByteVector();
}

}  // namespace bt::wire
