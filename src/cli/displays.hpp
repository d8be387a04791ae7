// Displays: several displays told the same, each at its own pace: lines for a person, events for a
// program. Owned by the command; threads as for Display.
#pragma once

#include <memory>
#include <vector>

#include "cli/display.hpp"

namespace bt::cli {

class Displays final : public Display {
public:
    void add(std::unique_ptr<Display> display);

    void begin(std::size_t torrents) override;
    /// That of the display that wants the most.
    [[nodiscard]] Duration interval() const override;
    /// Called once an interval; passed on to those whose own has gone by.
    void update(std::span<const View> views) override;
    void starting(const Subject& subject) override;
    void loaded(const Subject& subject, const metainfo::Metainfo& torrent,
                const std::vector<bool>& wanted) override;
    void files_complete(const View& view, const metainfo::Metainfo& torrent,
                        std::span<const FileIndex> files) override;
    void completed(const View& view) override;
    void state_changed(const View& view) override;
    void ended(const ResultRow& row) override;
    void finish(std::span<const ResultRow> rows) override;
    void say(Severity severity, std::string_view line) override;
    void log(std::string_view line) override;

private:
    struct Part {
        std::unique_ptr<Display> display;
        Duration waited{0};
    };
    std::vector<Part> parts_;
};

}  // namespace bt::cli
