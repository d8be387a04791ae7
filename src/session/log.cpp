#include "bt/session/log.hpp"

#include <spdlog/spdlog.h>

namespace bt::session::log {

namespace {

spdlog::level::level_enum of(Level level) {
    switch (level) {
        case Level::debug:
            return spdlog::level::debug;
        case Level::info:
            return spdlog::level::info;
        case Level::warning:
            return spdlog::level::warn;
    }
    return spdlog::level::off;
}

}  // namespace

bool enabled(Level level) {
    return spdlog::default_logger_raw()->should_log(of(level));
}

void write(Level level, std::string_view line) {
    spdlog::default_logger_raw()->log(of(level), line);
}

}  // namespace bt::session::log
