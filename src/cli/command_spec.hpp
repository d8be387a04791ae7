// What a command takes, as a value: the help, the manual and the shells' completions are made of
// it.
#pragma once

#include <string>
#include <vector>

namespace bt::cli {

struct OptionSpec {
    std::vector<std::string> names;     // with their dashes: the short ones, then the long ones
    std::vector<std::string> reversed;  // of those, the ones that mean the opposite
    std::string placeholder;            // of the value; empty = a flag
    std::string help;
    std::string group;
    bool told = true;  // by the short help
    bool repeatable = false;

    /// The short and the long name that the help tells; the others are accepted.
    [[nodiscard]] std::vector<std::string> main_names() const;
};

struct CommandSpec {
    std::string name;  // empty: the command that needs none
    std::string description;
    std::string usage;
    std::string positional;  // placeholder; empty = none is taken
    std::vector<OptionSpec> options;
    std::vector<std::string> accepted;  // long names of those that nothing tells of
};

/// The values that a placeholder lists: lower-case words joined by "|", such as "full|none".
[[nodiscard]] std::vector<std::string> choices_of(const std::string& placeholder);

}  // namespace bt::cli
