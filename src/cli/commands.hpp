// The commands. Each takes the words behind its name and gives the status to exit with.
#pragma once

#include <span>
#include <string>

#include "cli/exit_code.hpp"

namespace bt::cli {

using Words = std::span<const std::string>;

[[nodiscard]] ExitCode download_command(Words words);
[[nodiscard]] ExitCode info_command(Words words);
[[nodiscard]] ExitCode verify_command(Words words);
[[nodiscard]] ExitCode create_command(Words words);
[[nodiscard]] ExitCode seed_command(Words words);

}  // namespace bt::cli
