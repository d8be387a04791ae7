// bt info SOURCE: what a torrent holds.
#include <algorithm>
#include <ctime>

#include "bt/metainfo/magnet.hpp"
#include "bt/text/escape.hpp"
#include "bt/text/size.hpp"
#include "cli/columns.hpp"
#include "cli/commands.hpp"
#include "cli/defaults.hpp"
#include "cli/fetch.hpp"
#include "cli/file_tree.hpp"
#include "cli/find_metadata.hpp"
#include "cli/info.hpp"
#include "cli/magnet_source.hpp"
#include "cli/option_parser.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/source.hpp"
#include "cli/torrent_options.hpp"

namespace bt::cli {

namespace {

using metainfo::Metainfo;

std::string_view version_of(const Metainfo& torrent) {
    return torrent.info_hash_v2 ? "hybrid" : "1";
}

std::string host_port(const std::pair<std::string, std::uint16_t>& node) {
    const bool v6 = node.first.find(':') != std::string::npos;
    return (v6 ? "[" + node.first + "]" : node.first) + ":" + std::to_string(node.second);
}

/// "[a,b]"
std::string json_array(const auto& items, auto to_json) {
    std::string out = "[";
    for (const auto& item : items) {
        if (out.size() > 1) out += ',';
        out += to_json(item);
    }
    return out + "]";
}

std::string json_or_null(const std::optional<std::string>& text) {
    return text ? text::json_string(*text) : "null";
}

std::string utc(std::int64_t seconds_since_1970) {
    const auto time = static_cast<std::time_t>(seconds_since_1970);
    std::tm parts{};
    char text[64];
    if (::gmtime_r(&time, &parts) == nullptr) return std::to_string(seconds_since_1970);
    std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &parts);
    return text;
}

struct InfoOptions {
    std::vector<std::string> sources;
    bool json = false;
    NetworkOptions network;
    TorrentOptions torrent;  // of which it takes whom to ask for the metadata of a magnet link
};

constexpr const char* kDescription = "Show what a torrent holds.";
constexpr const char* kUsage = "bt info [options] SOURCE";

void add_options(OptionParser& parser, InfoOptions& options) {
    parser.positionals("SOURCE", options.sources);
    parser.group("Options");
    parser.flag("--json", options.json, "one JSON object");
    add_peer_options(parser, options.torrent);
    parser.value("--metadata-timeout", "T", options.torrent.metadata_timeout, parse_duration,
                 "give up a magnet without metadata (5m off a terminal)");
    add_network_options(parser, options.network);
}

LoadedTorrent load(const std::string& source, const InfoOptions& options) {
    auto magnet = as_magnet(source);
    if (!magnet) return load_or_fetch(source, session_settings(options.network).services);
    if (!*magnet) return magnet->error();
    const auto wanted = task_settings(options.torrent);
    drop_trackers(**magnet, wanted->excluded_trackers);
    return find_metadata(**magnet, {session_settings(options.network), wanted->torrent,
                                    wanted->endings.metadata_timeout});
}

}  // namespace

std::string info_json(const Metainfo& torrent) {
    using text::json_string;
    const auto member = [](std::string_view key, const std::string& value) {
        return ",\"" + std::string(key) + "\":" + value;
    };
    std::size_t index = 0;
    const auto file = [&](const metainfo::File& f) {
        return "{\"index\":" + std::to_string(++index) + ",\"path\":" + json_string(f.path) +
               ",\"length\":" + std::to_string(f.length) +
               ",\"pad\":" + (f.pad ? "true" : "false") + "}";
    };
    const auto tier = [&](const auto& urls) { return json_array(urls, json_string); };
    const auto node = [](const auto& n) { return json_string(host_port(n)); };

    auto out = "{\"name\":" + json_string(torrent.name);
    out += member("info_hash", json_string(to_hex(torrent.info_hash)));
    out +=
        member("info_hash_v2",
               torrent.info_hash_v2 ? json_string(to_hex(Bytes(*torrent.info_hash_v2))) : "null");
    out += member("version", json_string(version_of(torrent)));
    out += member("length", std::to_string(torrent.payload_length()));
    out += member("piece_length", std::to_string(torrent.layout.piece_length()));
    out += member("pieces", std::to_string(torrent.layout.piece_count()));
    out += member("private", torrent.is_private ? "true" : "false");
    out += member("files", json_array(torrent.files, file));
    out += member("trackers", json_array(torrent.trackers, tier));
    out += member("web_seeds", json_array(torrent.web_seeds, json_string));
    out += member("nodes", json_array(torrent.nodes, node));
    out += member("comment", json_or_null(torrent.comment));
    out += member("created_by", json_or_null(torrent.created_by));
    out += member("creation_date",
                  torrent.creation_date ? std::to_string(*torrent.creation_date) : "null");
    out += member("magnet", json_string(metainfo::magnet_link(torrent)));
    return out + "}\n";
}

std::string info_text(const Metainfo& torrent) {
    constexpr std::size_t kLongText = 2000;
    std::string out;
    const auto line = [&](std::string_view key, const std::string& value) {
        out += pad_right(key, 14) + value + "\n";
    };
    const auto payload = torrent.payload_length();
    line("name", text::escape(torrent.name, kLongText));
    line("info-hash", to_hex(torrent.info_hash));
    if (torrent.info_hash_v2) line("info-hash v2", to_hex(Bytes(*torrent.info_hash_v2)));
    const auto files = std::count_if(torrent.files.begin(), torrent.files.end(),
                                     [](const auto& file) { return !file.pad; });
    line("size", text::human_size(payload) + " (" + std::to_string(payload) + " bytes) in " +
                     std::to_string(files) + (files == 1 ? " file" : " files"));
    line("pieces", std::to_string(torrent.layout.piece_count()) + " of " +
                       text::human_size(torrent.layout.piece_length()));
    line("private", torrent.is_private ? "yes" : "no");
    if (torrent.comment) line("comment", text::escape(*torrent.comment, kLongText));
    if (torrent.created_by) line("created by", text::escape(*torrent.created_by));
    if (torrent.creation_date) line("created", utc(*torrent.creation_date));
    for (std::size_t tier = 0; tier < torrent.trackers.size(); ++tier) {
        for (const auto& url : torrent.trackers[tier]) {
            line("tracker " + std::to_string(tier + 1), text::escape(url, kLongText));
        }
    }
    for (const auto& url : torrent.web_seeds)
        line("web seed", text::escape(url, kLongText));
    for (const auto& node : torrent.nodes)
        line("node", text::escape(host_port(node)));
    line("magnet", text::escape(metainfo::magnet_link(torrent), 16 * kLongText));
    out += "\n" + file_tree(torrent);
    return out;
}

CommandSpec info_spec() {
    InfoOptions options;
    OptionParser parser(kDescription, kUsage);
    add_options(parser, options);
    return parser.spec("info");
}

ExitCode info_command(Words words) {
    InfoOptions options;
    OptionParser parser(kDescription, kUsage);
    add_options(parser, options);
    if (const auto leave = parse_with_defaults(parser, words)) return *leave;
    if (options.sources.size() != 1) {
        print_error("bt: info takes one SOURCE; see bt info --help");
        return ExitCode::option;
    }
    warn(options.network, *make_display({}));
    const auto torrent = load(options.sources.front(), options);
    if (!torrent) {
        print_error("bt: " + shown_source(options.sources.front()) + ": " +
                    torrent.error().message);
        return exit_code(torrent.error().code);
    }
    return print(options.json ? info_json(**torrent) : info_text(**torrent)) ? ExitCode::ok
                                                                             : ExitCode::io_failed;
}

}  // namespace bt::cli
