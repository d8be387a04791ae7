// What a terminal shows of all torrents of a run. Pure.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "cli/styled_text.hpp"
#include "cli/view.hpp"

namespace bt::cli {

/// A line each and, if the run has several, a total below, in at most `rows` lines, of which there
/// is one at least. When there is no room for all, those that do most are shown, in their order,
/// and the others are counted.
[[nodiscard]] std::vector<StyledText> render_screen(std::span<const View> views, const Tally& tally,
                                                    std::size_t width, std::size_t rows);

/// All of them as one: the sums, also of those that have ended. Its name says how many there are.
[[nodiscard]] View total_of(std::span<const View> views, const Tally& tally);

}  // namespace bt::cli
