#include "cli/display.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "cli/line_display.hpp"
#include "cli/terminal_display.hpp"

namespace bt::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

View downloading(const std::string& name) {
    View view;
    view.name = name;
    view.status.state = session::TorrentState::downloading;
    view.status.length = 1000;
    view.status.done = 500;
    return view;
}

ResultRow failed() {
    ResultRow row;
    row.name = "b";
    row.code = ExitCode::no_peer;
    row.message = "no peer ever answered";
    return row;
}

/// What `run` writes to standard error.
std::string errors_of(auto run) {
    testing::internal::CaptureStderr();
    run();
    return testing::internal::GetCapturedStderr();
}

LineDisplay::Settings plain() {
    return {false, false, std::chrono::seconds(60)};
}

TEST(LineDisplay, WritesWholeLinesWithoutEscapes) {
    LineDisplay display(plain());
    const auto text = errors_of([&] {
        display.state_changed(downloading("a"));
        const std::vector views{downloading("a"), downloading("b")};
        display.update(views);
        display.ended({"a", ExitCode::ok, {}, false, false, {}});
        display.ended(failed());
        display.finish({});
    });
    EXPECT_EQ(text.find_first_of("\r\x1b"), std::string::npos);
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 5);
    EXPECT_THAT(text, HasSubstr("bt: b: no peer ever answered\n"));
}

TEST(LineDisplay, WantsSummariesAsOftenAsWasSaid) {
    EXPECT_EQ(LineDisplay(plain()).interval(), std::chrono::seconds(60));
}

TEST(LineDisplay, ThatIsQuietTellsErrorsOnly) {
    LineDisplay display({true, false, {}});
    const auto text = errors_of([&] {
        const std::vector views{downloading("a")};
        display.update(views);
        display.state_changed(views[0]);
        display.ended({"a", ExitCode::ok, {}, false, false, {}});
        display.say(Severity::info, "info");
        display.say(Severity::warning, "warning");
        display.ended(failed());
    });
    EXPECT_EQ(text, "bt: b: no peer ever answered\n");
    EXPECT_EQ(display.interval(), Duration::zero());
}

TEST(LineDisplay, ColoursOnlyWhenAsked) {
    EXPECT_EQ(message_line(Severity::error, "x", false), "bt: x");
    EXPECT_EQ(message_line(Severity::warning, "x", false), "bt: warning: x");
    EXPECT_EQ(message_line(Severity::error, "x", true), "\x1b[31mbt: x\x1b[0m");
    EXPECT_EQ(message_line(Severity::info, "x", true), "bt: x");
}

/// A terminal of which the test holds the other end.
class Terminal {
public:
    Terminal(unsigned short columns, unsigned short rows) {
        host_ = ::posix_openpt(O_RDWR | O_NOCTTY);
        if (host_ < 0 || ::grantpt(host_) != 0 || ::unlockpt(host_) != 0) return;
        client_ = ::open(::ptsname(host_), O_RDWR | O_NOCTTY);
        termios raw{};
        ::tcgetattr(client_, &raw);
        ::cfmakeraw(&raw);
        ::tcsetattr(client_, TCSANOW, &raw);
        resize(columns, rows);
    }
    ~Terminal() {
        ::close(client_);
        ::close(host_);
    }
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    void resize(unsigned short columns, unsigned short rows) const {
        const winsize size{rows, columns, 0, 0};
        ::ioctl(client_, TIOCSWINSZ, &size);
    }
    [[nodiscard]] int fd() const { return client_; }
    /// What has been written since the last call.
    [[nodiscard]] std::string written() const {
        std::string out;
        pollfd ready{host_, POLLIN, 0};
        while (::poll(&ready, 1, 0) == 1 && (ready.revents & POLLIN) != 0) {
            char part[4096];
            const auto n = ::read(host_, part, sizeof part);
            if (n <= 0) break;
            out.append(part, static_cast<std::size_t>(n));
        }
        return out;
    }

private:
    int host_ = -1;
    int client_ = -1;
};

TEST(TerminalDisplay, RedrawsInPlaceFromTheFirstLine) {
    const Terminal terminal(80, 24);
    TerminalDisplay display(terminal.fd(), false);
    const std::vector views{downloading("first")};
    display.update(views);
    EXPECT_THAT(terminal.written(), testing::StartsWith("\r\x1b[J\x1b[?7lfirst  50.0%"));
    display.update(views);
    const auto text = terminal.written();
    EXPECT_THAT(text, testing::StartsWith("\r\x1b[?7lfirst  50.0%"));
    EXPECT_TRUE(text.ends_with("\x1b[J\x1b[?7h\r"));
}

