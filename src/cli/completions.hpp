// Completion scripts for shells, made of what the commands take: so they know every option, and
// cannot know one that is gone.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "cli/command_spec.hpp"

namespace bt::cli {

/// What a value is completed with.
enum class ValueKind : std::uint8_t { nothing, choice, file, folder, torrent, path };

[[nodiscard]] ValueKind kind_of(const std::string& placeholder);

/// `commands` begins with the one that needs no name; `summaries` has a line for each.
struct CompletionInput {
    std::span<const CommandSpec> commands;
    std::span<const std::string> summaries;
};

[[nodiscard]] std::string bash_completion(const CompletionInput& input);
[[nodiscard]] std::string zsh_completion(const CompletionInput& input);
[[nodiscard]] std::string fish_completion(const CompletionInput& input);

/// `words` joined by `separator`.
[[nodiscard]] std::string joined(std::span<const std::string> words, std::string_view separator);

}  // namespace bt::cli
