// Options that several commands have: what was typed, with the defaults where nothing was.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "bt/core/result.hpp"
#include "bt/core/time.hpp"
#include "bt/session/session.hpp"
#include "cli/display.hpp"
#include "cli/log.hpp"
#include "cli/option_parser.hpp"
#include "cli/values.hpp"

namespace bt::cli {

struct TalkOptions {
    DisplaySettings display;
    LogSettings log;
};

/// Whom to trust beyond https.
struct CertificateOptions {
    std::string ca_certificate;
    bool no_check_certificate = false;
};

struct NetworkOptions {
    std::optional<PortRange> ports;
    session::RateLimits limits;  // of all torrents together
    CertificateOptions certificates;
    std::string user_agent;  // empty = ours
    bool no_dht = false;
    bool no_pex = false;
    bool no_lsd = false;
    bool no_discovery = false;  // none of the three
    std::vector<HostPort> dht_bootstrap;
};

/// A host and a port, as an option's value.
[[nodiscard]] inline Result<HostPort> parse_peer(const std::string& text) {
    return parse_host_port(text);
}

void add_talk_options(OptionParser& parser, TalkOptions& options);
void add_certificate_options(OptionParser& parser, CertificateOptions& options);
void add_network_options(OptionParser& parser, NetworkOptions& options);
void add_overall_download_limit(OptionParser& parser, NetworkOptions& options);
void add_overall_upload_limit(OptionParser& parser, NetworkOptions& options);

/// Says what the user should know of the choices made.
void warn(const CertificateOptions& options, Display& display);
void warn(const NetworkOptions& options, Display& display);

/// Where data goes, or lies, when no folder is named: downloads/ if the current folder has one,
/// else the current folder.
[[nodiscard]] std::filesystem::path default_directory();
[[nodiscard]] std::filesystem::path directory_or_default(const std::string& typed);

[[nodiscard]] net::ServicesSettings services_settings(const CertificateOptions& options);
[[nodiscard]] session::SessionSettings session_settings(const NetworkOptions& options);

}  // namespace bt::cli
