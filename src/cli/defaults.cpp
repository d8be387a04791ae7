#include "cli/defaults.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "bt/text/escape.hpp"
#include "cli/commands.hpp"
#include "cli/nearest.hpp"
#include "cli/output.hpp"
#include "cli/read_file.hpp"
#include "cli/source_list.hpp"
#include "cli/values.hpp"

namespace bt::cli {

namespace {

constexpr int kFileLayer = 1;
constexpr int kEnvironmentLayer = 2;
constexpr std::string_view kPrefix = "BT_";

/// What a hook is told. For a bt that the hook starts they are no options: a download in BT_DIR is
/// not what the user asked for.
constexpr std::array<std::string_view, 7> kOfHooks{"BT_INFO_HASH", "BT_NAME", "BT_DIR",  "BT_PATH",
                                                   "BT_LENGTH",    "BT_CODE", "BT_ERROR"};

std::string value_of(const Environment& environment, std::string_view name) {
    for (const auto& entry : environment) {
        if (entry.size() > name.size() && entry[name.size()] == '=' && entry.starts_with(name)) {
            return entry.substr(name.size() + 1);
        }
    }
    return {};
}

/// "BT_MAX_PEERS" is "max-peers".
std::string option_of(std::string_view variable) {
    std::string out(variable.substr(kPrefix.size()));
    for (auto& c : out) {
        if (c == '_') c = '-';
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

bool is_for_others(const std::string& name, const OptionParser& parser,
                   const DefaultsScope& scope) {
    if (!parser.knows(name)) return scope.elsewhere(name);
    const auto& only = scope.only;
    return !only.empty() && std::find(only.begin(), only.end(), name) == only.end();
}

/// The variable that an unknown one is a slip of; empty if it is probably somebody else's.
std::string meant_variable(const OptionParser& parser, const std::string& name) {
    constexpr std::size_t kShortest = 6;  // shorter names are near to anything
    constexpr std::size_t kLonger = 4;    // the dashes, and two letters
    if (name.size() < kShortest) return {};
    auto guess = nearest("--" + name, parser.long_names());
    const bool near = guess.size() >= kShortest && guess.size() <= name.size() + kLonger;
    if (!near) return {};
    for (auto& c : guess) {
        if (c == '-') c = '_';
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    return std::string(kPrefix) + guess.substr(2);
}

std::optional<Error> apply_file(OptionParser& parser, const SettingsFile& file,
                                const DefaultsScope& scope) {
    if (file.path.empty()) return std::nullopt;
    std::error_code ec;
    if (!file.named && !std::filesystem::exists(file.path, ec)) return std::nullopt;
    const auto shown = text::escape(file.path);
    const auto bytes =
        read_whole(file.path, kMaxTextBytes, fail(Errc::option, "is too large"), Pipes::waited_for);
    if (!bytes) return fail(Errc::option, shown + ": " + bytes.error().message);
    const auto settings = parse_settings(as_text(*bytes), shown);
    if (!settings) return settings.error();
    for (const auto& setting : *settings) {
        if (is_for_others(setting.name, parser, scope)) continue;
        if (auto error = parser.set(setting.name, setting.value, kFileLayer)) {
            error->message = at_line(shown, setting.line) + ": " + error->message;
            return error;
        }
    }
    return std::nullopt;
}

std::optional<Error> apply_environment(OptionParser& parser, const Environment& environment,
                                       const DefaultsScope& scope) {
    const bool in_hook = !value_of(environment, "BT_CODE").empty();
    for (const auto& entry : environment) {
        const auto equals = entry.find('=');
        if (!entry.starts_with(kPrefix) || equals == std::string::npos) continue;
        if (equals + 1 == entry.size()) continue;  // as for other programs: not set
        const auto variable = entry.substr(0, equals);
        const bool told = std::find(kOfHooks.begin(), kOfHooks.end(), variable) != kOfHooks.end();
        if (in_hook && told) continue;
        const auto name = option_of(variable);
        if (is_for_others(name, parser, scope)) continue;
        if (!parser.knows(name)) {
            const auto meant = meant_variable(parser, name);
            if (meant.empty()) continue;  // the prefix is not ours alone
            return fail(Errc::option, "unknown variable " + text::escape(variable) +
                                          " in the environment; did you mean " + meant + "?");
        }
        if (auto error = parser.set(name, entry.substr(equals + 1), kEnvironmentLayer)) {
            error->message = variable + " in the environment: " + error->message;
            return error;
        }
    }
    return std::nullopt;
}

bool any_command_has(const std::string& name) {
    for (const auto& command : all_specs()) {
        const auto& accepted = command.accepted;
        if (std::find(accepted.begin(), accepted.end(), "--" + name) != accepted.end()) return true;
        for (const auto& option : command.options) {
            for (const auto* names : {&option.names, &option.reversed}) {
                if (std::find(names->begin(), names->end(), "--" + name) != names->end())
                    return true;
            }
        }
    }
    return false;
}

bool asks_for_help(Words words) {
    const auto end = std::find(words.begin(), words.end(), "--");
    return std::any_of(words.begin(), end, [](const std::string& word) {
        return word == "-h" || word == "--help" || word == "--help-all" || word == "--version";
    });
}

}  // namespace

SettingsFile find_settings(Words words, const Environment& environment) {
    constexpr std::string_view kOption = "--conf-path";
    SettingsFile out;
    for (auto at = words.begin(); at != words.end() && *at != "--"; ++at) {
        if (*at == "--no-conf") return {};
        if (*at == kOption && at + 1 != words.end()) {
            out = {*(at + 1), true};
        } else if (at->starts_with(kOption) && at->substr(kOption.size()).starts_with('=')) {
            out = {at->substr(kOption.size() + 1), true};
        }
    }
    if (out.named) return out;
    if (auto named = value_of(environment, "BT_CONF_PATH"); !named.empty()) {
        return {expand_home(named), true};
    }
    // The specification has relative paths ignored.
    if (const auto home = value_of(environment, "XDG_CONFIG_HOME"); home.starts_with('/')) {
        out.path = home + "/bt/bt.conf";
    } else if (const auto user = value_of(environment, "HOME"); !user.empty()) {
        out.path = user + "/.config/bt/bt.conf";
    }
    return out;
}

std::optional<Error> apply_defaults(OptionParser& parser, const SettingsFile& file,
                                    const Environment& environment, const DefaultsScope& scope) {
    if (auto error = apply_file(parser, file, scope)) return error;
    return apply_environment(parser, environment, scope);
}

std::optional<ExitCode> parse_with_defaults(OptionParser& parser, Words words,
                                            std::vector<std::string> only) {
    if (asks_for_help(words)) return parser.parse(words);
    Environment environment;
    for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry)
        environment.emplace_back(*entry);
    const auto file = find_settings(words, environment);
    if (const auto error =
            apply_defaults(parser, file, environment, {std::move(only), any_command_has})) {
        print_error("bt: " + error->message);
        return ExitCode::option;
    }
    return parser.parse(words);
}

}  // namespace bt::cli
