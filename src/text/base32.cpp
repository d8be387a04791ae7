#include "bt/text/base32.hpp"

#include <cstdint>

namespace bt::text {

namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The value of a digit, or -1.
int base32_digit(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a';
    if (c >= '2' && c <= '7') return c - '2' + 26;
    return -1;
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

std::string base32_encode(Bytes bytes) {
    std::string out;
    std::uint32_t bits = 0;  // `held` of them wait, the rest is old
    unsigned held = 0;
    for (const auto b : bytes) {
        bits = bits << 8 | std::to_integer<std::uint32_t>(b);
        for (held += 8; held >= 5; held -= 5)
            out += kAlphabet[bits >> (held - 5) & 31];
    }
    if (held > 0) out += kAlphabet[bits << (5 - held) & 31];
    return out;
}

std::optional<ByteVector> base32_decode(std::string_view text) {
    ByteVector out;
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (const char c : text) {
        const int digit = base32_digit(c);
        if (digit < 0) return std::nullopt;
        bits = bits << 5 | static_cast<std::uint32_t>(digit);
        held += 5;
        if (held >= 8) {
            held -= 8;
            out.push_back(static_cast<std::byte>(bits >> held));
        }
    }
    // Five or more bits left over are a digit that no encoder writes.
    if (held >= 5 || (bits & ((1u << held) - 1)) != 0) return std::nullopt;
    return out;
}

std::optional<ByteVector> hex_decode(std::string_view text) {
    if (text.size() % 2 != 0) return std::nullopt;
    ByteVector out;
    out.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = hex_digit(text[i]);
        const int low = hex_digit(text[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        out.push_back(static_cast<std::byte>(high << 4 | low));
    }
    return out;
}

}  // namespace bt::text
