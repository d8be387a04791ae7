#include "cli/nearest.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace bt::cli {

namespace {

/// Levenshtein's distance.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        auto diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const auto replaced = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row[b.size()];
}

}  // namespace

std::string nearest(std::string_view word, std::span<const std::string> candidates) {
    constexpr std::size_t kLongestWord = 64;
    if (word.size() > kLongestWord) return {};
    std::string best;
    auto limit = std::max<std::size_t>(2, word.size() / 3) + 1;
    for (const auto& candidate : candidates) {
        // The beginning of a name is as near as can be: the rest was left out.
        const bool begun = word.size() > 3 && candidate.starts_with(word);
        // So is its end, if that says something.
        const bool ended = word.size() > 6 && candidate.ends_with(word.substr(1));
        // Or more of it was written than there is.
        const bool spelled_out = candidate.size() > 4 && word.starts_with(candidate);
        auto far = begun || ended ? 1 : distance(word, candidate);
        if (spelled_out) far = std::min<std::size_t>(far, 2);
        if (far < limit) {
            limit = far;
            best = candidate;
        }
    }
    return best;
}

}  // namespace bt::cli
