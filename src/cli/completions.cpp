// bt completions SHELL: the completion script of a shell.
#include "cli/completions.hpp"

#include <algorithm>
#include <array>

#include "bt/text/escape.hpp"
#include "cli/commands.hpp"
#include "cli/option_parser.hpp"
#include "cli/output.hpp"

namespace bt::cli {

namespace {

constexpr const char* kDescription =
    "Print the completions of a shell, for example: source <(bt completions bash)";
constexpr const char* kUsage = "bt completions bash|zsh|fish";

struct Shell {
    std::string_view name;
    std::string (*script)(const CompletionInput& input);
};
constexpr std::array kShells{
    Shell{"bash", bash_completion},
    Shell{"zsh", zsh_completion},
    Shell{"fish", fish_completion},
};

}  // namespace

ValueKind kind_of(const std::string& placeholder) {
    if (!choices_of(placeholder).empty()) return ValueKind::choice;
    if (placeholder == "DIR") return ValueKind::folder;
    if (placeholder == "FILE") return ValueKind::file;
    if (placeholder == "PATH") return ValueKind::path;
    if (placeholder == "SOURCE" || placeholder == "TORRENT") return ValueKind::torrent;
    return ValueKind::nothing;
}

std::string joined(std::span<const std::string> words, std::string_view separator) {
    std::string out;
    for (const auto& word : words) {
        if (!out.empty()) out += separator;
        out += word;
    }
    return out;
}

CommandSpec completions_spec() {
    OptionParser parser(kDescription, kUsage);
    std::vector<std::string> shells;
    parser.positionals("bash|zsh|fish", shells);
    return parser.spec("completions");
}

ExitCode completions_command(Words words) {
    OptionParser parser(kDescription, kUsage);
    std::vector<std::string> shells;
    parser.positionals("SHELL", shells);
    if (const auto leave = parser.parse(words)) return *leave;
    const auto shell = std::find_if(kShells.begin(), kShells.end(), [&](const Shell& one) {
        return shells.size() == 1 && shells.front() == one.name;
    });
    if (shell == kShells.end()) {
        print_error("bt: completions takes bash, zsh or fish");
        return ExitCode::option;
    }
    const auto specs = all_specs();
    std::vector<std::string> summaries;
    for (const auto& command : all_commands())
        summaries.emplace_back(command.summary);
    return print(shell->script({specs, summaries})) ? ExitCode::ok : ExitCode::io_failed;
}

}  // namespace bt::cli