TEST(TerminalDisplay, LeavesTheCursorOnTheFirstOfSeveralLines) {
    const Terminal terminal(80, 24);
    TerminalDisplay display(terminal.fd(), false);
    const std::vector views{downloading("first"), downloading("second")};
    display.update(views);
    const auto text = terminal.written();
    EXPECT_THAT(text, HasSubstr("total of 2"));
    EXPECT_TRUE(text.ends_with("\r\x1b[2A"));
}

TEST(TerminalDisplay, DrawsNoMoreLinesThanThereAreRows) {
    const Terminal terminal(80, 5);
    TerminalDisplay display(terminal.fd(), false);
    const std::vector views(20, downloading("x"));
    display.update(views);
    const auto text = terminal.written();
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3);
    EXPECT_THAT(text, HasSubstr("… and 18 more"));
    EXPECT_THAT(text, HasSubstr("total of 20"));
}

TEST(TerminalDisplay, WipesWhatANarrowerWindowHasWrapped) {
    const Terminal terminal(100, 24);
    TerminalDisplay display(terminal.fd(), false);
    const std::vector views{downloading("x")};
    display.update(views);
    static_cast<void>(terminal.written());
    terminal.resize(50, 24);
    display.update(views);
    EXPECT_THAT(terminal.written(), testing::StartsWith("\r\x1b[J"));
}

TEST(TerminalDisplay, LetsMessagesPassAboveTheLines) {
    const Terminal terminal(80, 24);
    TerminalDisplay display(terminal.fd(), false);
    const std::vector views{downloading("first")};
    display.update(views);
    static_cast<void>(terminal.written());
    display.log("a log line");
    EXPECT_THAT(terminal.written(), testing::StartsWith("\r\x1b[Ja log line\r\n"));
    display.ended(failed());
    const auto text = terminal.written();
    EXPECT_THAT(text, HasSubstr("bt: b: no peer ever answered\r\n"));
    EXPECT_THAT(text, HasSubstr("first  50.0%"));
}

TEST(TerminalDisplay, EndsWithATable) {
    const Terminal terminal(80, 24);
    TerminalDisplay display(terminal.fd(), false);
    const std::vector views{downloading("first")};
    display.update(views);
    static_cast<void>(terminal.written());
    const std::vector rows{failed()};
    display.finish(rows);
    const auto text = terminal.written();
    EXPECT_THAT(text, testing::StartsWith("\r\x1b[Jname  result"));
    EXPECT_TRUE(text.ends_with("\r\n"));
}

TEST(TerminalDisplay, TellsOnceThatWhatWasStoppedGoesOn) {
    const Terminal terminal(80, 24);
    TerminalDisplay display(terminal.fd(), false);
    std::vector rows(2, failed());
    for (auto& row : rows) {
        row.code = ExitCode::interrupted;
        display.ended(row);
    }
    display.finish(rows);
    const auto text = terminal.written();
    EXPECT_THAT(text, Not(HasSubstr("no peer ever")));
    EXPECT_TRUE(text.ends_with("\r\nbt: the same command goes on from there\r\n"));
}

TEST(TerminalDisplay, ColoursOnlyWhenAsked) {
    const Terminal terminal(80, 24);
    const std::vector views{downloading("first")};
    const std::vector rows{failed()};
    for (const bool color : {false, true}) {
        TerminalDisplay display(terminal.fd(), color);
        display.update(views);
        display.finish(rows);
        const auto text = terminal.written();
        EXPECT_EQ(text.find("\x1b[31m") != std::string::npos, color);
        EXPECT_EQ(text.find("\x1b[32m") != std::string::npos, color);
    }
}

TEST(TerminalDisplay, IsWipedInOneWriteWhenTheProcessLeavesAtOnce) {
    const Terminal terminal(80, 24);
    TerminalDisplay display(terminal.fd(), false);
    const std::vector views{downloading("first")};
    display.update(views);
    static_cast<void>(terminal.written());
    wipe_terminal();
    EXPECT_EQ(terminal.written(), "\r\x1b[J");
    wipe_terminal();
    EXPECT_EQ(terminal.written(), "");
}

TEST(TerminalDisplay, SurvivesAWindowOfOneColumn) {
    const Terminal terminal(1, 1);
    TerminalDisplay display(terminal.fd(), false);
    const std::vector views{downloading("first"), downloading("second")};
    display.update(views);
    display.update(views);
    display.finish({});
    EXPECT_THAT(terminal.written(), Not(IsEmpty()));
}

}  // namespace
}  // namespace bt::cli
