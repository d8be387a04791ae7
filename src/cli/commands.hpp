// The commands: each takes the words behind its name and gives the status to exit with, and each
// can say what it takes.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command_spec.hpp"
#include "cli/exit_code.hpp"

namespace bt::cli {

using Words = std::span<const std::string>;

struct Command {
    std::string_view name;
    std::string_view summary;
    ExitCode (*run)(Words words);
    CommandSpec (*spec)();
};

/// All of them. The first has no name and is meant when none is given.
[[nodiscard]] std::span<const Command> all_commands();

/// Of all commands, in the same order.
[[nodiscard]] std::vector<CommandSpec> all_specs();

/// Runs the command that `words` begin with.
[[nodiscard]] ExitCode run_command(Words words);

[[nodiscard]] ExitCode download_command(Words words);
[[nodiscard]] ExitCode info_command(Words words);
[[nodiscard]] ExitCode verify_command(Words words);
[[nodiscard]] ExitCode create_command(Words words);
[[nodiscard]] ExitCode seed_command(Words words);
[[nodiscard]] ExitCode completions_command(Words words);

[[nodiscard]] CommandSpec download_spec();
[[nodiscard]] CommandSpec info_spec();
[[nodiscard]] CommandSpec verify_spec();
[[nodiscard]] CommandSpec create_spec();
[[nodiscard]] CommandSpec seed_spec();
[[nodiscard]] CommandSpec completions_spec();

}  // namespace bt::cli
