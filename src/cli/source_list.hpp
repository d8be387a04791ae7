// The texts that users write for bt: a list of sources (-i) and a file of settings (bt.conf). Pure:
// text in, values out.
//
// Invariants
//  - An error is Errc::option and begins with the file and the line: "list.txt:3: ...".
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "bt/core/result.hpp"

namespace bt::cli {

inline constexpr std::size_t kMaxTextBytes = 32u << 20;  // of a file of either kind
inline constexpr std::size_t kMaxLineBytes = 16 * 1024;
inline constexpr std::size_t kMaxListedSources = 100'000;
inline constexpr std::size_t kMaxSettings = 100'000;  // in all of a file

/// "name=value", without the blanks around either.
struct Setting {
    std::string name;  // without dashes
    std::string value;
    std::size_t line = 0;  // from 1
};

struct ListedSource {
    std::string source;
    std::size_t line = 0;
    std::vector<Setting> settings;
};

/// One source a line; an indented line is a setting for the source above it. Blank lines and lines
/// that begin with '#' are skipped. `file` is what errors call it, escaped. A list without a source
/// is an error.
[[nodiscard]] Result<std::vector<ListedSource>> parse_source_list(std::string_view text,
                                                                  const std::string& file);

/// One setting a line; blank lines and lines that begin with '#' are skipped.
[[nodiscard]] Result<std::vector<Setting>> parse_settings(std::string_view text,
                                                          const std::string& file);

/// "list.txt:3"
[[nodiscard]] std::string at_line(const std::string& file, std::size_t line);

}  // namespace bt::cli
