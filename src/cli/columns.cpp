#include "cli/columns.hpp"

#include <utf8proc.h>

#include "bt/text/utf8.hpp"

namespace bt::cli {

namespace {

constexpr std::string_view kCut = "…";

/// Where terminals disagree, the most that one of them takes.
std::size_t width_of(char32_t c) {
    constexpr char32_t kFirstIdeograph = 0x20000;
    constexpr char32_t kLastIdeograph = 0x3fffd;
    if (c < 0x300) return 1;
    // Also those that Unicode has not assigned yet.
    if (c >= kFirstIdeograph && c <= kLastIdeograph) return 2;
    const auto code = static_cast<utf8proc_int32_t>(c);
    const auto width = static_cast<std::size_t>(utf8proc_charwidth(code));
    // A combining mark that takes room does so in most terminals.
    return width == 0 && utf8proc_category(code) == UTF8PROC_CATEGORY_MC ? 1 : width;
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

/// The longest end of `text` that takes at most `width` columns and begins with no combining mark.
std::string_view suffix(std::string_view text, std::size_t width) {
    auto left = columns(text);
    while (!text.empty()) {
        const auto step = text::decode_utf8(text);
        const auto wide = width_of(step.value);
        if (left <= width && wide > 0) break;
        left -= wide;
        text.remove_prefix(step.length);
    }
    return text;
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
    return std::string(text.substr(0, prefix_bytes(text, width - 1))).append(kCut);
}

std::string fit_middle(std::string_view text, std::size_t width) {
    constexpr std::size_t kLeast = 8;
    if (width < kLeast || prefix_bytes(text, width) == text.size()) return fit(text, width);
    const auto end = (width - 1) * 2 / 5;
    const auto begin = text.substr(0, prefix_bytes(text, width - 1 - end));
    return std::string(begin).append(kCut).append(suffix(text.substr(begin.size()), end));
}

std::vector<std::string> wrap(std::string_view text, std::size_t width) {
    std::vector<std::string> out;
    for (;;) {
        const auto most = prefix_bytes(text, width);
        if (most == text.size() || most == 0) {
            out.push_back(fit(text, width));  // wider than a line: a character can be, too
            return out;
        }
        const auto space = text.rfind(' ', most);
        const bool between_words = space != std::string_view::npos && space > 0;
        const auto end = between_words ? space : most;
        out.emplace_back(text.substr(0, end));
        text.remove_prefix(between_words ? end + 1 : end);
    }
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
