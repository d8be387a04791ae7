// TerminalDisplay: one line for each torrent at work, redrawn in place, and a table at the end.
//
// Messages and log lines scroll by above the redrawn lines. Every frame leaves in one write, and no
// frame is waited for: a terminal that is held (Ctrl-S) holds up no download. The size is asked for
// at each frame, so that a resize is honoured by the next one.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "cli/display.hpp"

namespace bt::cli {

class TerminalDisplay final : public Display {
public:
    /// `fd` is a terminal.
    TerminalDisplay(int fd, bool color) : fd_(fd), color_(color) {}

    [[nodiscard]] Duration interval() const override;
    void update(std::span<const View> views) override;
    void state_changed(const View& view) override;
    void ended(const ResultRow& row) override;
    void finish(std::span<const ResultRow> rows) override;
    void say(Severity severity, std::string_view line) override;
    void log(std::string_view line) override;

private:
    struct Size {
        std::size_t columns;
        std::size_t rows;
    };
    [[nodiscard]] Size size() const;
    [[nodiscard]] bool writable() const;
    /// What takes the cursor to the start of the drawn lines and wipes them.
    [[nodiscard]] std::string wipe(std::size_t columns_now) const;
    /// `text` scrolls by above the drawn lines, which are drawn again.
    void put_above(const std::string& text);

    int fd_;
    bool color_;
    std::mutex mutex_;                // guards all below
    std::vector<std::string> lines_;  // as drawn, the cursor being at the end of the last
};

}  // namespace bt::cli
