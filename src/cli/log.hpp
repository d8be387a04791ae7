// The log: what the program did, apart from the display. Set up once, at start.
#pragma once

#include <string>

#include "bt/core/result.hpp"
#include "bt/session/counters.hpp"

namespace bt::cli {

class Display;

struct LogSettings {
    std::string file;            // empty = none, "-" = the display
    std::string level = "info";  // of the file
    int verbose = 0;             // 1: info on the display as well, 2: protocol detail
};

/// "trace", "debug", "info", "warn", "error".
[[nodiscard]] Result<std::string> parse_log_level(std::string_view text);

/// `display` is drawn to until stop_log(). Errc::create_failed: the file cannot be written.
[[nodiscard]] Result<> start_log(const LogSettings& settings, Display& display);
void stop_log();

/// What a run came to, for whoever tunes it.
void log_counters(const session::Counters& counters);

}  // namespace bt::cli
