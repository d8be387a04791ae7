#include "bt/text/utf8.hpp"

#include <algorithm>
#include <array>

namespace bt::text {

namespace {

unsigned char byte_at(std::string_view text, std::size_t i) {
    return static_cast<unsigned char>(text[i]);
}

/// How many bytes a sequence with this first byte claims to have; 1 for a byte that begins none.
std::size_t claimed_length(unsigned char lead) {
    if (lead < 0xc0) return 1;
    if (lead < 0xe0) return 2;
    if (lead < 0xf0) return 3;
    if (lead < 0xf8) return 4;
    if (lead < 0xfc) return 5;
    return lead < 0xfe ? 6 : 1;
}

}  // namespace

Utf8Step decode_utf8(std::string_view text) {
    const auto lead = byte_at(text, 0);
    if (lead < 0x80) return {lead, 1, true};
    const auto claimed = claimed_length(lead);
    char32_t value = lead & (0x7fu >> claimed);
    std::size_t length = 1;
    for (; length < std::min(claimed, text.size()); ++length) {
        const auto next = byte_at(text, length);
        if ((next & 0xc0) != 0x80) break;
        value = value << 6 | (next & 0x3f);
    }
    constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
    const bool valid = claimed >= 2 && claimed <= 4 && length == claimed &&
                       value >= smallest[claimed] && value <= 0x10ffff &&
                       (value < 0xd800 || value > 0xdfff);
    return {valid ? value : lead, length, valid};
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const auto step = decode_utf8(text);
        if (!step.valid) return false;
        text.remove_prefix(step.length);
    }
    return true;
}

std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes) {
    if (text.size() <= max_bytes) return text;
    auto end = max_bytes;
    while (end > 0 && (byte_at(text, end) & 0xc0) == 0x80)
        --end;
    return text.substr(0, end);
}

}  // namespace bt::text
