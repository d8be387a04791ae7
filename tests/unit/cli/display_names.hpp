// Names such as torrents of others have, escaped as the display gets them.
#pragma once

#include <random>
#include <string>
#include <string_view>

#include "bt/text/escape.hpp"

namespace bt::cli {

/// Letters, wide and combining characters, emoji, control characters and bytes that are no UTF-8.
inline std::string random_name(std::mt19937& rng) {
    constexpr std::string_view kParts[] = {
        "a",      "movie.",       "映",       "한",       "🎬",      "e\u0301", "\u0301",
        "\u0903", "\u2764\ufe0f", "\x1b[2J",  "\r",       "\n",     "\xff",    "\xe6\x98",
        "\u202e", "\u200d",       "👨\u200d👩", "ｆｕｌｌ", "\u0e33", " "};
    std::string out;
    const auto length = std::uniform_int_distribution<std::size_t>(0, 60)(rng);
    std::uniform_int_distribution<std::size_t> part(0, std::size(kParts) - 1);
    for (std::size_t i = 0; i < length; ++i)
        out += kParts[part(rng)];
    return text::escape(out);
}

}  // namespace bt::cli
