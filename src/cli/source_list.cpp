#include "cli/source_list.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "bt/text/escape.hpp"

namespace bt::cli {

namespace {

constexpr std::string_view kBlanks = " \t\r";

bool is_blank(char c) {
    return kBlanks.find(c) != std::string_view::npos;
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

/// The lines of a text that say something, with their numbers.
class Lines {
public:
    Lines(std::string_view text, const std::string& file) : rest_(text), file_(file) {
        if (rest_.starts_with("\xef\xbb\xbf")) rest_.remove_prefix(3);  // editors on Windows
    }

    /// The next line, its indentation kept; nothing at the end, or at a line that cannot be.
    [[nodiscard]] std::optional<std::string_view> next() {
        while (!rest_.empty() && !error_) {
            const auto line = rest_.substr(0, rest_.find('\n'));
            rest_.remove_prefix(std::min(line.size() + 1, rest_.size()));
            ++number_;
            if (line.size() > kMaxLineBytes) {
                refuse("longer than " + std::to_string(kMaxLineBytes) + " bytes");
            } else if (line.find('\0') != std::string_view::npos) {
                refuse("a NUL byte: this is no text");
            } else if (const auto words = trimmed(line); !words.empty() && words[0] != '#') {
                return line;
            }
        }
        return std::nullopt;
    }
    void refuse(const std::string& why) {
        error_ = fail(Errc::option, at_line(file_, number_) + ": " + why);
    }
    [[nodiscard]] std::size_t number() const { return number_; }
    [[nodiscard]] const std::optional<Error>& error() const { return error_; }

private:
    std::string_view rest_;
    const std::string& file_;
    std::size_t number_ = 0;
    std::optional<Error> error_;
};

/// Nothing, and the error in `lines`, for a line that is no setting.
std::optional<Setting> parse_setting(std::string_view line, Lines& lines) {
    line = trimmed(line);
    const auto equals = line.find('=');
    auto name = trimmed(line.substr(0, equals));
    name.remove_prefix(std::min(name.find_first_not_of('-'), name.size()));  // as on a command line
    if (equals == std::string_view::npos || name.empty()) {
        lines.refuse("\"" + text::escape(line, 60) + "\" is not name=value");
        return std::nullopt;
    }
    return Setting{std::string(name), std::string(trimmed(line.substr(equals + 1))),
                   lines.number()};
}

}  // namespace

std::string at_line(const std::string& file, std::size_t line) {
    return file + ":" + std::to_string(line);
}

Result<std::vector<ListedSource>> parse_source_list(std::string_view text,
                                                    const std::string& file) {
    std::vector<ListedSource> out;
    std::size_t settings = 0;
    Lines lines(text, file);
    while (const auto line = lines.next()) {
        if (is_blank(line->front())) {
            auto setting = parse_setting(*line, lines);
            if (!setting) break;
            if (out.empty()) {
                lines.refuse(
                    "an indented line gives an option for the source above it, and there "
                    "is none");
            } else if (++settings > kMaxSettings) {
                lines.refuse("more than " + std::to_string(kMaxSettings) + " options");
            } else {
                out.back().settings.push_back(std::move(*setting));
            }
            continue;
        }
        const auto source = trimmed(*line);
        if (source.find('\t') != std::string_view::npos) {
            lines.refuse(
                "several addresses of one file (mirrors) are not offered: write one "
                "source a line");
        } else if (out.size() == kMaxListedSources) {
            lines.refuse("more than " + std::to_string(kMaxListedSources) + " sources");
        } else {
            out.push_back({std::string(source), lines.number(), {}});
        }
    }
    if (lines.error()) return *lines.error();
    if (out.empty()) return fail(Errc::option, file + ": holds no source");
    return out;
}

Result<std::vector<Setting>> parse_settings(std::string_view text, const std::string& file) {
    std::vector<Setting> out;
    Lines lines(text, file);
    while (const auto line = lines.next()) {
        auto setting = parse_setting(*line, lines);
        if (!setting) break;
        if (out.size() == kMaxSettings) {
            lines.refuse("more than " + std::to_string(kMaxSettings) + " options");
            break;
        }
        out.push_back(std::move(*setting));
    }
    if (lines.error()) return *lines.error();
    return out;
}

}  // namespace bt::cli
