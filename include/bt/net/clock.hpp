// The one place where monotonic time is read.
#pragma once

#include <chrono>

#include "bt/core/time.hpp"

namespace bt::net {

[[nodiscard]] inline TimePoint now() {
    return TimePoint(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace bt::net
