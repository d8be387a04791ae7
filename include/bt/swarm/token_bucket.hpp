// TokenBucket: how many bytes may be moved at a rate, in the time that it is handed. A value.
//
// Invariants
//  - In any time t, no more than rate x t + burst() bytes are taken, beside debt.
//  - What is spent beyond the tokens is a debt, paid back before anything else is given.
//  - It starts empty: the first second holds no more than any other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "bt/core/time.hpp"

namespace bt::swarm {

class TokenBucket {
public:
    /// Idle time, in which a late wake-up or a round trip is made up for, counts up to this.
    static constexpr Duration kBurst = std::chrono::milliseconds(200);
    static constexpr std::size_t kUnlimited = std::numeric_limits<std::size_t>::max() / 2;

    /// Bytes/s; 0: without limit.
    explicit TokenBucket(std::uint64_t rate = 0);

    [[nodiscard]] bool limited() const { return rate_ > 0; }
    [[nodiscard]] std::uint64_t rate() const { return rate_; }
    /// Bytes that are worth a wake-up: what comes in 25 ms, but no less than a packet if that comes
    /// within 100 ms, and no more than a large receive takes.
    [[nodiscard]] double quantum() const { return quantum_; }
    /// Bytes that the bucket holds at most.
    [[nodiscard]] double burst() const { return burst_; }

    /// Whole bytes that may be moved; 0 in debt, kUnlimited without limit.
    [[nodiscard]] std::size_t tokens(TimePoint now);
    /// The moment from which on there is a quantum; `now` or earlier if there is one.
    [[nodiscard]] TimePoint ready_at(TimePoint now);
    void spend(std::size_t bytes, TimePoint now);
    /// Bytes that were spent have not been moved.
    void refund(std::size_t bytes, TimePoint now);

private:
    void fill(TimePoint now);

    std::uint64_t rate_;
    double quantum_ = 0;
    double burst_ = 0;
    double tokens_ = 0;  // < 0: debt
    TimePoint filled_at_ = kNever;
};

}  // namespace bt::swarm
