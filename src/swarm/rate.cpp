#include "bt/swarm/rate.hpp"

#include <algorithm>
#include <cmath>

namespace bt::swarm {
namespace {

// 1 - exp(-slot / time constant)
constexpr double kQuick = 0.2835;
constexpr double kMiddle = 0.0952;
constexpr double kSlow = 0.0247;

}  // namespace

void RateMeter::Average::move(double alpha, double sample) {
    value += alpha * (sample - value);
    weight += alpha * (1 - weight);
}

void RateMeter::Average::decay(double alpha, std::int64_t slots) {
    if (slots <= 0) return;
    const double keep = std::pow(1 - alpha, static_cast<double>(slots));
    value *= keep;
    weight = 1 - (1 - weight) * keep;
}

void RateMeter::roll(TimePoint now) {
    if (!started_) {
        started_ = true;
        slot_start_ = now;
        return;
    }
    const auto slots = (now - slot_start_) / kSlot;
    if (slots <= 0) return;
    const double sample = static_cast<double>(slot_bytes_) / to_seconds(kSlot);
    quick_.move(kQuick, sample);
    middle_.move(kMiddle, sample);
    slow_.move(kSlow, sample);
    quick_.decay(kQuick, slots - 1);
    middle_.decay(kMiddle, slots - 1);
    slow_.decay(kSlow, slots - 1);
    slot_bytes_ = 0;
    slot_start_ += slots * kSlot;
}

double RateMeter::early(TimePoint now) const {
    // No slot has ended yet: at least this much came within one.
    return started_ && quick_.weight == 0 && now - slot_start_ < kSlot
               ? static_cast<double>(slot_bytes_) / to_seconds(kSlot)
               : 0;
}

double RateMeter::rate(TimePoint now) const {
    if (!started_) return 0;
    auto copy = *this;
    copy.roll(now);
    return std::max({copy.quick_.get(), copy.middle_.get(), early(now)});
}

double RateMeter::smooth(TimePoint now) const {
    if (!started_) return 0;
    auto copy = *this;
    copy.roll(now);
    return std::max(copy.slow_.get(), early(now));
}

}  // namespace bt::swarm
