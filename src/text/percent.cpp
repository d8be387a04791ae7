#include "bt/text/percent.hpp"

#include "bt/text/base32.hpp"

namespace bt::text {

namespace {

/// RFC 3986, 2.3.
bool is_unreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

std::string encode(std::string_view bytes, bool keep_slash) {
    constexpr char digits[] = "0123456789ABCDEF";
    std::string out;
    out.reserve(bytes.size());
    for (const char c : bytes) {
        if (is_unreserved(c) || (keep_slash && c == '/')) {
            out += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out += '%';
            out += digits[byte >> 4];
            out += digits[byte & 15];
        }
    }
    return out;
}

}  // namespace

std::string percent_encode(std::string_view bytes) {
    return encode(bytes, false);
}

std::string percent_encode_path(std::string_view bytes) {
    return encode(bytes, true);
}

std::optional<std::string> percent_decode(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        const auto digits = text.substr(i + 1, 2);
        if (digits.size() < 2) return std::nullopt;
        const auto byte = hex_decode(digits);
        if (!byte) return std::nullopt;
        out += static_cast<char>(byte->front());
        i += 2;
    }
    return out;
}

}  // namespace bt::text
