// What an option is when the command line does not say: the user's file of settings, and over it
// the environment.
//
// One file serves all commands: what another command has and this one has not is passed over.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/exit_code.hpp"
#include "cli/option_parser.hpp"

namespace bt::cli {

/// The environment: "NAME=value" each.
using Environment = std::vector<std::string>;

/// Where the settings are: what --conf-path says, or $BT_CONF_PATH, else
/// $XDG_CONFIG_HOME/bt/bt.conf or
/// ~/.config/bt/bt.conf; empty: nowhere, or --no-conf.
struct SettingsFile {
    std::string path;
    bool named = false;  // by the user, so that it has to be there
};
[[nodiscard]] SettingsFile find_settings(Words words, const Environment& environment);

/// What a command takes of them.
struct DefaultsScope {
    std::vector<std::string> only;  // option names without dashes; empty = all that it has
    /// Another command has an option of that name.
    std::function<bool(const std::string& name)> elsewhere;
};

/// Gives `parser` what the settings and the environment say. Errc::option: a wrong name or value,
/// with file and line, or the variable.
[[nodiscard]] std::optional<Error> apply_defaults(OptionParser& parser, const SettingsFile& file,
                                                  const Environment& environment,
                                                  const DefaultsScope& scope);

/// parser.parse(), over the settings and the environment of this process.
[[nodiscard]] std::optional<ExitCode> parse_with_defaults(OptionParser& parser, Words words,
                                                          std::vector<std::string> only = {});

}  // namespace bt::cli
