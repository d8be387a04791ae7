// Policy only: which command, and what the process ends with.
#include <array>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "bt/disk/descriptors.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"

namespace {

struct Command {
    std::string_view name;
    bt::cli::ExitCode (*run)(bt::cli::Words);
};

constexpr std::array kCommands{
    Command{"info", bt::cli::info_command},
    Command{"verify", bt::cli::verify_command},
    Command{"create", bt::cli::create_command},
    Command{"seed", bt::cli::seed_command},
};

bt::cli::ExitCode run(const std::vector<std::string>& words) {
    const auto all = bt::cli::Words(words);
    for (const auto& command : kCommands) {
        if (!words.empty() && words.front() == command.name) return command.run(all.subspan(1));
    }
    return bt::cli::download_command(all);
}

}  // namespace

int main(int argc, char** argv) {
    bt::cli::hold_standard_streams();
    std::signal(SIGPIPE, SIG_IGN);
    bt::disk::raise_descriptor_limit();
    auto code = bt::cli::ExitCode::other;
    try {
        code = run({argv + (argc > 0 ? 1 : 0), argv + argc});
    } catch (const std::exception& error) {
        bt::cli::print_error(std::string("bt: ") + error.what());
    }
    return static_cast<int>(code);
}
