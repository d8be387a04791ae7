// Lines of text of what the display knows. Pure: nothing here knows of a terminal, a clock or a
// file.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "cli/view.hpp"

namespace bt::cli {

/// Under this many columns a line is percent and speed only.
inline constexpr std::size_t kNarrow = 40;

/// One torrent at work, in at most `width` columns: name, percent, done/total, rates, peers, time
/// left, bar. Fields fall away from the right.
[[nodiscard]] std::string render_line(const View& view, std::size_t width);

/// The same for several, in common columns.
[[nodiscard]] std::vector<std::string> render_lines(std::span<const View> views, std::size_t width);

/// All of them as one: the sums.
[[nodiscard]] View total_of(std::span<const View> views);

/// "45.2%, 1.2 GiB of 2.7 GiB": how much is there.
[[nodiscard]] std::string amount_done(const session::TorrentStatus& status);

/// One torrent as a line for a pipe or a log, of any length.
[[nodiscard]] std::string render_plain(const View& view);

/// The table of results, one line each and a heading. Columns fall away from the right.
[[nodiscard]] std::vector<std::string> render_table(std::span<const ResultRow> rows,
                                                    std::size_t width);

/// A result as a line for a pipe or a log.
[[nodiscard]] std::string render_result(const ResultRow& row);

}  // namespace bt::cli
