#include "bt/text/escape.hpp"

#include <cstdio>

#include "bt/text/utf8.hpp"

namespace bt::text {

namespace {

void append_hex(std::string& out, const char* format, unsigned value) {
    char text[16];
    std::snprintf(text, sizeof text, format, value);
    out += text;
}

/// \uXXXX as JSON has it: two of them past the basic plane.
void append_json_escape(std::string& out, char32_t c) {
    if (c > 0xffff) {
        const auto rest = static_cast<unsigned>(c) - 0x10000;
        append_hex(out, "\\u%04x", 0xd800 + (rest >> 10));
        append_hex(out, "\\u%04x", 0xdc00 + (rest & 0x3ff));
    } else {
        append_hex(out, "\\u%04x", static_cast<unsigned>(c));
    }
}

/// One step of `foreign` as escape() shows it.
void append_escaped(std::string& out, std::string_view sequence, const Utf8Step& step) {
    const auto value = static_cast<unsigned>(step.value);
    if (!step.valid) {
        for (const char c : sequence)
            append_hex(out, "\\x%02x", static_cast<unsigned char>(c));
    } else if (is_control(step.value)) {
        append_hex(out, "\\x%02x", value);
    } else if (is_invisible(step.value)) {
        append_hex(out, value > 0xffff ? "\\U%08x" : "\\u%04x", value);
    } else {
        out += sequence;
    }
}

}  // namespace

std::string escape(std::string_view foreign, std::size_t max_bytes) {
    constexpr std::string_view kCut = "...";
    std::string out;
    std::size_t fits = 0;  // of `out`, with room left for kCut
    while (!foreign.empty()) {
        const auto step = decode_utf8(foreign);
        append_escaped(out, foreign.substr(0, step.length), step);
        if (out.size() > max_bytes) {
            out.resize(fits);
            return out += kCut.substr(0, max_bytes);
        }
        if (out.size() + kCut.size() <= max_bytes) fits = out.size();
        foreign.remove_prefix(step.length);
    }
    return out;
}

std::string json_string(std::string_view text) {
    std::string out = "\"";
    while (!text.empty()) {
        const auto step = decode_utf8(text);
        const auto sequence = text.substr(0, step.length);
        text.remove_prefix(step.length);
        if (!step.valid) {
            out += "\\ufffd";
        } else if (step.value == '"' || step.value == '\\') {
            out += '\\';
            out += sequence;
        } else if (is_control(step.value) || is_invisible(step.value)) {
            append_json_escape(out, step.value);
        } else {
            out += sequence;
        }
    }
    return out += '"';
}

}  // namespace bt::text
