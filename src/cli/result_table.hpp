// What became of the torrents of a run, as lines of text. Pure.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "cli/styled_text.hpp"
#include "cli/view.hpp"

namespace bt::cli {

/// The table of results, one line each and a heading, in at most `width` columns: name, result,
/// size, time, average speed, ratio. Columns fall away from the right; where not even the result
/// has room, there are lines of name and result. Of several torrents render_sum() comes last.
/// `seconds`: how long the run took.
[[nodiscard]] std::vector<StyledText> render_table(std::span<const ResultRow> rows,
                                                   std::size_t width, double seconds);

/// "3 torrents: 1 complete, 2 failed (1 no peer, 1 bad torrent); 1.2 GiB received in 3m 05s, ..."
[[nodiscard]] std::string render_sum(std::span<const ResultRow> rows, double seconds);

/// A result as a line for a pipe or a log.
[[nodiscard]] std::string render_result(const ResultRow& row);

}  // namespace bt::cli
