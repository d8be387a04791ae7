#include "cli/columns.hpp"

#include <algorithm>
#include <array>

#include "bt/text/utf8.hpp"

namespace bt::cli {

namespace {

struct Range {
    char32_t first;
    char32_t last;
};

/// Combining marks (Unicode general categories Mn and Me), by block.
constexpr std::array kZero{
    Range{0x0300, 0x036f}, Range{0x0483, 0x0489},   Range{0x0591, 0x05bd}, Range{0x05bf, 0x05bf},
    Range{0x05c1, 0x05c2}, Range{0x05c4, 0x05c5},   Range{0x0610, 0x061a}, Range{0x064b, 0x065f},
    Range{0x0670, 0x0670}, Range{0x06d6, 0x06dc},   Range{0x06df, 0x06e4}, Range{0x0900, 0x0902},
    Range{0x093c, 0x093c}, Range{0x0941, 0x0948},   Range{0x094d, 0x094d}, Range{0x0e31, 0x0e31},
    Range{0x0e34, 0x0e3a}, Range{0x0e47, 0x0e4e},   Range{0x1ab0, 0x1aff}, Range{0x1dc0, 0x1dff},
    Range{0x20d0, 0x20ff}, Range{0x302a, 0x302d},   Range{0x3099, 0x309a}, Range{0xfe00, 0xfe0f},
    Range{0xfe20, 0xfe2f}, Range{0xe0100, 0xe01ef},
};

/// Wide and full-width characters (Unicode Standard Annex 11), and what terminals draw as emoji.
constexpr std::array kWide{
    Range{0x1100, 0x115f},   Range{0x231a, 0x231b},   Range{0x2329, 0x232a},
    Range{0x23e9, 0x23ec},   Range{0x23f0, 0x23f0},   Range{0x23f3, 0x23f3},
    Range{0x25fd, 0x25fe},   Range{0x2614, 0x2615},   Range{0x2648, 0x2653},
    Range{0x267f, 0x267f},   Range{0x2693, 0x2693},   Range{0x26a1, 0x26a1},
    Range{0x26aa, 0x26ab},   Range{0x26bd, 0x26be},   Range{0x26c4, 0x26c5},
    Range{0x26ce, 0x26ce},   Range{0x26d4, 0x26d4},   Range{0x26ea, 0x26ea},
    Range{0x26f2, 0x26f3},   Range{0x26f5, 0x26f5},   Range{0x26fa, 0x26fa},
    Range{0x26fd, 0x26fd},   Range{0x2705, 0x2705},   Range{0x270a, 0x270b},
    Range{0x2728, 0x2728},   Range{0x274c, 0x274c},   Range{0x274e, 0x274e},
    Range{0x2753, 0x2755},   Range{0x2757, 0x2757},   Range{0x2795, 0x2797},
    Range{0x27b0, 0x27b0},   Range{0x27bf, 0x27bf},   Range{0x2b1b, 0x2b1c},
    Range{0x2b50, 0x2b50},   Range{0x2b55, 0x2b55},   Range{0x2e80, 0x303e},
    Range{0x3041, 0x3247},   Range{0x3250, 0x4dbf},   Range{0x4e00, 0xa4cf},
    Range{0xa960, 0xa97f},   Range{0xac00, 0xd7a3},   Range{0xf900, 0xfaff},
    Range{0xfe10, 0xfe19},   Range{0xfe30, 0xfe6f},   Range{0xff00, 0xff60},
    Range{0xffe0, 0xffe6},   Range{0x16fe0, 0x18aff}, Range{0x1b000, 0x1b2ff},
    Range{0x1f004, 0x1f004}, Range{0x1f0cf, 0x1f0cf}, Range{0x1f18e, 0x1f18e},
    Range{0x1f191, 0x1f19a}, Range{0x1f200, 0x1f320}, Range{0x1f32d, 0x1f335},
    Range{0x1f337, 0x1f37c}, Range{0x1f37e, 0x1f393}, Range{0x1f3a0, 0x1f3ca},
    Range{0x1f3cf, 0x1f3d3}, Range{0x1f3e0, 0x1f3f0}, Range{0x1f3f4, 0x1f3f4},
    Range{0x1f3f8, 0x1f43e}, Range{0x1f440, 0x1f440}, Range{0x1f442, 0x1f4fc},
    Range{0x1f4ff, 0x1f53d}, Range{0x1f54b, 0x1f54e}, Range{0x1f550, 0x1f567},
    Range{0x1f57a, 0x1f57a}, Range{0x1f595, 0x1f596}, Range{0x1f5a4, 0x1f5a4},
    Range{0x1f5fb, 0x1f64f}, Range{0x1f680, 0x1f6c5}, Range{0x1f6cc, 0x1f6cc},
    Range{0x1f6d0, 0x1f6d2}, Range{0x1f6d5, 0x1f6d7}, Range{0x1f6dc, 0x1f6df},
    Range{0x1f6eb, 0x1f6ec}, Range{0x1f6f4, 0x1f6fc}, Range{0x1f7e0, 0x1f7eb},
    Range{0x1f90c, 0x1f93a}, Range{0x1f93c, 0x1f945}, Range{0x1f947, 0x1f9ff},
    Range{0x1fa70, 0x1faff}, Range{0x20000, 0x3fffd},
};

bool lies_in(char32_t c, const auto& ranges) {
    const auto after =
        std::upper_bound(ranges.begin(), ranges.end(), c,
                         [](char32_t x, const Range& range) { return x < range.first; });
    return after != ranges.begin() && c <= (after - 1)->last;
}

std::size_t width_of(char32_t c) {
    if (c < 0x300) return 1;
    if (lies_in(c, kZero)) return 0;
    return lies_in(c, kWide) ? 2 : 1;
}

/// The bytes of the longest beginning of `text` that takes at most `width` columns.
std::size_t prefix_bytes(std::string_view text, std::size_t width) {
    std::size_t at = 0;
    while (at < text.size()) {
        const auto step = text::decode_utf8(text.substr(at));
        const auto wide = width_of(step.value);
        if (wide > width) break;
        width -= wide;
        at += step.length;
    }
    return at;
}

}  // namespace

std::size_t columns(std::string_view text) {
    std::size_t out = 0;
    for (std::size_t at = 0; at < text.size();) {
        const auto step = text::decode_utf8(text.substr(at));
        out += width_of(step.value);
        at += step.length;
    }
    return out;
}

std::string fit(std::string_view text, std::size_t width) {
    if (width == 0) return {};
    if (prefix_bytes(text, width) == text.size()) return std::string(text);
    return std::string(text.substr(0, prefix_bytes(text, width - 1))) + "…";
}

std::string pad_right(std::string_view text, std::size_t width) {
    std::string out(text);
    const auto wide = columns(text);
    if (wide < width) out.append(width - wide, ' ');
    return out;
}

std::string pad_left(std::string_view text, std::size_t width) {
    const auto wide = columns(text);
    return std::string(wide < width ? width - wide : 0, ' ') + std::string(text);
}

}  // namespace bt::cli
