// Display: what a run shows on standard error while it works. Owned by the command, used on the io
// thread; say() and log() also elsewhere.
//
// Three kinds: a terminal gets lines that are redrawn and a table at the end, a pipe gets whole
// lines, and --quiet gets errors only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "bt/core/time.hpp"
#include "bt/metainfo/metainfo.hpp"
#include "cli/values.hpp"
#include "cli/view.hpp"

namespace bt::cli {

enum class Severity : std::uint8_t { info, warning, error };

class Display {
public:
    Display() = default;
    Display(const Display&) = delete;
    Display& operator=(const Display&) = delete;
    virtual ~Display() = default;

    /// The run begins, with so many torrents.
    virtual void begin(std::size_t /*torrents*/) {}
    /// How long between two calls of update(); 0 = it is not wanted.
    [[nodiscard]] virtual Duration interval() const = 0;
    /// The turn of a source has come. Again, if it was put back meanwhile.
    virtual void starting(const Subject& /*subject*/) {}
    /// What it holds. `wanted` says of each file whether it is; no entry: all are.
    virtual void loaded(const Subject& /*subject*/, const metainfo::Metainfo& /*torrent*/,
                        const std::vector<bool>& /*wanted*/) {}
    /// How the torrents at work are doing.
    virtual void update(std::span<const View> views) = 0;
    /// The state of a torrent is another one, and it is at work still.
    virtual void state_changed(const View& view) = 0;
    /// These files of it are verified and on disk.
    virtual void files_complete(const View& /*view*/, const metainfo::Metainfo& /*torrent*/,
                                std::span<const FileIndex> /*files*/) {}
    /// All that is wanted of a download is there.
    virtual void completed(const View& /*view*/) {}
    /// A torrent has come to its end.
    virtual void ended(const ResultRow& row) = 0;
    /// The run is over: nothing is drawn any more.
    virtual void finish(std::span<const ResultRow> rows) = 0;

    /// One line for the user. Errors get through always.
    virtual void say(Severity severity, std::string_view line) = 0;
    /// One line of the log, whole and without its line end.
    virtual void log(std::string_view line) = 0;
};

struct DisplaySettings {
    bool quiet = false;
    bool plain = false;  // nothing is redrawn, on a terminal either
    Color color = Color::automatic;
    Duration summary_interval = std::chrono::seconds(60);
};

/// The kind that fits standard error as it is.
[[nodiscard]] std::unique_ptr<Display> make_display(const DisplaySettings& settings);

}  // namespace bt::cli
