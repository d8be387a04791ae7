// The values of options: text to types. Every error is Errc::option and says what was expected; the
// option is named by the caller.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "bt/core/result.hpp"
#include "bt/core/time.hpp"

namespace bt::cli {

struct PortRange {
    std::uint16_t first = 0;
    std::uint16_t last = 0;
    friend bool operator==(const PortRange&, const PortRange&) = default;
};

using HostPort = std::pair<std::string, std::uint16_t>;

enum class Color : std::uint8_t { automatic, always, never };

[[nodiscard]] Result<std::uint32_t> parse_count(std::string_view text, std::uint32_t min,
                                                std::uint32_t max);
/// "16384", "256K", "1.5M", "1GiB": bytes, powers of 1024.
[[nodiscard]] Result<std::uint64_t> parse_size(std::string_view text);
/// As a size, in bytes/s; "0" is no limit, and nothing else comes out as 0.
[[nodiscard]] Result<std::uint64_t> parse_rate(std::string_view text);
/// "90", "90s", "30m", "2h", "1.5d"; a bare number is seconds.
[[nodiscard]] Result<Duration> parse_duration(std::string_view text);
/// The same, but a bare number is minutes.
[[nodiscard]] Result<Duration> parse_minutes(std::string_view text);
/// A time after which something is given up; 0 is never.
[[nodiscard]] Result<std::optional<Duration>> parse_timeout(std::string_view text);
/// "1", "1.5"; at least 0.
[[nodiscard]] Result<double> parse_ratio(std::string_view text);
/// "6881", "6881-6889"; "0" is any free port.
[[nodiscard]] Result<PortRange> parse_ports(std::string_view text);
/// "host:6881", "1.2.3.4:6881", "[::1]:6881". `min_port` 0 admits "any port".
[[nodiscard]] Result<HostPort> parse_host_port(std::string_view text, std::uint16_t min_port = 1);
/// An http, https or udp URL.
[[nodiscard]] Result<std::string> parse_tracker(std::string_view text);
/// `path` with "~/" at its start, or "~" alone, as the user's home: for what no shell has seen.
[[nodiscard]] std::string expand_home(const std::string& path);

[[nodiscard]] Result<Color> parse_color(std::string_view text);

}  // namespace bt::cli
