// Outbox: bytes on their way to one peer, in order: control messages, and blocks that are sent from
// where they lie. Owned by a peer session.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <limits>

#include "bt/core/block.hpp"
#include "bt/core/bytes.hpp"
#include "bt/core/ids.hpp"

namespace bt::session {

class Outbox {
public:
    /// Parts handed to the socket in one gathered send: Asio takes 64.
    static constexpr std::size_t kMaxParts = 64;
    static constexpr std::size_t kAnyPayload = std::numeric_limits<std::size_t>::max();
    struct Parts {
        std::array<Bytes, kMaxParts> parts;
        std::size_t count = 0;
    };

    /// Where the next control message is appended, behind all that is there. Valid until the next
    /// call.
    [[nodiscard]] ByteVector& control();
    /// A piece message: its header, and the block.
    void append_block(const BlockRequest& block, BlockBuffer data);

    [[nodiscard]] bool empty() const;
    /// Payload bytes of blocks that have not left.
    [[nodiscard]] std::size_t unsent_payload() const { return unsent_payload_; }
    /// Bytes of control messages that have not left.
    [[nodiscard]] std::size_t unsent_control() const;
    /// From the front, no more than `payload` bytes of blocks.
    [[nodiscard]] Parts gather(std::size_t payload = kAnyPayload) const;
    /// `bytes` of what gather() gave have been taken by the socket. Returns the payload among them.
    std::uint64_t consume(std::size_t bytes);

private:
    struct Segment {
        ByteVector head;
        BlockBuffer body;
        std::uint32_t body_length = 0;
        [[nodiscard]] std::size_t size() const { return head.size() + body_length; }
    };

    std::deque<Segment> segments_;
    std::size_t front_sent_ = 0;  // bytes of the first segment
    std::size_t unsent_payload_ = 0;
    ByteVector spare_;  // the head of the last segment sent, for its capacity
};

}  // namespace bt::session
