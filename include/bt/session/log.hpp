// What is told to the log: words joined to a line. spdlog writes it; its own formatting, compiled
// into every file that logs, costs each of them several seconds.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace bt::session::log {

enum class Level : std::uint8_t { debug, info, warning };

[[nodiscard]] bool enabled(Level level);
/// One line, escaped by the caller where it holds a stranger's words.
void write(Level level, std::string_view line);

inline void append(std::string& line, std::string_view text) {
    line += text;
}
void append(std::string& line, std::integral auto number) {
    line += std::to_string(number);
}

template <class... Parts>
void join(Level level, const Parts&... parts) {
    if (!enabled(level)) return;
    std::string line;
    (append(line, parts), ...);
    write(level, line);
}

template <class... Parts>
void debug(const Parts&... parts) {
    join(Level::debug, parts...);
}
template <class... Parts>
void info(const Parts&... parts) {
    join(Level::info, parts...);
}
template <class... Parts>
void warning(const Parts&... parts) {
    join(Level::warning, parts...);
}

}  // namespace bt::session::log
