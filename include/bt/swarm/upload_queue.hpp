// UploadQueue: what one peer has asked of us and has not been sent yet. Owned by a peer session.
//
// A block passes: queued -> reading (with the disk pool) -> handed over to the socket. Reads in
// flight and unsent bytes are bounded, so that a slow receiver costs at most kMaxBytes of memory.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "bt/core/ids.hpp"

namespace bt::swarm {

class UploadQueue {
public:
    /// Requests beyond this are refused (we announce it as reqq).
    static constexpr std::size_t kMaxQueued = 2000;
    /// Blocks being read plus bytes not yet taken by the socket.
    static constexpr std::size_t kMaxBytes = 512 * 1024;

    /// False when the queue is full. A request that is queued already is not queued twice.
    bool push(const BlockRequest& block);
    /// The next block to read from disk, if there is room for it. `room`: what all peers together
    /// may still be given. A peer gets no more than it leaves to the others, so that a few that do
    /// not read never have it all.
    [[nodiscard]] std::optional<BlockRequest> next_to_read(std::size_t unsent_bytes,
                                                           std::size_t room);
    /// A read has come back. False: it was cancelled meanwhile; drop the data.
    [[nodiscard]] bool on_read(const BlockRequest& block);
    /// True when the block was queued or being read, and will not be sent.
    bool cancel(const BlockRequest& block);
    /// Forgets everything that has not been handed over, and returns it.
    std::vector<BlockRequest> clear();

    [[nodiscard]] std::size_t queued() const { return queued_.size(); }
    [[nodiscard]] std::size_t reading() const { return reading_.size(); }
    /// Bytes of the blocks being read, cancelled ones included.
    [[nodiscard]] std::size_t reading_bytes() const { return reading_bytes_; }
    /// Requests that were refused or known, and cancels of nothing. Each costs a search.
    [[nodiscard]] std::size_t futile() const { return futile_; }

private:
    struct Reading {
        BlockRequest block;
        bool cancelled = false;
    };
    std::deque<BlockRequest> queued_;
    std::vector<Reading> reading_;
    std::size_t reading_bytes_ = 0;
    std::size_t futile_ = 0;
};

}  // namespace bt::swarm
