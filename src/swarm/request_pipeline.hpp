// RequestPipeline: the requests outstanding at one peer, how many there should be, when the next
// block is due, and when it can be expected.
//
// The depth is what the peer sends in a round trip and some slack: as deep as its rate asks and no
// deeper, since a block in a long queue is a block that nobody else fetches. A new peer starts
// small and grows with every block until its rate no longer does. Towards the end of the download
// depths shrink with what is left, so that all peers finish together.
//
// A peer that lets the block at the head of its queue fall overdue is snubbed: its depth is one,
// until two blocks in a row have come in time.
#pragma once

#include <cstdint>
#include <optional>

#include "bt/core/time.hpp"
#include "swarm/open_piece.hpp"
#include "swarm/ring.hpp"

namespace bt::swarm {

struct Request {
    PieceSlot slot = kNoPiece;
    std::uint32_t block = 0;
    TimePoint sent{};
};

/// What is known of a peer and of the download, in bytes/s and time from now.
struct Conditions {
    double rate = 0;        // of the peer, at this moment
    double smooth = 0;      // of the peer, over some seconds
    bool measured = false;  // else `prior` stands for both
    double prior = 0;       // of a peer that nothing is known of
    Duration remaining{0};  // until the download is complete
};

class RequestPipeline {
public:
    static constexpr std::uint32_t kMaxRequests = 2000;
    /// What a peer that names no reqq (BEP 10) is taken to accept, as by most clients. More is
    /// tried once it keeps up, less once it drops requests.
    static constexpr std::uint32_t kUnknownLimit = 500;
    static constexpr std::uint32_t kMinUnknownLimit = 16;
    static constexpr Duration kMinPatience = std::chrono::seconds(2);
    static constexpr Duration kMaxPatience = std::chrono::seconds(20);
    static constexpr Duration kFirstBlockPatience = std::chrono::seconds(8);
    static constexpr Duration kUnknownRoundTrip = std::chrono::milliseconds(200);

    // --- the queue, oldest first ---
    [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(queue_.size()); }
    [[nodiscard]] const Request& operator[](std::size_t i) const { return queue_[i]; }
    void push(PieceSlot slot, std::uint32_t block, TimePoint now);
    /// The peer has answered. O(1) for the head, where answers come from almost always.
    [[nodiscard]] std::optional<Request> answer(PieceSlot slot, std::uint32_t block);
    /// We no longer want it. False if it is not there.
    bool drop(PieceSlot slot, std::uint32_t block);
    void clear() { queue_.clear(); }

    // --- facts ---
    /// BEP 10 reqq.
    void set_limit(std::uint32_t reqq);
    /// `start`: how many requests to begin with, if no better is known from before.
    void on_unchoke(std::uint32_t start, TimePoint now);
    /// BEP 6: it serves a piece while it chokes us.
    void on_allowed_fast(std::uint32_t start);
    void on_choke();
    /// A block has come. `request`: what answer() gave for it.
    void on_block(const std::optional<Request>& request, TimePoint now);
    /// Every tick.
    void update(const Conditions& conditions, TimePoint now);
    /// Time passed in which we could not have heard the peer.
    void forgive(Duration late);

    // --- decisions ---
    [[nodiscard]] std::uint32_t depth() const;
    /// How many requests to add now: none until a quarter has been answered, so that they leave in
    /// batches.
    [[nodiscard]] std::uint32_t room() const;
    [[nodiscard]] bool overdue(TimePoint now) const;
    /// Returns true if the peer was not snubbed before.
    bool snub(TimePoint now);
    [[nodiscard]] bool snubbed() const { return snubbed_; }
    /// The head was overtaken by later ones and is overdue itself: the peer has dropped it.
    [[nodiscard]] bool head_lost(TimePoint now) const;
    /// The peer drops requests beyond what it serves: ask for less.
    void on_lost();

    // --- estimates ---
    /// When the request at `position` can be expected, from now.
    [[nodiscard]] Duration expected(std::size_t position, TimePoint now) const;
    /// When a request made now could be expected.
    [[nodiscard]] Duration expected_next() const;
    [[nodiscard]] Duration round_trip() const { return round_trip_.value_or(kUnknownRoundTrip); }
    [[nodiscard]] bool round_trip_known() const { return round_trip_.has_value(); }
    [[nodiscard]] double forecast() const { return forecast_; }

private:
    void measure(const Request& request, TimePoint now);
    void grow(TimePoint now);
    [[nodiscard]] Duration patience() const;
    [[nodiscard]] double since_begin(TimePoint now) const;

    Ring<Request> queue_;
    // Depth
    std::uint32_t limit_ = kUnknownLimit;
    bool limit_known_ = false;
    bool slow_start_ = true;
    std::uint32_t window_ = 0;  // in slow start
    std::uint32_t steady_ = 0;  // after it
    std::uint32_t tail_ = kMaxRequests;
    TimePoint round_start_{};  // slow start compares what came in one round with the next
    std::uint32_t round_blocks_ = 0;
    std::uint32_t last_round_blocks_ = 0;
    // Timing
    std::optional<Duration> round_trip_;  // the least seen, of requests that found a short queue
    Duration gap_{0};                     // between blocks, mean and deviation
    Duration gap_deviation_{0};
    double forecast_ = 0;  // bytes/s
    double remembered_ = 0;
    TimePoint unchoked_at_{};
    TimePoint begun_at_{};            // the first request since
    std::uint64_t blocks_since_ = 0;  // answered since
    TimePoint progress_at_{};         // the last block, or the request that ended an empty queue
    bool fresh_ = true;               // no block since the unchoke
    bool overtaken_ = false;
    // Snub
    bool snubbed_ = false;
    std::uint32_t timely_ = 0;
};

}  // namespace bt::swarm
