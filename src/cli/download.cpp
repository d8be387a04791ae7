// bt SOURCE...: download.
#include "cli/batch.hpp"
#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/run.hpp"

namespace bt::cli {

namespace {

constexpr std::uint32_t kMostJobs = 1000;

struct DownloadOptions {
    std::vector<std::string> sources;
    std::string directory;
    std::uint32_t jobs = 5;
    std::vector<HostPort> peers;
    std::optional<Duration> stall_timeout;
    std::optional<Duration> max_time;
    bool check_integrity = false;
    bool overwrite = false;
    bool sync = true;
    bool seed = false;
    bool resume = true;  // always on
    NetworkOptions network;
    TalkOptions talk;
};

Result<std::uint32_t> parse_jobs(const std::string& text) {
    return parse_count(text, 1, kMostJobs);
}

Result<HostPort> parse_peer(const std::string& text) {
    return parse_host_port(text);
}

Result<bool> parse_sync(const std::string& text) {
    if (text == "full") return true;
    if (text == "none") return false;
    return fail(Errc::option, "must be full or none");
}

void add_options(OptionParser& parser, DownloadOptions& options) {
    parser.positionals("SOURCE", options.sources);
    parser.group("Files");
    parser.text("-d,--dir,-P,--output-dir", "DIR", options.directory,
                "where the data goes (downloads/ if there, else .)");
    parser.flag("-V,--check-integrity", options.check_integrity, "hash all data on disk again");
    parser.flag("--overwrite,!--no-overwrite", options.overwrite,
                "replace files of other content (else exit 13)");
    parser.value("--sync", "full|none", options.sync, parse_sync,
                 "wait until data is durable, or leave it to the kernel");
    parser.flag("-c,--continue", options.resume, "accepted: resuming is always on");
    parser.group("Torrents");
    parser.value("-j,--max-concurrent-downloads", "N", options.jobs, parse_jobs,
                 "torrents at once (5)");
    parser.flag("--seed", options.seed, "go on seeding when done, until Ctrl-C");
    parser.value("--stall-timeout,--bt-stop-timeout", "T", options.stall_timeout, parse_duration,
                 "give up after T without a byte (never)");
    parser.value("-m,--max-time", "T", options.max_time, parse_duration, "bound on the whole run");
    parser.group("Network");
    parser.list("--peer", "HOST:PORT", options.peers, parse_peer, "a peer to try; repeatable");
    add_network_options(parser, options.network);
    add_talk_options(parser, options.talk);
}

std::string epilogue() {
    return "\nCommands: info, verify, create, seed; bt COMMAND --help tells their options.\n"
           "Sizes take K, M, G; times s, m, h.\n";
}

session::TorrentSettings pattern_of(const DownloadOptions& options) {
    session::TorrentSettings out;
    out.directory = directory_or_default(options.directory);
    out.peers = options.peers;
    out.extra_trackers = options.network.trackers;
    out.max_peers = options.network.max_peers;
    out.check_integrity = options.check_integrity;
    out.overwrite = options.overwrite;
    out.sync = options.sync;
    out.keep_seeding = options.seed;
    return out;
}

}  // namespace

ExitCode download_command(Words words) {
    DownloadOptions options;
    OptionParser parser("Download torrents.", "bt [options] SOURCE...", epilogue());
    add_options(parser, options);
    if (const auto leave_with = parser.parse(words)) return *leave_with;
    if (options.sources.empty()) {
        print_error("bt: no SOURCE was given; see bt --help");
        return ExitCode::option;
    }
    const auto display = make_display(options.talk.display);
    if (const auto started = start_log(options.talk.log, *display); !started) {
        display->say(Severity::error, started.error().message);
        return exit_code(started.error().code);
    }
    warn(options.network, *display);

    net::asio::io_context io(1);
    RunSettings settings;
    settings.session = session_settings(options.network);
    settings.jobs = options.jobs;
    settings.stall_timeout = options.stall_timeout;
    settings.max_time = options.max_time;
    Run run(io, std::move(settings), *display);
    add_sources(run, options.sources, pattern_of(options), options.network.excluded_trackers);
    leave(run.go());
}

}  // namespace bt::cli
