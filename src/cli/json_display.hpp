// JsonDisplay: the events of a run on standard output, for programs (--json). Owned by the command,
// on the io thread.
//
// Invariants
//  - The summary is the last line, whatever the run came to.
//  - Of a torrent: start, metadata, checked, then the rest; complete before an error of its hook.
#pragma once

#include <functional>
#include <map>

#include "bt/core/time.hpp"
#include "cli/display.hpp"
#include "cli/event_stream.hpp"
#include "cli/events.hpp"

namespace bt::cli {

class JsonDisplay final : public Display {
public:
    /// How long the reader has for the last lines of a run that was interrupted.
    static constexpr Duration kLastWords = std::chrono::milliseconds(100);

    explicit JsonDisplay(int fd) : stream_(fd) {}

    [[nodiscard]] Duration interval() const override { return std::chrono::seconds(1); }
    void starting(const Subject& subject) override;
    void loaded(const Subject& subject, const metainfo::Metainfo& torrent,
                const std::vector<bool>& wanted) override;
    void update(std::span<const View> views) override;
    void state_changed(const View& view) override;
    void files_complete(const View& view, const metainfo::Metainfo& torrent,
                        std::span<const FileIndex> files) override;
    void completed(const View& view) override;
    void ended(const ResultRow& row) override;
    void finish(std::span<const ResultRow> rows) override;
    void say(Severity, std::string_view) override {}
    void log(std::string_view) override {}

private:
    void tell_checked(const View& view);

    EventStream stream_;
    std::map<InfoHash, TimePoint> checking_;  // since when, of those not told of as checked
};

}  // namespace bt::cli
