// What the process is made ready for, and what it ends with.
#include <csignal>
#include <exception>
#include <string>
#include <vector>

#include "bt/disk/descriptors.hpp"
#include "cli/commands.hpp"
#include "cli/log.hpp"
#include "cli/output.hpp"

int main(int argc, char** argv) {
    bt::cli::hold_standard_streams();
    std::signal(SIGPIPE, SIG_IGN);
    bt::disk::raise_descriptor_limit();
    bt::cli::stop_log();  // there is none until a command starts one
    auto code = bt::cli::ExitCode::other;
    try {
        const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
        code = bt::cli::run_command(words);
    } catch (const std::exception& error) {
        bt::cli::print_error(std::string("bt: ") + error.what());
    }
    return static_cast<int>(code);
}
