// What text may hold, judged without the code under test: RFC 3629's table, byte by byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bt::fuzz {

/// Bytes of the UTF-8 sequence that `text`, which is not empty, begins with; 0 if it is none.
inline std::size_t utf8_sequence(std::string_view text) {
    const auto at = [&](std::size_t i) {
        return i < text.size() ? static_cast<std::uint8_t>(text[i]) : std::uint8_t{0};
    };
    const auto in = [&](std::size_t i, std::uint8_t first, std::uint8_t last) {
        return at(i) >= first && at(i) <= last;
    };
    const auto tails = [&](std::size_t from, std::size_t to) {
        for (std::size_t i = from; i <= to; ++i) {
            if (!in(i, 0x80, 0xbf)) return false;
        }
        return true;
    };
    if (at(0) <= 0x7f) return 1;
    if (in(0, 0xc2, 0xdf) && tails(1, 1)) return 2;
    if (at(0) == 0xe0 && in(1, 0xa0, 0xbf) && tails(2, 2)) return 3;
    if (at(0) == 0xed && in(1, 0x80, 0x9f) && tails(2, 2)) return 3;
    if (in(0, 0xe1, 0xef) && at(0) != 0xed && tails(1, 2)) return 3;
    if (at(0) == 0xf0 && in(1, 0x90, 0xbf) && tails(2, 3)) return 4;
    if (in(0, 0xf1, 0xf3) && tails(1, 3)) return 4;
    if (at(0) == 0xf4 && in(1, 0x80, 0x8f) && tails(2, 3)) return 4;
    return 0;
}

/// Valid UTF-8 without C0, DEL and C1: one line that no terminal acts on.
inline bool is_clean(std::string_view text) {
    while (!text.empty()) {
        const auto length = utf8_sequence(text);
        if (length == 0) return false;
        const auto lead = static_cast<std::uint8_t>(text[0]);
        if (lead < 0x20 || lead == 0x7f) return false;
        if (lead == 0xc2 && static_cast<std::uint8_t>(text[1]) < 0xa0) return false;
        text.remove_prefix(length);
    }
    return true;
}

}  // namespace bt::fuzz
