// The completion script of zsh, for a folder of $fpath.
#include "cli/completions.hpp"

namespace bt::cli {

namespace {

/// `text` within single quotes, where _arguments reads brackets and colons as its own.
std::string in_quotes(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\'') {
            out += "'\\''";
            continue;
        }
        if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
        out += c;
    }
    return out;
}

std::string completer(const std::string& placeholder) {
    switch (kind_of(placeholder)) {
        case ValueKind::choice:
            return "(" + joined(choices_of(placeholder), " ") + ")";
        case ValueKind::folder:
            return "_files -/";
        case ValueKind::file:
        case ValueKind::path:
            return "_files";
        case ValueKind::torrent:
            return "_files -g \"*.torrent(-.)\"";
        case ValueKind::nothing:
            break;
    }
    return " ";
}

/// "'(-d --dir)'{-d,--dir}'[where the data goes]:DIR:_files -/'"
std::string argument(const OptionSpec& option) {
    const auto names = option.main_names();
    auto out = option.repeatable ? std::string("'*'") : "'(" + joined(names, " ") + ")'";
    out += names.size() > 1 ? "{" + joined(names, ",") + "}" : names.front();
    out += "'[" + in_quotes(option.help) + "]";
    if (!option.placeholder.empty()) {
        out += ":" + in_quotes(option.placeholder) + ":" + completer(option.placeholder);
    }
    return out + "'";
}

}  // namespace

std::string zsh_completion(const CompletionInput& input) {
    std::string out =
        "#compdef bt\n# Completions of bt for zsh, made by: bt completions zsh\n\n_bt() {\n"
        "    local -a commands=(\n";
    for (std::size_t i = 1; i < input.commands.size(); ++i) {
        out += "        '" + input.commands[i].name + ":" + in_quotes(input.summaries[i]) + "'\n";
    }
    out += "    )\n    local command=\n";
    out +=
        "    if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then\n"
        "        _describe command commands\n    fi\n"
        "    if (( CURRENT > 2 && ${commands[(I)$words[2]:*]} )); then\n"
        "        command=$words[2]\n        shift words\n        (( CURRENT-- ))\n    fi\n"
        "    case \"$command\" in\n";
    for (const auto& command : input.commands) {
        out += "        '" + command.name + "')\n            _arguments -s -S";
        for (const auto& option : command.options)
            out += " \\\n                " + argument(option);
        if (!command.positional.empty()) {
            out += " \\\n                '*:" + in_quotes(command.positional) + ":" +
                   completer(command.positional) + "'";
        }
        out += "\n            ;;\n";
    }
    // Autoloaded from $fpath the file is the function; sourced, it defines and registers it.
    return out +
           "    esac\n}\n\nif [[ $zsh_eval_context[-1] == loadautofunc ]]; then\n    _bt \"$@\"\n"
           "else\n    compdef _bt bt\nfi\n";
}

}  // namespace bt::cli
