// The parts of the manual page that are made of what the commands take; the rest is written by hand
// in bt.1.in.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cli/command_spec.hpp"

namespace bt::cli {

/// `text` as roff has it: no line of it is a request, and dashes can be copied.
[[nodiscard]] std::string roff(std::string_view text);

/// The options of one command, below the titles of their groups.
[[nodiscard]] std::string manual_options(const CommandSpec& command);

/// `page` with every line "@OPTIONS name@" replaced by the options of that command (no name: those
/// of a download), @VERSION@ and @DATE@.
[[nodiscard]] std::string manual_page(std::string_view page, std::span<const CommandSpec> commands,
                                      std::string_view version, std::string_view date);

}  // namespace bt::cli
