// Amounts for people. Powers of 1024.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace bt::text {

/// "0 B", "512 B", "1.9 GiB", "123 MiB": at most three digits before the unit, at most 8 columns.
[[nodiscard]] std::string human_size(std::uint64_t bytes);
/// "1.9 MiB/s". Negative and not-a-number count as 0.
[[nodiscard]] std::string human_rate(double bytes_per_s);
/// "45s", "2m 05s", "1h 02m", "3d 04h"; negative counts as 0, 1000 days or more is ">999d".
[[nodiscard]] std::string human_duration(std::chrono::seconds duration);

}  // namespace bt::text
