#include "session/early_messages.hpp"

#include <algorithm>

#include "bt/wire/reader.hpp"

namespace bt::session {

Result<> EarlyMessages::take(const wire::Message& message) {
    using wire::MessageId;
    switch (message.id) {
        case MessageId::choke:
        case MessageId::unchoke:
            unchoked_ = message.id == MessageId::unchoke;
            return {};
        case MessageId::interested:
        case MessageId::not_interested:
            interested_ = message.id == MessageId::interested;
            return {};
        case MessageId::have:
            return take_have(message.block.piece);
        case MessageId::bitfield:
            told_bytes_ = message.payload.size();
            bits_.assign(message.payload.begin(), message.payload.end());
            all_ = false;
            return {};
        case MessageId::have_all:
        case MessageId::have_none:
            all_ = message.id == MessageId::have_all;
            told_bytes_.reset();
            bits_ = {};
            return {};
        case MessageId::allowed_fast:
            if (allowed_fast_.size() < kMaxAllowedFast)
                allowed_fast_.push_back(message.block.piece);
            return {};
        case MessageId::piece:
            return fail(Errc::protocol, "a block that nobody asked for");
        default:
            return {};  // requests of pieces that we do not have, and what answers ours
    }
}

Result<> EarlyMessages::take_have(PieceIndex piece) {
    const std::size_t at = piece.value() / 8;
    if (at >= wire::kMaxBitfieldBytes) return fail(Errc::protocol, "a piece that no torrent has");
    if (all_) return {};
    if (at >= bits_.size()) bits_.resize(at + 1);
    bits_[at] |= std::byte{0x80} >> (piece.value() % 8);
    return {};
}

Result<Bitfield> EarlyMessages::pieces(std::uint32_t piece_count) const {
    if (all_) return Bitfield(piece_count, true);
    const std::size_t bytes = (std::size_t{piece_count} + 7) / 8;
    if ((told_bytes_ && *told_bytes_ != bytes) || bits_.size() > bytes) {
        return fail(Errc::protocol, "pieces of another torrent");
    }
    auto whole = bits_;
    whole.resize(bytes);
    auto out = Bitfield::from_wire(whole, piece_count);
    if (!out) return fail(Errc::protocol, "pieces of another torrent");
    return std::move(*out);
}

}  // namespace bt::session
