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
/// size, time, average speed, ratio. Columns fall away from the right. Of several there is a line
/// that sums up.
[[nodiscard]] std::vector<StyledText> render_table(std::span<const ResultRow> rows,
                                                   std::size_t width);

/// A result as a line for a pipe or a log.
[[nodiscard]] std::string render_result(const ResultRow& row);

}  // namespace bt::cli
