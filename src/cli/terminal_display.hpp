// TerminalDisplay: one line for each torrent at work, redrawn in place, and a table at the end.
//
// Between two frames the cursor rests at the beginning of the first drawn line. However a window
// that becomes narrower wraps or cuts what was drawn, all of it is behind the cursor then, where
// the next frame wipes it; and so is it when the process is stopped or killed. Messages and log
// lines scroll by above. Every frame leaves in one write, and no frame is waited for: a terminal
// that is held (Ctrl-S) holds up no download. The size is asked for at each frame. In the
// background, where the terminal belongs to somebody else, nothing is drawn.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "cli/display.hpp"
#include "cli/styled_text.hpp"

namespace bt::cli {

class TerminalDisplay final : public Display {
public:
    /// `fd` is a terminal. One at a time.
    TerminalDisplay(int fd, bool color);
    ~TerminalDisplay() override;

    void begin(std::size_t torrents) override;
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
    [[nodiscard]] bool in_foreground() const;
    /// What draws the lines from the cursor on, over what was drawn before.
    [[nodiscard]] std::string frame() const;
    /// `text` scrolls by above the drawn lines, which are drawn again.
    void put_above(const std::string& text);

    int fd_;
    bool color_;
    std::mutex mutex_;  // guards all below
    Tally tally_;
    TimePoint began_{};
    std::vector<StyledText> lines_;  // as drawn
    std::size_t drawn_columns_ = 0;  // of the window then
};

/// Wipes what a TerminalDisplay has drawn. May be called in a signal handler.
void wipe_terminal() noexcept;

}  // namespace bt::cli
