// The completion script of fish.
#include "cli/completions.hpp"

namespace bt::cli {

namespace {

std::string in_quotes(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'' || c == '\\') out += '\\';
        out += c;
    }
    return out + "'";
}

/// What completes a value, as arguments of `complete`.
std::string completer(const std::string& placeholder) {
    switch (kind_of(placeholder)) {
        case ValueKind::choice:
            return " -a " + in_quotes(joined(choices_of(placeholder), " "));
        case ValueKind::folder:
            return " -a '(__fish_complete_directories)'";
        case ValueKind::file:
        case ValueKind::path:
            return " -F";
        case ValueKind::torrent:
            return " -k -a '(__fish_complete_suffix .torrent)'";
        case ValueKind::nothing:
            break;
    }
    return {};
}

std::string line(const std::string& condition, const OptionSpec& option) {
    std::string out = "complete -c bt -n " + in_quotes(condition);
    for (const auto& name : option.main_names()) {
        out += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    }
    if (!option.placeholder.empty()) {
        // -x: the value is what is said here, and no other file.
        const auto kind = kind_of(option.placeholder);
        const bool any_file = kind == ValueKind::file || kind == ValueKind::path;
        out += (any_file ? " -r" : " -x") + completer(option.placeholder);
    }
    return out + " -d " + in_quotes(option.help) + "\n";
}

}  // namespace

std::string fish_completion(const CompletionInput& input) {
    std::string names;
    for (const auto& command : input.commands.subspan(1))
        names += (names.empty() ? "" : " ") + command.name;
    std::string out =
        "# Completions of bt for fish, made by: bt completions fish\n\n"
        "function __fish_bt_command\n"
        "    set -l words (commandline -opc)\n"
        "    if test (count $words) -gt 1; and contains -- $words[2] " +
        names +
        "\n        echo $words[2]\n    else\n        echo download\n    end\nend\n\n"
        "complete -c bt -f\n";
    for (std::size_t i = 1; i < input.commands.size(); ++i) {
        out += "complete -c bt -n 'test (count (commandline -opc)) -eq 1' -a " +
               input.commands[i].name + " -d " + in_quotes(input.summaries[i]) + "\n";
    }
    for (const auto& command : input.commands) {
        const auto condition = "test (__fish_bt_command) = " +
                               (command.name.empty() ? std::string("download") : command.name);
        out += "\n";
        if (!command.positional.empty()) {
            out +=
                "complete -c bt -n " + in_quotes(condition) + completer(command.positional) + "\n";
        }
        for (const auto& option : command.options)
            out += line(condition, option);
    }
    return out;
}

}  // namespace bt::cli
