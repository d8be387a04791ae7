// Text measured in the columns of a terminal, whatever the locale is.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace bt::cli {

/// The columns that `text` takes: wide characters two, combining ones none. `text` is escaped:
/// valid UTF-8 without control characters.
[[nodiscard]] std::size_t columns(std::string_view text);

/// `text` in at most `width` columns; what is cut away at the end is shown by "…".
[[nodiscard]] std::string fit(std::string_view text, std::size_t width);

/// The same, cut in the middle: of names that begin alike the ends tell which is which.
[[nodiscard]] std::string fit_middle(std::string_view text, std::size_t width);

/// `text` in lines of at most `width` columns, broken between words where there is such a place.
[[nodiscard]] std::vector<std::string> wrap(std::string_view text, std::size_t width);

[[nodiscard]] std::string pad_right(std::string_view text, std::size_t width);
[[nodiscard]] std::string pad_left(std::string_view text, std::size_t width);

}  // namespace bt::cli
