// bt SOURCE...: download.
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "cli/aria2_options.hpp"
#include "cli/batch.hpp"
#include "cli/columns.hpp"
#include "cli/commands.hpp"
#include "cli/defaults.hpp"
#include "cli/displays.hpp"
#include "cli/json_display.hpp"
#include "cli/listing.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/run.hpp"
#include "cli/torrent_options.hpp"

namespace bt::cli {

namespace {

constexpr std::uint32_t kMostJobs = 1000;
constexpr const char* kDescription = "Download torrents.";
constexpr const char* kUsage = "bt [options] SOURCE...";

struct DownloadOptions {
    std::vector<std::string> sources;
    std::vector<std::string> lists;  // files of more
    std::uint32_t jobs = 5;
    std::optional<Duration> max_time;
    TorrentOptions torrent;
    NetworkOptions network;
    TalkOptions talk;
    Aria2Options aria2;
    bool json = false;
    bool show_files = false;
    bool dry_run = false;
};

Result<std::string> parse_file_name(const std::string& text) {
    if (text.empty()) return fail(Errc::option, "is empty");
    return text;
}

Result<std::uint32_t> parse_jobs(const std::string& text) {
    return parse_count(text, 1, kMostJobs);
}

void add_options(OptionParser& parser, DownloadOptions& options) {
    parser.positionals("SOURCE", options.sources);
    parser.group("What to fetch, and where to");
    parser.list("-i,--input-file", "FILE", options.lists, parse_file_name,
                "a list of sources, - = stdin; repeatable");
    add_file_options(parser, options.torrent);
    parser.flag("-S,--show-files,--list", options.show_files,
                "list the files, download nothing; --json");
    parser.flag("--dry-run", options.dry_run, "tell what would be fetched, and the free space");
    parser.group("How fast, and until when");
    parser.value("-j,--max-concurrent-downloads", "N", options.jobs, parse_jobs,
                 "torrents at once (5)");
    add_ending_options(parser, options.torrent);
    parser.value("-m,--max-time", "T", options.max_time, parse_timeout, "bound on the whole run");
    parser.flag("--seed", options.torrent.seed, "go on seeding when done, until Ctrl-C");
    add_seeding_options(parser, options.torrent);
    add_hook_options(parser, options.torrent);
    add_download_limit(parser, options.torrent);
    add_upload_limit(parser, options.torrent);
    add_overall_download_limit(parser, options.network);
    add_overall_upload_limit(parser, options.network);
    parser.group("Whom to ask");
    add_peer_options(parser, options.torrent);
    add_network_options(parser, options.network);
    add_talk_options(parser, options.talk);
    parser.flag("--json", options.json, "events as JSON on standard output, one a line");
    add_aria2_options(parser, options.aria2);
    // What few people need gives way to what fits a screen.
    parser.tell_in_full({"--continue", "--sync", "--file-allocation", "--lowest-speed-limit",
                         "--max-overall-upload-limit", "--max-peers", "--exclude-tracker",
                         "--ca-certificate", "--no-check-certificate", "--save-torrent",
                         "--metadata-timeout", "--log-level", "--color", "--summary-interval",
                         "--on-error", "--conf-path", "--no-conf"});
}

std::string epilogue() {
    std::string out = "\nOther commands, of which bt COMMAND --help tells the options\n";
    for (const auto& command : all_commands().subspan(1))
        out += "  " + pad_right(command.name, 13) + std::string(command.summary) + "\n";
    return out + "\nSizes take K, M, G; times s, m, h. All options: bt --help-all; or man bt.\n";
}

Result<std::vector<Task>> listed_tasks(const DownloadOptions& options) {
    const auto inputs = std::count(options.sources.begin(), options.sources.end(), "-") +
                        std::count(options.lists.begin(), options.lists.end(), "-");
    if (inputs > 1) return fail(Errc::option, "standard input (-) can be one source only");
    std::vector<Task> out;
    for (const auto& list : options.lists) {
        auto tasks = read_list(list, options.torrent);
        if (!tasks) return tasks.error();
        std::move(tasks->begin(), tasks->end(), std::back_inserter(out));
    }
    return out;
}

/// Lines for a person, and events for a program if it wants them.
std::unique_ptr<Display> displays_for(const DownloadOptions& options) {
    auto settings = options.talk.display;
    // Where events are shown as well, lines are not redrawn.
    settings.plain = options.json && ::isatty(STDOUT_FILENO) == 1;
    auto lines = make_display(settings);
    if (!options.json) return lines;
    auto out = std::make_unique<Displays>();
    out->add(std::move(lines));
    out->add(std::make_unique<JsonDisplay>(STDOUT_FILENO));
    return out;
}

ExitCode list(const DownloadOptions& options, std::vector<Task> listed) {
    ListingSettings settings;
    settings.dry_run = options.dry_run;
    settings.json = options.json;
    settings.session = session_settings(options.network);
    const auto wanted = task_settings(options.torrent);
    std::vector<Task> tasks;
    for (const auto& source : options.sources)
        tasks.push_back({source, shown_source(source), wanted});
    std::move(listed.begin(), listed.end(), std::back_inserter(tasks));
    return list_sources(tasks, settings);
}

}  // namespace

CommandSpec download_spec() {
    DownloadOptions options;
    OptionParser parser(kDescription, kUsage);
    add_options(parser, options);
    return parser.spec("");
}

ExitCode download_command(Words words) {
    DownloadOptions options;
    OptionParser parser(kDescription, kUsage, epilogue());
    add_options(parser, options);
    if (const auto leave_with = parse_with_defaults(parser, words)) return *leave_with;
    if (options.sources.empty() && options.lists.empty()) {
        print_error("bt: no SOURCE was given; see bt --help");
        return ExitCode::option;
    }
    if (const auto had = check(options.aria2); !had) {
        print_error("bt: " + had.error().message);
        return ExitCode::option;
    }
    auto listed = listed_tasks(options);
    if (!listed) {
        print_error("bt: " + listed.error().message);
        return exit_code(listed.error().code);
    }
    if (options.show_files || options.dry_run) return list(options, std::move(*listed));
    const auto count = options.sources.size() + listed->size();
    if (const auto checked = check(options.torrent.files, count, options.json); !checked) {
        print_error("bt: " + checked.error().message);
        return ExitCode::option;
    }
    const auto display = displays_for(options);
    if (const auto started = start_log(options.talk.log, *display); !started) {
        display->say(Severity::error, started.error().message);
        return exit_code(started.error().code);
    }
    warn(options.network, *display);
    for (const auto& note : notes(options.aria2))
        spdlog::info(note);

    net::asio::io_context io(1);
    RunSettings settings;
    settings.session = session_settings(options.network);
    settings.slots.jobs = options.jobs;
    const bool batch = options.sources.size() > 1 || !options.lists.empty();
    settings.slots.unattended = batch && ::isatty(STDERR_FILENO) != 1;
    settings.max_time = options.max_time;
    Run run(io, std::move(settings), *display);
    add_sources(run, options.sources, task_settings(options.torrent));
    for (auto& task : *listed)
        run.add(std::move(task));
    leave(run.go());
}

}  // namespace bt::cli
