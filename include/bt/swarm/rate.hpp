// RateMeter: bytes per second, in the time that it is handed. A value.
//
// Bytes are gathered in slots of a tenth of a second, so that add() costs a comparison and an
// addition; averages move when a slot ends. Young averages are weighted by what they have seen: a
// meter tells the right rate from its first slot on, it does not climb to it.
#pragma once

#include <cstdint>

#include "bt/core/time.hpp"

namespace bt::swarm {

class RateMeter {
public:
    static constexpr Duration kSlot = std::chrono::milliseconds(100);

    void add(std::uint64_t bytes, TimePoint now) {
        if (!started_ || now - slot_start_ >= kSlot) roll(now);
        slot_bytes_ += bytes;
        total_ += bytes;
    }

    /// Bytes/s: rises within 300 ms, falls over a second.
    [[nodiscard]] double rate(TimePoint now) const;
    /// Bytes/s over about four seconds: for forecasts, and for people.
    [[nodiscard]] double smooth(TimePoint now) const;
    /// Bytes ever.
    [[nodiscard]] std::uint64_t total() const { return total_; }
    /// Some slot has ended, so that the rates mean something.
    [[nodiscard]] bool measured(TimePoint now) const {
        return started_ && (quick_.weight > 0 || now - slot_start_ >= kSlot);
    }

private:
    struct Average {
        double value = 0;
        double weight = 0;
        void move(double alpha, double sample);
        void decay(double alpha, std::int64_t slots);
        [[nodiscard]] double get() const { return weight > 0 ? value / weight : 0; }
    };
    void roll(TimePoint now);
    [[nodiscard]] double early(TimePoint now) const;

    bool started_ = false;
    TimePoint slot_start_{};
    std::uint64_t slot_bytes_ = 0;
    std::uint64_t total_ = 0;
    Average quick_;   // 300 ms
    Average middle_;  // 1 s
    Average slow_;    // 4 s
};

}  // namespace bt::swarm
