#include "cli/batch.hpp"

#include <utility>

#include "cli/aria2_options.hpp"
#include "cli/read_file.hpp"
#include "cli/source.hpp"
#include "cli/source_list.hpp"

namespace bt::cli {

namespace {

Task make_task(const std::string& source, std::shared_ptr<const TaskSettings> wanted) {
    Task task{source, shown_source(source), std::move(wanted)};
    // It may come slowly, and the run must not wait for it.
    if (source == "-") task.loaded = load_source(source);
    return task;
}

/// What a source of the list wants that has options of its own.
Result<std::shared_ptr<const TaskSettings>> own_settings(const ListedSource& listed,
                                                         TorrentOptions options,
                                                         const std::string& file) {
    OptionParser parser({}, {});
    add_torrent_options(parser, options);
    Aria2Options aria2;
    add_aria2_options(parser, aria2);
    for (const auto& setting : listed.settings) {
        if (auto error = parser.set(setting.name, setting.value)) {
            error->message = at_line(file, setting.line) + ": " + error->message;
            return *error;
        }
    }
    if (const auto had = check(aria2); !had)
        return fail(Errc::option, at_line(file, listed.line) + ": " + had.error().message);
    return task_settings(options);
}

}  // namespace

void add_sources(Run& run, const std::vector<std::string>& sources,
                 const std::shared_ptr<const TaskSettings>& wanted) {
    for (const auto& source : sources)
        run.add(make_task(source, wanted));
}

Result<std::vector<Task>> read_list(const std::string& file, const TorrentOptions& options) {
    const auto shown = shown_source(file);
    const auto too_large = fail(Errc::option, "larger than a list can be (" +
                                                  std::to_string(kMaxTextBytes >> 20) + " MiB)");
    const auto bytes = read_whole(file, kMaxTextBytes, too_large, Pipes::waited_for);
    if (!bytes) return fail(bytes.error().code, shown + ": " + bytes.error().message);
    const auto list = parse_source_list(as_text(*bytes), shown);
    if (!list) return list.error();

    const auto common = task_settings(options);
    std::vector<Task> out;
    for (const auto& listed : *list) {
        if (listed.source == "-" && file == "-") {
            return fail(Errc::option, at_line(shown, listed.line) +
                                          ": standard input is the list, and can be no torrent");
        }
        auto wanted = common;
        if (!listed.settings.empty()) {
            auto own = own_settings(listed, options, shown);
            if (!own) return own.error();
            wanted = std::move(*own);
        }
        out.push_back(make_task(expand_home(listed.source), std::move(wanted)));
        // A URL is not shown in full: the line tells which it is.
        if (is_url(listed.source)) out.back().name += " (" + at_line(shown, listed.line) + ")";
    }
    return out;
}

}  // namespace bt::cli
