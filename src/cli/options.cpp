#include "cli/options.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

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
    parser.tell_in_full({"--user-agent", "--no-dht", "--no-pex", "--no-lsd", "--no-discovery"});
    parser.flag("--no-dht,!--enable-dht,!--enable-dht6", options.no_dht, "accepted: there is none");
    parser.flag("--no-pex,!--enable-pex,!--enable-peer-exchange", options.no_pex,
                "no peer exchange; accepted: there is none");
    parser.flag("--no-lsd,!--enable-lsd,!--bt-enable-lpd", options.no_lsd,
                "no local discovery; accepted: there is none");
    parser.flag("--no-discovery", options.no_discovery, "none of the three");
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
    if (!options.no_dht || !options.no_pex || !options.no_lsd) {
        display.say(Severity::warning,
                    "DHT, peer exchange and local discovery are not offered: peers come from "
                    "trackers and --peer");
    }
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
    out.services = services_settings(options.certificates);
    if (!options.user_agent.empty()) out.services.user_agent = options.user_agent;
    return out;
}

}  // namespace bt::cli
