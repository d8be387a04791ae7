#include "swarm/metadata_attempt.hpp"

#include <algorithm>

#include "bt/core/assert.hpp"
#include "bt/crypto/sha1.hpp"
#include "bt/swarm/metadata_fetch.hpp"
#include "bt/wire/metadata.hpp"

namespace bt::swarm {

using wire::kMetadataPieceSize;

MetadataAttempt::MetadataAttempt(std::uint32_t size) : size_(size) {
    BT_ASSERT(size > 0);
}

std::uint32_t MetadataAttempt::piece_count() const {
    return (size_ - 1) / kMetadataPieceSize + 1;
}

std::uint32_t MetadataAttempt::piece_size(std::uint32_t piece) const {
    if (piece >= piece_count()) return 0;
    return std::min(kMetadataPieceSize, size_ - piece * kMetadataPieceSize);
}

std::optional<std::uint32_t> MetadataAttempt::pick(ConnectionId peer, TimePoint now) {
    if (!given_back_.empty()) {
        const auto piece = *given_back_.begin();
        given_back_.erase(given_back_.begin());
        ask(piece, open_[piece], peer, now);
        return piece;
    }
    // What came late for an earlier attempt can be there before it is asked for.
    while (next_ < piece_count() && pieces_.contains(next_))
        ++next_;
    if (next_ < piece_count()) {
        const auto piece = next_++;
        ask(piece, open_[piece], peer, now);
        return piece;
    }
    for (const auto piece : slow_) {
        auto& open = open_.at(piece);
        if (std::find(open.asked.begin(), open.asked.end(), peer) != open.asked.end()) continue;
        slow_.erase(piece);
        ask(piece, open, peer, now);
        return piece;
    }
    return std::nullopt;
}

void MetadataAttempt::ask(std::uint32_t piece, Open& open, ConnectionId peer, TimePoint now) {
    open.asked.push_back(peer);
    repeats_.erase({open.repeat_at, piece});
    const bool quick = open.asked.size() < MetadataFetch::kQuickHolders;
    open.repeat_at = now + (quick ? MetadataFetch::kRepeatAfter : MetadataFetch::kRepeatSlowly);
    repeats_.insert({open.repeat_at, piece});
}

void MetadataAttempt::advance(TimePoint now) {
    while (!repeats_.empty() && repeats_.begin()->first <= now) {
        slow_.insert(repeats_.begin()->second);
        repeats_.erase(repeats_.begin());
    }
}

TimePoint MetadataAttempt::next_repeat() const {
    return repeats_.empty() ? kNever : repeats_.begin()->first;
}

void MetadataAttempt::give_back(std::uint32_t piece, ConnectionId peer) {
    const auto at = open_.find(piece);
    if (at == open_.end() || std::erase(at->second.asked, peer) == 0) return;
    if (!at->second.asked.empty()) {
        repeats_.erase({at->second.repeat_at, piece});
        slow_.insert(piece);
        return;
    }
    close(piece);
    given_back_.insert(piece);
}

void MetadataAttempt::close(std::uint32_t piece) {
    const auto at = open_.find(piece);
    if (at == open_.end()) return;
    repeats_.erase({at->second.repeat_at, piece});
    slow_.erase(piece);
    open_.erase(at);
}

void MetadataAttempt::hold(std::uint32_t piece, Bytes bytes, const MetadataSender& sender,
                           TimePoint now) {
    BT_ASSERT(wants(piece) && bytes.size() == piece_size(piece));
    close(piece);
    given_back_.erase(piece);
    pieces_.emplace(piece, MetadataPiece{{bytes.begin(), bytes.end()}, sender});
    held_bytes_ += bytes.size();
    last_progress_ = now;
}

std::optional<MetadataSender> MetadataAttempt::only_sender() const {
    if (pieces_.empty()) return std::nullopt;
    const auto& first = pieces_.begin()->second.sender;
    const bool alone = std::all_of(pieces_.begin(), pieces_.end(),
                                   [&](const auto& one) { return one.second.sender == first; });
    return alone ? std::optional(first) : std::nullopt;
}

Sha1Digest MetadataAttempt::digest() const {
    BT_ASSERT(full());
    crypto::Sha1 hash;
    for (const auto& [piece, held] : pieces_)
        hash.update(held.bytes);
    return hash.finish();
}

ByteVector MetadataAttempt::assemble() const {
    BT_ASSERT(full());
    ByteVector out;
    out.reserve(size_);
    for (const auto& [piece, held] : pieces_)
        append(out, held.bytes);
    return out;
}

}  // namespace bt::swarm
