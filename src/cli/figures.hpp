// Numbers as the display shows them.
#pragma once

#include <cstdint>
#include <string>

#include "bt/session/session.hpp"

namespace bt::cli {

[[nodiscard]] std::string decimal(double value, int digits);

/// How much of a whole is there, 0 to 1. 1 only when all is.
[[nodiscard]] double share(std::uint64_t done, std::uint64_t total);

/// "45.2%": cut, not rounded, so that 100% means all.
[[nodiscard]] std::string percent(double part);
/// "45%", cut as well.
[[nodiscard]] std::string whole_percent(double part);

/// "12.3M": a size or rate in at most five columns.
[[nodiscard]] std::string short_size(double bytes);

/// "1m 35s": whole seconds, since more would be a promise.
[[nodiscard]] std::string time_left(double seconds);
/// "20ms", "0.4s", "1m 35s": how long something took.
[[nodiscard]] std::string time_taken(double seconds);

/// "1 peer", "12 peers".
[[nodiscard]] std::string count(std::uint64_t n, const std::string& noun);

/// "45.2%, 1.2 GiB of 2.7 GiB": how much is there.
[[nodiscard]] std::string amount_done(const session::TorrentStatus& status);

}  // namespace bt::cli
