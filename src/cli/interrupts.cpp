#include "cli/interrupts.hpp"

#include <unistd.h>

#include <csignal>
#include <utility>

#include "cli/exit_code.hpp"
#include "cli/terminal_display.hpp"

namespace bt::cli {

namespace {

/// nohup and its like have chosen that a hang-up is not heard.
bool hears_hang_up() {
    struct sigaction current {};
    return ::sigaction(SIGHUP, nullptr, &current) != 0 || current.sa_handler != SIG_IGN;
}

extern "C" void leave_at_once(int) {
    wipe_terminal();
    ::_exit(static_cast<int>(ExitCode::second_interrupt));
}

}  // namespace

void Interrupts::await(std::function<void()> act) {
    signals_.add(SIGINT);
    signals_.add(SIGTERM);
    if (hears_hang_up()) signals_.add(SIGHUP);
    signals_.async_wait([this, act = std::move(act)](net::error_code ec, int) {
        if (ec) return;
        // The second signal is not left to this thread, which may be held up.
        leave_on_the_next();
        act();
    });
}

void Interrupts::leave_on_the_next() {
    signals_.clear();
    std::signal(SIGINT, leave_at_once);
    std::signal(SIGTERM, leave_at_once);
    if (hears_hang_up()) std::signal(SIGHUP, leave_at_once);
}

}  // namespace bt::cli
