// RoundTrip: how long answers take in one family, and how long it is worth to wait for one before
// another node is asked. As RFC 6298 has it, within bounds of our own. A value.
#pragma once

#include <algorithm>

#include "bt/core/time.hpp"

namespace bt::dht {

class RoundTrip {
public:
    static constexpr Duration kFirstPatience = std::chrono::milliseconds(500);
    static constexpr Duration kLeastPatience = std::chrono::milliseconds(150);
    static constexpr Duration kMostPatience = std::chrono::seconds(2);

    void add(Duration sample) {
        if (smooth_ == Duration::zero()) {
            smooth_ = sample;
            deviation_ = sample / 2;
            return;
        }
        deviation_ += (std::max(smooth_ - sample, sample - smooth_) - deviation_) / 4;
        smooth_ += (sample - smooth_) / 8;
    }
    [[nodiscard]] Duration patience() const {
        if (smooth_ == Duration::zero()) return kFirstPatience;
        return std::clamp(smooth_ + 4 * deviation_, kLeastPatience, kMostPatience);
    }

private:
    Duration smooth_{};
    Duration deviation_{};
};

}  // namespace bt::dht
