// Points in time, as machines see them: handed in, never read. Only bt/net/clock.hpp reads a
// clock; disk workers time themselves.
#pragma once

#include <chrono>

namespace bt {

using Duration = std::chrono::nanoseconds;

/// A clock without now(): the type of monotonic time, so that floors 0 to 2 cannot read one.
struct Monotonic {
    using duration = Duration;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<Monotonic>;
    static constexpr bool is_steady = true;
};

using TimePoint = Monotonic::time_point;

inline constexpr TimePoint kNever = TimePoint::max();

[[nodiscard]] constexpr double to_seconds(Duration d) {
    return std::chrono::duration<double>(d).count();
}

[[nodiscard]] constexpr Duration from_seconds(double seconds) {
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

}  // namespace bt
