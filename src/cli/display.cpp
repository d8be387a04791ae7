#include "cli/display.hpp"

#include <unistd.h>

#include <cstdlib>
#include <string>

#include "cli/line_display.hpp"
#include "cli/terminal_display.hpp"

namespace bt::cli {

namespace {

std::string_view environment(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? std::string_view() : value;
}

bool wants_color(Color color, bool terminal) {
    if (color != Color::automatic) return color == Color::always;
    return terminal && environment("NO_COLOR").empty();
}

}  // namespace

std::unique_ptr<Display> make_display(const DisplaySettings& settings) {
    const auto term = environment("TERM");
    const bool terminal = ::isatty(STDERR_FILENO) == 1 && !term.empty() && term != "dumb";
    const bool color = wants_color(settings.color, terminal);
    if (settings.quiet)
        return std::make_unique<LineDisplay>(LineDisplay::Settings{true, color, {}});
    if (terminal && !settings.plain) return std::make_unique<TerminalDisplay>(STDERR_FILENO, color);
    return std::make_unique<LineDisplay>(
        LineDisplay::Settings{false, color, settings.summary_interval});
}

}  // namespace bt::cli
