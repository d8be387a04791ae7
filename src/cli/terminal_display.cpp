#include "cli/terminal_display.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>

#include "bt/net/clock.hpp"
#include "cli/line_display.hpp"
#include "cli/output.hpp"
#include "cli/result_table.hpp"
#include "cli/screen.hpp"

namespace bt::cli {

namespace {

constexpr Duration kFrame = std::chrono::milliseconds(200);
constexpr std::string_view kWipe = "\r\x1b[J";

bool resumable(const ResultRow& row) {
    return row.code == ExitCode::interrupted || row.code == ExitCode::out_of_time;
}

/// The terminal that has lines drawn on it; -1 = none.
std::atomic<int> drawn_on{-1};
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler reads it");

extern "C" void tidy_and_suspend(int);

/// Ctrl-Z stops the process as ever, but leaves a tidy terminal.
void hear_suspend() {
    struct sigaction action {};
    action.sa_handler = tidy_and_suspend;
    action.sa_flags = static_cast<int>(SA_RESTART | SA_NODEFER | SA_RESETHAND);
    ::sigaction(SIGTSTP, &action, nullptr);
}

extern "C" void tidy_and_suspend(int) {
    const int error = errno;
    wipe_terminal();
    ::raise(SIGTSTP);  // by its default, which was put back; returns when the process goes on
    hear_suspend();
    errno = error;
}

}  // namespace

void wipe_terminal() noexcept {
    const int fd = drawn_on.exchange(-1);
    if (fd < 0) return;
    [[maybe_unused]] const auto written = ::write(fd, kWipe.data(), kWipe.size());
}

TerminalDisplay::TerminalDisplay(int fd, bool color) : fd_(fd), color_(color) {
    struct sigaction current {};
    // A shell without job control, or who started us from one, wants it ignored.
    if (::sigaction(SIGTSTP, nullptr, &current) == 0 && current.sa_handler == SIG_DFL) {
        hear_suspend();
    }
}

TerminalDisplay::~TerminalDisplay() {
    drawn_on = -1;
    struct sigaction current {};
    if (::sigaction(SIGTSTP, nullptr, &current) == 0 && current.sa_handler == tidy_and_suspend) {
        std::signal(SIGTSTP, SIG_DFL);
    }
}

void TerminalDisplay::begin(std::size_t torrents) {
    const std::lock_guard lock(mutex_);
    tally_.torrents = torrents;
    began_ = net::now();
}

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

bool TerminalDisplay::in_foreground() const {
    const auto group = ::tcgetpgrp(fd_);
    return group < 0 || group == ::getpgrp();
}

std::string TerminalDisplay::frame() const {
    if (lines_.empty()) return {};
    // Without wrapping no character that the terminal takes for wider can spoil the lines below.
    std::string out = "\x1b[?7l";
    for (std::size_t i = 0; i < lines_.size(); ++i) {
        out += lines_[i].to_terminal(color_);
        // Wiped behind the text, not before it: nothing flickers.
        out += i + 1 < lines_.size() ? "\x1b[K\r\n" : "\x1b[J\x1b[?7h\r";
    }
    if (lines_.size() > 1) out += "\x1b[" + std::to_string(lines_.size() - 1) + "A";
    return out;
}

void TerminalDisplay::update(std::span<const View> views) {
    const std::lock_guard lock(mutex_);
    if (!in_foreground()) {
        lines_.clear();
        drawn_on = -1;
        return;
    }
    if (!writable()) return;
    const auto [width, height] = size();
    // A character in the last column would be wiped with what is behind it.
    const auto usable = width > 1 ? width - 1 : width;
    lines_ = render_screen(views, tally_, usable, std::max<std::size_t>(height, 2) - 1);
    // What the window has wrapped is not overwritten line by line.
    auto out = std::string(width != drawn_columns_ || lines_.empty() ? kWipe : "\r");
    drawn_columns_ = width;
    drawn_on = fd_;
    write_all(fd_, out += frame());
}

void TerminalDisplay::put_above(const std::string& text) {
    const std::lock_guard lock(mutex_);
    const bool ours = in_foreground();
    if (!ours) lines_.clear();
    write_all(fd_, std::string(ours ? kWipe : "") + text + "\r\n" + frame());
}

void TerminalDisplay::state_changed(const View&) {}

void TerminalDisplay::ended(const ResultRow& row) {
    {
        const std::lock_guard lock(mutex_);
        tally_.add(row);
    }
    // What was stopped is told by the table, all of it at once.
    if (row.code == ExitCode::ok || resumable(row)) return;
    say(Severity::error, row.name + ": " + row.message);
}

void TerminalDisplay::finish(std::span<const ResultRow> rows) {
    const std::lock_guard lock(mutex_);
    const auto width = size().columns;
    auto out = std::string(in_foreground() ? kWipe : "\r");
    if (!rows.empty()) {
        const auto seconds = to_seconds(net::now() - began_);
        for (const auto& line : render_table(rows, width > 1 ? width - 1 : width, seconds))
            out += line.to_terminal(color_) + "\r\n";
        if (std::any_of(rows.begin(), rows.end(), resumable)) {
            out += "bt: the same command goes on from there\r\n";
        }
    }
    lines_.clear();
    drawn_on = -1;
    write_all(fd_, out);
}

void TerminalDisplay::say(Severity severity, std::string_view line) {
    put_above(message_line(severity, line, color_));
}

void TerminalDisplay::log(std::string_view line) {
    put_above(std::string(line));
}

}  // namespace bt::cli
