#include "cli/commands.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>
#include <vector>

#include "cli/nearest.hpp"
#include "cli/option_parser.hpp"
#include "cli/output.hpp"

namespace bt::cli {

namespace {

constexpr std::array kCommands{
    Command{"", "download", download_command, download_spec},
    Command{"info", "show what a torrent holds", info_command, info_spec},
    Command{"verify", "check data on disk against a torrent", verify_command, verify_spec},
    Command{"create", "make a .torrent of a file or folder", create_command, create_spec},
    Command{"seed", "serve data that is already there", seed_command, seed_spec},
    Command{"completions", "print the completions of a shell", completions_command,
            completions_spec},
};

/// The command that a first word is probably a slip of; empty if it is a source. A file is what it
/// is called, whatever its name is near to.
std::string meant_command(const std::string& word) {
    const bool plain = std::all_of(word.begin(), word.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    });
    std::error_code ec;
    constexpr std::size_t kShortest = 3;  // letters
    if (!plain || word.size() < kShortest || std::filesystem::exists(word, ec)) return {};
    std::vector<std::string> names;
    for (const auto& command : all_commands().subspan(1))
        names.emplace_back(command.name);
    return nearest(word, names);
}

}  // namespace

std::span<const Command> all_commands() {
    return kCommands;
}

std::vector<CommandSpec> all_specs() {
    std::vector<CommandSpec> out;
    for (const auto& command : kCommands)
        out.push_back(command.spec());
    return out;
}

ExitCode run_command(Words words) {
    if (words.empty()) return download_command(words);
    const auto& first = words.front();
    for (const auto& command : kCommands) {
        if (!command.name.empty() && first == command.name) return command.run(words.subspan(1));
    }
    if (const auto meant = meant_command(first); !meant.empty()) {
        print_error("bt: unknown command " + first + "; did you mean " + meant + "?");
        return ExitCode::option;
    }
    return download_command(words);
}

}  // namespace bt::cli
