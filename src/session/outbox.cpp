#include "session/outbox.hpp"

#include <algorithm>
#include <utility>

#include "bt/wire/writer.hpp"

namespace bt::session {

namespace {

/// Memory for control messages that grew beyond this, as for a bitfield, is given back.
constexpr std::size_t kKeptBytes = 2048;

}  // namespace

ByteVector& Outbox::control() {
    if (segments_.empty() || segments_.back().body) {
        segments_.emplace_back();
        segments_.back().head = std::exchange(spare_, {});
    }
    return segments_.back().head;
}

void Outbox::append_block(const BlockRequest& block, BlockBuffer data) {
    wire::append_piece_header(control(), block);
    auto& segment = segments_.back();
    segment.body = std::move(data);
    segment.body_length = block.length;
    unsent_payload_ += block.length;
}

bool Outbox::empty() const {
    return segments_.empty() || (segments_.size() == 1 && segments_.front().size() == front_sent_);
}

std::size_t Outbox::unsent_control() const {
    std::size_t bytes = 0;
    for (const auto& segment : segments_)
        bytes += segment.size();
    return bytes - front_sent_ - unsent_payload_;
}

Outbox::Parts Outbox::gather(std::size_t payload) const {
    Parts out;
    std::size_t skip = front_sent_;
    for (const auto& segment : segments_) {
        const Bytes body = segment.body ? segment.body.bytes(segment.body_length) : Bytes{};
        for (const Bytes part : {Bytes(segment.head), body}) {
            const auto skipped = std::min(skip, part.size());
            skip -= skipped;
            if (skipped == part.size()) continue;
            if (out.count == kMaxParts) return out;
            const auto rest = part.subspan(skipped);
            const bool block = part.data() == body.data();
            if (block && rest.size() > payload) {
                if (payload > 0) out.parts[out.count++] = rest.first(payload);
                return out;
            }
            if (block) payload -= rest.size();
            out.parts[out.count++] = rest;
        }
    }
    return out;
}

std::uint64_t Outbox::consume(std::size_t bytes) {
    std::uint64_t payload = 0;
    while (bytes > 0) {
        auto& front = segments_.front();
        const auto taken = std::min(bytes, front.size() - front_sent_);
        const auto from = std::max(front_sent_, front.head.size());
        front_sent_ += taken;
        if (front_sent_ > from) payload += front_sent_ - from;
        bytes -= taken;
        if (front_sent_ < front.size()) break;
        if (front.head.capacity() <= kKeptBytes) {
            spare_ = std::move(front.head);
            spare_.clear();
        }
        segments_.pop_front();
        front_sent_ = 0;
    }
    unsent_payload_ -= payload;
    return payload;
}

}  // namespace bt::session
