// The completion script of bash. It needs nothing of the package bash-completion.
#include <map>

#include "cli/completions.hpp"

namespace bt::cli {

namespace {

constexpr std::string_view kHead = R"(# Completions of bt for bash, made by: bt completions bash

_bt_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur"); }
_bt_folders() {
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -d -- "$cur")
}
_bt_files() {
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
}
_bt_torrents() {
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(
        compgen -f -X '!*.torrent' -- "$cur"
        compgen -d -- "$cur"
    )
}

_bt() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev= command=
    COMPREPLY=()
    [ "$COMP_CWORD" -gt 0 ] && prev=${COMP_WORDS[COMP_CWORD - 1]}
    # bash takes --name=value for three words
    if [ "$cur" = "=" ]; then
        cur=
    elif [ "$prev" = "=" ] && [ "$COMP_CWORD" -gt 1 ]; then
        prev=${COMP_WORDS[COMP_CWORD - 2]}
    fi
)";

/// What completes a value, as a command of bash.
std::string completer(const std::string& placeholder) {
    switch (kind_of(placeholder)) {
        case ValueKind::choice:
            return "_bt_words \"" + joined(choices_of(placeholder), " ") + "\"";
        case ValueKind::folder:
            return "_bt_folders";
        case ValueKind::file:
        case ValueKind::path:
            return "_bt_files";
        case ValueKind::torrent:
            return "_bt_torrents";
        case ValueKind::nothing:
            break;
    }
    return ":";
}

/// What completes a value, and the patterns of the options that take it.
std::map<std::string, std::string> values_of(std::span<const CommandSpec> commands) {
    std::map<std::string, std::string> out;
    for (const auto& command : commands) {
        for (const auto& option : command.options) {
            if (option.placeholder.empty()) continue;
            auto& patterns = out[completer(option.placeholder)];
            for (const auto& name : option.names) {
                patterns += patterns.empty() ? "" : " | ";
                patterns += "\"" + command.name + " " + name + "\"";
            }
        }
    }
    return out;
}

}  // namespace

std::string bash_completion(const CompletionInput& input) {
    std::string names;
    for (const auto& command : input.commands.subspan(1))
        names += (names.empty() ? "" : " ") + command.name;
    std::string out(kHead);
    out += "    if [ \"$COMP_CWORD\" -gt 1 ]; then\n        case ${COMP_WORDS[1]} in\n";
    for (const auto& command : input.commands.subspan(1))
        out += "            " + command.name + ") command=" + command.name + " ;;\n";
    out += "        esac\n    fi\n    case \"$command $prev\" in\n";
    for (const auto& [what, patterns] : values_of(input.commands)) {
        out += "        " + patterns + ")\n            " + what +
               "\n            return\n            ;;\n";
    }
    out += "    esac\n    case \"$command $cur\" in\n";
    for (const auto& command : input.commands) {
        std::string options;
        for (const auto& option : command.options) {
            for (const auto& name : option.main_names())
                options += (options.empty() ? "" : " ") + name;
        }
        out += "        \"" + command.name + " -\"*) _bt_words \"" + options + "\" ;;\n";
        out += "        \"" + command.name + " \"*) " + completer(command.positional) + " ;;\n";
    }
    out += "    esac\n    if [ \"$COMP_CWORD\" -eq 1 ] && [ \"${cur#-}\" = \"$cur\" ]; then\n";
    out += "        local files=(\"${COMPREPLY[@]}\")\n        _bt_words \"" + names + "\"\n";
    out += "        COMPREPLY+=(\"${files[@]}\")\n    fi\n}\n\ncomplete -F _bt bt\n";
    return out;
}

}  // namespace bt::cli
