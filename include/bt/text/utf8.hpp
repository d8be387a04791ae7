// UTF-8, one step at a time (RFC 3629).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bt::text {

struct Utf8Step {
    char32_t value = 0;      // the code point; when invalid, the first byte
    std::size_t length = 1;  // bytes to move on, > 0
    bool valid = false;
};

/// Decodes the first code point of `text`, which is not empty. Overlong forms, surrogates and
/// values past U+10FFFF are invalid; an invalid sequence is its lead byte with as many continuation
/// bytes as that claims and finds.
[[nodiscard]] Utf8Step decode_utf8(std::string_view text);

[[nodiscard]] bool is_utf8(std::string_view text);

/// The most bytes of `text`, at most `max_bytes`, that do not cut a code point in two.
[[nodiscard]] std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes);

/// C0, DEL or C1.
[[nodiscard]] constexpr bool is_control(char32_t c) {
    return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

/// Turns the direction of text, has no width or ends a line: it can make a name look like another.
[[nodiscard]] constexpr bool is_invisible(char32_t c) {
    return c == 0xad || c == 0x61c || c == 0x180e || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
           (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe007f);
}

}  // namespace bt::text
