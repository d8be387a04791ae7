// bt seed TORRENT...: serve data that is already there.
#include <memory>
#include <random>

#include "bt/net/tracker_server.hpp"
#include "bt/text/escape.hpp"
#include "cli/batch.hpp"
#include "cli/commands.hpp"
#include "cli/defaults.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/run.hpp"
#include "cli/torrent_options.hpp"

namespace bt::cli {

namespace {

constexpr const char* kDescription = "Serve data that is already there, until Ctrl-C.";
constexpr const char* kUsage = "bt seed [options] TORRENT...";

struct SeedOptions {
    std::vector<std::string> sources;
    TorrentOptions torrent;
    std::optional<Endpoint> tracker;  // where a tracker of our own listens
    std::optional<Duration> max_time;
    NetworkOptions network;
    TalkOptions talk;
};

Result<Endpoint> parse_listener(const std::string& text) {
    const auto parsed = parse_host_port(text, 0);
    if (!parsed) return parsed.error();
    const auto address =
        IpAddress::parse(parsed->first == "localhost" ? "127.0.0.1" : parsed->first);
    if (!address) {
        return fail(Errc::option, "\"" + text::escape(text) +
                                      "\" does not begin with an address of this machine");
    }
    return Endpoint{*address, parsed->second};
}

void add_options(OptionParser& parser, SeedOptions& options) {
    parser.positionals("TORRENT", options.sources);
    parser.group("Options");
    parser.text("-d,--dir,-P,--output-dir", "DIR", options.torrent.directory,
                "where the data is (downloads/ if there, else .)");
    parser.value("--run-tracker", "HOST:PORT", options.tracker, parse_listener,
                 "and a tracker, at http://HOST:PORT/announce");
    parser.value("-m,--max-time", "T", options.max_time, parse_duration, "bound on the whole run");
    add_seeding_options(parser, options.torrent);
    add_upload_limit(parser, options.torrent);
    add_overall_upload_limit(parser, options.network);
    parser.group("Whom to ask");
    add_peer_options(parser, options.torrent);
    add_network_options(parser, options.network);
    add_talk_options(parser, options.talk);
}

std::shared_ptr<const TaskSettings> wanted_of(const SeedOptions& options) {
    auto out = std::make_shared<TaskSettings>(*task_settings(options.torrent));
    out->torrent.seed_only = true;
    out->torrent.keep_seeding = true;
    return out;
}

/// Where our own tracker is announced to: an unspecified address means this machine.
std::string announce_url(Endpoint tracker) {
    if (tracker.address.is_unspecified()) {
        tracker.address = *IpAddress::parse(tracker.address.is_v4() ? "127.0.0.1" : "::1");
    }
    return "http://" + tracker.to_string() + "/announce";
}

Result<std::unique_ptr<net::TrackerServer>> run_tracker(net::asio::io_context& io,
                                                        const Endpoint& listen) {
    net::TrackerServerSettings settings;
    settings.listen = listen;
    settings.rng.seed(std::random_device{}());
    auto server = net::TrackerServer::create(io, std::move(settings));
    if (server) (*server)->start();
    return server;
}

}  // namespace

CommandSpec seed_spec() {
    SeedOptions options;
    OptionParser parser(kDescription, kUsage);
    add_options(parser, options);
    return parser.spec("seed");
}

ExitCode seed_command(Words words) {
    SeedOptions options;
    OptionParser parser(kDescription, kUsage);
    add_options(parser, options);
    if (const auto leave_with = parse_with_defaults(parser, words)) return *leave_with;
    if (options.sources.empty()) {
        print_error("bt: no TORRENT was given; see bt seed --help");
        return ExitCode::option;
    }
    const auto display = make_display(options.talk.display);
    if (const auto started = start_log(options.talk.log, *display); !started) {
        display->say(Severity::error, started.error().message);
        return exit_code(started.error().code);
    }
    warn(options.network, *display);

    net::asio::io_context io(1);
    std::unique_ptr<net::TrackerServer> tracker;
    if (options.tracker) {
        auto server = run_tracker(io, *options.tracker);
        if (!server) {
            display->say(Severity::error, server.error().message);
            return exit_code(server.error().code);
        }
        tracker = std::move(*server);
        const auto url = announce_url(tracker->local());
        options.torrent.trackers.push_back(url);
        display->say(Severity::info, "tracker at " + url);
    }
    RunSettings settings;
    settings.session = session_settings(options.network);
    settings.session.discovery.dht_serves = true;
    settings.max_time = options.max_time;
    Run run(io, std::move(settings), *display);
    add_sources(run, options.sources, wanted_of(options));
    leave(run.go());
}

}  // namespace bt::cli
