#include "cli/options.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include "cli/metadata_cache.hpp"

namespace bt::cli {

namespace {

/// It stands in a header, which a line end would end.
Result<std::string> parse_user_agent(const std::string& text) {
    constexpr std::size_t kLongest = 200;
    const bool plain =
        std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
    if (plain && !text.empty() && text.size() <= kLongest) return text;
    return fail(Errc::option, "is not up to 200 characters of ASCII");
}

}  // namespace

void add_talk_options(OptionParser& parser, TalkOptions& options) {
    parser.group("Output and scripts");
    parser.flag("-q,--quiet", options.display.quiet, "errors only");
    parser.counter("-v,--verbose", options.log.verbose, "more; twice for protocol detail");
    parser.text("-l,--log", "FILE", options.log.file, "write a log; - = standard error");
    parser.value("--log-level", "trace|debug|info|warn|error", options.log.level, parse_log_level,
                 "of the log (info)");
    parser.value("--summary-interval", "T", options.display.summary_interval, parse_duration,
                 "a line each T, off a terminal; 0 = none (60s)");
    parser.value("--color", "auto|always|never", options.display.color, parse_color,
                 "colours (auto)");
}

void add_certificate_options(OptionParser& parser, CertificateOptions& options) {
    parser.text("--ca-certificate", "FILE", options.ca_certificate, "trust this CA as well");
    parser.flag("--no-check-certificate,!--check-certificate", options.no_check_certificate,
                "trust any server: insecure");
}

void add_network_options(OptionParser& parser, NetworkOptions& options) {
    parser.value("--listen-port,--port", "P[-P]", options.ports, parse_ports,
                 "first free port of a range, 0 = any (6881-6889)");
    add_certificate_options(parser, options.certificates);
    parser.value("-U,--user-agent", "TEXT", options.user_agent, parse_user_agent,
                 "what servers and trackers are told that we are");
    parser.tell_in_full({"--user-agent", "--no-dht", "--no-pex", "--no-lsd", "--dht-bootstrap"});
    parser.flag("--no-dht,!--enable-dht,!--enable-dht6", options.no_dht, "do not ask the DHT");
    parser.flag("--no-pex,!--enable-pex,!--enable-peer-exchange", options.no_pex,
                "do not exchange peers with peers");
    parser.flag("--no-lsd,!--enable-lsd,!--bt-enable-lpd", options.no_lsd,
                "do not look on the local network");
    parser.flag("--no-discovery", options.no_discovery, "no DHT, PEX or local discovery");
    parser.list("--dht-bootstrap,--dht-entry-point,--dht-entry-point6", "HOST:PORT",
                options.dht_bootstrap, parse_peer, "in place of the well-known nodes; repeatable");
}

void add_overall_download_limit(OptionParser& parser, NetworkOptions& options) {
    parser.value("--max-overall-download-limit,--limit-rate", "R", options.limits.download,
                 parse_rate, "bytes/s of all torrents");
}

void add_overall_upload_limit(OptionParser& parser, NetworkOptions& options) {
    parser.value("--max-overall-upload-limit", "R", options.limits.upload, parse_rate,
                 "bytes/s of all torrents");
}

void warn(const CertificateOptions& options, Display& display) {
    if (!options.no_check_certificate) return;
    // Gets through --quiet: nobody should forget it in a script.
    display.say(Severity::error,
                "warning: --no-check-certificate: any server can pose as the one meant");
}

void warn(const NetworkOptions& options, Display& display) {
    warn(options.certificates, display);
}

std::filesystem::path default_directory() {
    std::error_code ec;
    return std::filesystem::is_directory("downloads", ec) ? "downloads" : ".";
}

std::filesystem::path directory_or_default(const std::string& typed) {
    return typed.empty() ? default_directory() : std::filesystem::path(typed);
}

net::ServicesSettings services_settings(const CertificateOptions& options) {
    net::ServicesSettings out;
    out.ca_certificate = options.ca_certificate;
    out.check_certificate = !options.no_check_certificate;
    out.user_agent = "bt/" BT_VERSION;
    return out;
}

session::SessionSettings session_settings(const NetworkOptions& options) {
    session::SessionSettings out;
    if (options.ports) {
        out.listen_first = options.ports->first;
        out.listen_last = options.ports->last;
        out.listen_required = true;
    }
    out.limits = options.limits;
    out.discovery.dht = !options.no_dht && !options.no_discovery;
    out.discovery.pex = !options.no_pex && !options.no_discovery;
    out.discovery.lsd = !options.no_lsd && !options.no_discovery;
    out.discovery.dht_bootstrap = options.dht_bootstrap;
    if (const auto folder = state_folder(); !folder.empty()) {
        out.discovery.dht_state = folder / "dht";
    }
    out.services = services_settings(options.certificates);
    if (!options.user_agent.empty()) out.services.user_agent = options.user_agent;
    return out;
}

}  // namespace bt::cli
