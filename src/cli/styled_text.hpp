// StyledText: a line for a terminal, whose parts have styles. A value; its escape sequences come in
// when it is written, so that it can be measured and cut without them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bt::cli {

enum class Style : std::uint8_t {
    plain,
    strong,
    faint,
    good,     // it moves, or it is complete
    busy,     // at work, but not on the network
    warning,  // it does not move
    bad,      // it failed
};

/// `text` between the escape sequences of `style`.
[[nodiscard]] std::string styled(std::string_view text, Style style);

class StyledText {
public:
    StyledText() = default;
    explicit StyledText(std::string_view text, Style style = Style::plain) { append(text, style); }

    /// `text` is escaped.
    StyledText& append(std::string_view text, Style style = Style::plain);
    /// Spaces at the end, up to `width` columns.
    StyledText& pad(std::size_t width);

    [[nodiscard]] const std::string& text() const { return text_; }
    [[nodiscard]] std::size_t columns() const;
    /// At most `width` columns of it.
    [[nodiscard]] StyledText fit(std::size_t width) const;
    [[nodiscard]] std::string to_terminal(bool color) const;

private:
    struct Part {
        std::size_t end;  // in text_
        Style style;
    };
    std::string text_;
    std::vector<Part> parts_;
};

}  // namespace bt::cli
