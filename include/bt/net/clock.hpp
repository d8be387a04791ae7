// The one place where monotonic time is read.
#pragma once

#include <chrono>

#include "bt/core/time.hpp"

namespace bt::net {

[[nodiscard]] inline TimePoint now() {
    return TimePoint(std::chrono::steady_clock::now().time_since_epoch());
}

/// For Asio's timers.
[[nodiscard]] inline std::chrono::steady_clock::time_point to_steady(TimePoint at) {
    return std::chrono::steady_clock::time_point(at.time_since_epoch());
}

}  // namespace bt::net
