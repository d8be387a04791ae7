// LineDisplay: whole lines, for a pipe, a file or a terminal that cannot redraw.
#pragma once

#include "cli/display.hpp"

namespace bt::cli {

/// "bt: line", with the severity in words, and in colour if wanted.
[[nodiscard]] std::string message_line(Severity severity, std::string_view line, bool color);

class LineDisplay final : public Display {
public:
    struct Settings {
        bool errors_only = false;
        bool color = false;
        Duration summary_interval{0};
    };
    explicit LineDisplay(Settings settings) : settings_(settings) {}

    void begin(std::size_t torrents) override;
    [[nodiscard]] Duration interval() const override { return settings_.summary_interval; }
    void update(std::span<const View> views) override;
    void state_changed(const View& view) override;
    void ended(const ResultRow& row) override;
    /// Of several torrents, one line that sums up: each had its own when it ended.
    void finish(std::span<const ResultRow> rows) override;
    void say(Severity severity, std::string_view line) override;
    void log(std::string_view line) override;

private:
    Settings settings_;
    TimePoint began_{};
};

}  // namespace bt::cli
