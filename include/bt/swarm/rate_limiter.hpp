// RateLimiter: who may move how many bytes, and when, under a limit on all torrents (flows) and one
// on each. One for each direction of a session; io thread. Flows and members belong to others and
// leave before they die.
//
// A member (a connection) asks for a unit, a block say, and waits in its flow's queue until all of
// it has been granted, a part at a time if tokens come slowly: then its turn is over. So a block
// that has begun is soon done, and nobody waits for more than a unit of each of the others. Flows
// share what there is in equal parts, as do the members of a flow where that is more than units.
//
// Invariants
//  - Bytes granted are taken from the buckets at once; what is not used is given back.
//  - A member that waits is in the queue of its flow, once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "bt/core/time.hpp"
#include "bt/swarm/token_bucket.hpp"

namespace bt::swarm {

class RateLimiter {
public:
    /// A flow that has not asked for so long leaves its share to the others.
    static constexpr Duration kActive = std::chrono::seconds(2);
    /// Less is no share: a packet, if there is one.
    static constexpr std::size_t kLeastShare = 1460;

    /// A connection, in one direction. Without a flow it is not limited.
    class Member {
    public:
        /// Bytes that it may move now.
        [[nodiscard]] std::size_t granted() const { return granted_; }
        [[nodiscard]] bool waiting() const { return unit_left_ > 0; }

    private:
        friend class RateLimiter;
        std::size_t granted_ = 0;
        std::size_t unit_left_ = 0;  // > 0: it waits
    };

    /// A torrent.
    class Flow {
    public:
        explicit Flow(std::uint64_t rate) : bucket_(rate) {}

    private:
        friend class RateLimiter;
        TokenBucket bucket_;
        std::deque<Member*> queue_;
        TimePoint asked_at_ = kNever;
    };

    /// Bytes/s for all flows together; 0: without limit.
    explicit RateLimiter(std::uint64_t rate) : bucket_(rate) {}

    void add(Flow& flow) { flows_.push_back(&flow); }
    /// Nobody waits in it.
    void remove(Flow& flow);

    /// Whether members of this flow have to ask.
    [[nodiscard]] bool limits(const Flow& flow) const {
        return bucket_.limited() || flow.bucket_.limited();
    }
    /// Grants at once what there is, if it is worth it and nobody waits; else the member waits.
    /// It does not wait already, and `unit` is not 0.
    void ask(Flow& flow, Member& member, std::size_t unit, TimePoint now);
    /// So many of the granted bytes have been moved; or of none granted, which makes a debt.
    void spend(Flow& flow, Member& member, std::size_t bytes, TimePoint now);
    /// Gives back what is granted, and waits no more.
    void leave(Flow& flow, Member& member, TimePoint now);

    /// When something can be granted to those who wait in `flow`, or in any; nullopt: nobody waits.
    [[nodiscard]] std::optional<TimePoint> next(Flow& flow, TimePoint now);
    [[nodiscard]] std::optional<TimePoint> next(TimePoint now);
    /// Grants what there is by now. Moves those who got something to the end of `out`.
    void grant(TimePoint now, std::vector<Member*>& out);

    /// The limit of a flow when others are at work: its own, or its part of all; bytes/s, 0: none.
    [[nodiscard]] double fair_rate(const Flow& flow, TimePoint now) const;

private:
    [[nodiscard]] std::size_t grant(Flow& flow, std::size_t budget, std::vector<Member*>& out);
    void take(Flow& flow, Member& member, std::size_t bytes, TimePoint now);

    TokenBucket bucket_;
    std::vector<Flow*> flows_;
    std::vector<Flow*> ready_;  // of one grant()
    std::size_t turn_ = 0;
};

}  // namespace bt::swarm
