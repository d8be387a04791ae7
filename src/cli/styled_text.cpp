#include "cli/styled_text.hpp"

#include <algorithm>

#include "cli/columns.hpp"

namespace bt::cli {

namespace {

/// The eight colours that every palette has, so that both dark and light ones stay readable.
std::string_view sequence(Style style) {
    switch (style) {
        case Style::plain:
            return {};
        case Style::strong:
            return "\x1b[1m";
        case Style::faint:
            return "\x1b[2m";
        case Style::good:
            return "\x1b[32m";
        case Style::busy:
            return "\x1b[36m";
        case Style::warning:
            return "\x1b[33m";
        case Style::bad:
            return "\x1b[31m";
    }
    return {};
}

}  // namespace

std::string styled(std::string_view text, Style style) {
    const auto begin = sequence(style);
    if (begin.empty() || text.empty()) return std::string(text);
    return std::string(begin).append(text).append("\x1b[0m");
}

StyledText& StyledText::append(std::string_view text, Style style) {
    text_ += text;
    if (!parts_.empty() && parts_.back().style == style) {
        parts_.back().end = text_.size();
    } else {
        parts_.push_back({text_.size(), style});
    }
    return *this;
}

StyledText& StyledText::pad(std::size_t width) {
    const auto wide = columns();
    return wide < width ? append(std::string(width - wide, ' ')) : *this;
}

std::size_t StyledText::columns() const {
    return cli::columns(text_);
}

StyledText StyledText::fit(std::size_t width) const {
    StyledText out(*this);
    out.text_ = cli::fit(text_, width);
    for (auto& part : out.parts_)
        part.end = std::min(part.end, out.text_.size());
    // The mark of the cut may be longer than what it replaces.
    if (!out.parts_.empty()) out.parts_.back().end = out.text_.size();
    return out;
}

std::string StyledText::to_terminal(bool color) const {
    if (!color) return text_;
    std::string out;
    std::size_t begin = 0;
    for (const auto& part : parts_) {
        out += styled(std::string_view(text_).substr(begin, part.end - begin), part.style);
        begin = part.end;
    }
    return out;
}

}  // namespace bt::cli
