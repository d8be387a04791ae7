// What a word was probably meant to be: an option, a command, a value.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace bt::cli {

/// The candidate that `word` is probably a slip of; empty if none is near.
[[nodiscard]] std::string nearest(std::string_view word, std::span<const std::string> candidates);

}  // namespace bt::cli
