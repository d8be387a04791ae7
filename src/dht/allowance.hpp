// Allowance: how much may be spent at a rate, with a burst; full at the start. A value.
#pragma once

#include <algorithm>

#include "bt/core/time.hpp"

namespace bt::dht {

class Allowance {
public:
    /// `rate` a second, at most `burst` at once.
    Allowance(double rate, double burst) : rate_(rate), burst_(burst), left_(burst) {}

    /// Spends `amount` if there is as much.
    [[nodiscard]] bool take(double amount, TimePoint now) {
        left_ = left(now);
        filled_at_ = std::max(filled_at_, now);
        if (left_ < amount) return false;
        left_ -= amount;
        return true;
    }
    [[nodiscard]] bool full(TimePoint now) const { return left(now) >= burst_; }

private:
    [[nodiscard]] double left(TimePoint now) const {
        if (now <= filled_at_) return left_;
        return std::min(burst_, left_ + rate_ * to_seconds(now - filled_at_));
    }

    double rate_;
    double burst_;
    double left_;
    TimePoint filled_at_{};
};

}  // namespace bt::dht
