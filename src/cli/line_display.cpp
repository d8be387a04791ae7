#include "cli/line_display.hpp"

#include <poll.h>
#include <unistd.h>

#include "bt/net/clock.hpp"
#include "cli/output.hpp"
#include "cli/render.hpp"
#include "cli/result_table.hpp"
#include "cli/styled_text.hpp"

namespace bt::cli {

namespace {

/// A line in one write, so that those of several threads or programs do not mix.
void put(std::string line) {
    line += '\n';
    write_all(STDERR_FILENO, line);
}

/// What can be told again later is not waited for.
bool writable() {
    pollfd out{STDERR_FILENO, POLLOUT, 0};
    return ::poll(&out, 1, 0) == 1;
}

}  // namespace

std::string message_line(Severity severity, std::string_view line, bool color) {
    std::string prefix = "bt: ";
    if (severity == Severity::warning) prefix = "bt: warning: ";
    prefix += line;
    if (!color || severity == Severity::info) return prefix;
    return styled(prefix, severity == Severity::error ? Style::bad : Style::warning);
}

void LineDisplay::begin(std::size_t) {
    began_ = net::now();
}

void LineDisplay::update(std::span<const View> views) {
    if (settings_.errors_only) return;
    for (const auto& view : views) {
        const bool warn = settings_.color && !view.reason.empty();
        if (writable()) put(styled(render_plain(view), warn ? Style::warning : Style::plain));
    }
}

void LineDisplay::state_changed(const View& view) {
    if (!settings_.errors_only) put(render_plain(view));
}

void LineDisplay::ended(const ResultRow& row) {
    if (row.code != ExitCode::ok) {
        say(Severity::error, row.name + ": " + row.message);
    } else if (!settings_.errors_only) {
        put(styled(render_result(row), settings_.color ? Style::good : Style::plain));
    }
}

void LineDisplay::finish(std::span<const ResultRow> rows) {
    if (settings_.errors_only || rows.size() < 2) return;
    put(render_sum(rows, to_seconds(net::now() - began_)));
}

void LineDisplay::say(Severity severity, std::string_view line) {
    if (settings_.errors_only && severity != Severity::error) return;
    put(message_line(severity, line, settings_.color));
}

void LineDisplay::log(std::string_view line) {
    put(std::string(line));
}

}  // namespace bt::cli
