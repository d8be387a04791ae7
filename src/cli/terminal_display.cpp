#include "cli/terminal_display.hpp"

#include <poll.h>
#include <sys/ioctl.h>

#include <algorithm>

#include "cli/columns.hpp"
#include "cli/line_display.hpp"
#include "cli/output.hpp"
#include "cli/render.hpp"

namespace bt::cli {

namespace {

constexpr Duration kFrame = std::chrono::milliseconds(200);

std::string joined(const std::vector<std::string>& lines) {
    std::string out;
    for (const auto& line : lines) {
        if (!out.empty()) out += "\r\n";
        out += line;
    }
    return out;
}

}  // namespace

Duration TerminalDisplay::interval() const {
    return kFrame;
}

TerminalDisplay::Size TerminalDisplay::size() const {
    winsize window{};
    if (::ioctl(fd_, TIOCGWINSZ, &window) != 0 || window.ws_col == 0 || window.ws_row == 0) {
        return {80, 24};
    }
    return {window.ws_col, window.ws_row};
}

bool TerminalDisplay::writable() const {
    pollfd out{fd_, POLLOUT, 0};
    return ::poll(&out, 1, 0) == 1 && (out.revents & POLLOUT) != 0;
}

std::string TerminalDisplay::wipe(std::size_t columns_now) const {
    // In a window that has become narrower, the terminal has wrapped what was drawn.
    std::size_t rows = 0;
    for (const auto& line : lines_) {
        rows += std::max<std::size_t>(1, (columns(line) + columns_now - 1) / columns_now);
    }
    std::string out = "\r";
    if (rows > 1) out += "\x1b[" + std::to_string(rows - 1) + "A";
    return out + "\x1b[J";
}

void TerminalDisplay::update(std::span<const View> views) {
    const std::lock_guard lock(mutex_);
    if (!writable()) return;
    const auto [width, height] = size();
    // The last line is the total of what is shown and of what has no room.
    const std::size_t room = std::max<std::size_t>(height, 2) - 1;
    const bool with_total = views.size() > 1;
    const auto shown = std::min(views.size(), with_total ? room - 1 : room);
    // A line over the whole width would leave the cursor where terminals differ.
    const auto usable = width > 1 ? width - 1 : width;
    std::vector<View> drawn(views.begin(), views.begin() + static_cast<std::ptrdiff_t>(shown));
    if (with_total) drawn.push_back(total_of(views));
    auto lines = render_lines(drawn, usable);
    auto frame = wipe(width) + joined(lines);
    lines_ = std::move(lines);
    write_all(fd_, frame);
}

void TerminalDisplay::put_above(const std::string& text) {
    const std::lock_guard lock(mutex_);
    write_all(fd_, wipe(size().columns) + text + "\r\n" + joined(lines_));
}

void TerminalDisplay::state_changed(const View&) {}

void TerminalDisplay::ended(const ResultRow& row) {
    if (row.code != ExitCode::ok) say(Severity::error, row.name + ": " + row.message);
}

void TerminalDisplay::finish(std::span<const ResultRow> rows) {
    const std::lock_guard lock(mutex_);
    const auto width = size().columns;
    auto out = wipe(width);
    const auto table = render_table(rows, width > 1 ? width - 1 : width);
    for (std::size_t i = 0; i < table.size() && !rows.empty(); ++i) {
        const bool bad = i > 0 && rows[i - 1].code != ExitCode::ok;
        const char* const style = i == 0 ? "\x1b[1m" : bad ? "\x1b[31m" : "";
        out += color_ && *style != '\0' ? style + table[i] + "\x1b[0m" : table[i];
        out += "\r\n";
    }
    lines_.clear();
    write_all(fd_, out);
}

void TerminalDisplay::say(Severity severity, std::string_view line) {
    put_above(message_line(severity, line, color_));
}

void TerminalDisplay::log(std::string_view line) {
    put_above(std::string(line));
}

}  // namespace bt::cli
