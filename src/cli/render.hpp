// The lines of text that tell how torrents are doing. Pure: nothing here knows of a terminal, a
// clock or a file.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "cli/figures.hpp"
#include "cli/styled_text.hpp"
#include "cli/view.hpp"

namespace bt::cli {

/// Under this many columns a line is percent and speed only: in a window of less than 40, of which
/// the last one stays free.
inline constexpr std::size_t kNarrow = 39;

/// A line for each torrent at work, in at most `width` columns: name, percent, done/total, rates,
/// seeds and peers, time left, bar. Fields stand below each other and fall away from the right.
[[nodiscard]] std::vector<StyledText> render_lines(std::span<const View> views, std::size_t width);

/// One torrent as a line for a pipe or a log, of any length.
[[nodiscard]] std::string render_plain(const View& view);

}  // namespace bt::cli
