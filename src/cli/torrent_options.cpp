#include "cli/torrent_options.hpp"

#include <unistd.h>

#include <string_view>

#include "cli/options.hpp"

namespace bt::cli {

namespace {

constexpr std::uint32_t kMostPeers = 10'000;

Result<Duration> parse_time(const std::string& text) {
    return parse_duration(text);
}

Result<std::uint32_t> parse_peer_count(const std::string& text) {
    return parse_count(text, 1, kMostPeers);
}

bool begins_url(std::string_view text) {
    return text.starts_with("http://") || text.starts_with("https://") ||
           text.starts_with("udp://");
}

/// aria2's users join them with commas, which a URL may hold as well.
Result<std::vector<std::string>> parse_trackers(const std::string& text) {
    std::vector<std::string> out;
    for (std::size_t begin = 0; begin <= text.size();) {
        auto end = text.find(',', begin);
        while (end != std::string::npos && !begins_url(std::string_view(text).substr(end + 1)))
            end = text.find(',', end + 1);
        const auto one = parse_tracker(std::string_view(text).substr(begin, end - begin));
        if (!one) return one.error();
        out.push_back(*one);
        if (end == std::string::npos) break;
        begin = end + 1;
    }
    return out;
}

Result<std::vector<std::string>> parse_excluded_trackers(const std::string& text) {
    if (text == "*") return std::vector{text};
    return parse_trackers(text);
}

Result<bool> parse_sync(const std::string& text) {
    if (text == "full") return true;
    if (text == "none") return false;
    return fail(Errc::option, "must be full or none");
}

/// aria2's habits: no time means no seeding at all, a ratio of 0 means that it is no bound.
bool wants_to_seed(const TorrentOptions& options) {
    if (options.seed_time == Duration::zero()) return false;
    return options.seed.value_or(options.seed_ratio || options.seed_time);
}

}  // namespace

void add_file_options(OptionParser& parser, TorrentOptions& options) {
    parser.text("-d,--dir,-P,--output-dir", "DIR", options.directory,
                "where the data goes (downloads/ if there, else .)");
    add_choice_options(parser, options.files);
    parser.flag("-V,--check-integrity", options.check_integrity, "hash all data on disk again");
    parser.flag("--overwrite,!--no-overwrite,--allow-overwrite", options.overwrite,
                "replace files of other content (else exit 13)");
    parser.value("--sync", "full|none", options.sync, parse_sync,
                 "done means durable; none: trust the kernel");
    parser.text("--save-torrent", "FILE", options.save_torrent,
                "keep what a magnet leads to as a .torrent");
    parser.flag("-c,--continue", options.resume, "accepted: resuming is always on");
}

void add_ending_options(OptionParser& parser, TorrentOptions& options) {
    parser.value("--stall-timeout,--bt-stop-timeout", "T", options.stall_timeout, parse_timeout,
                 "give up after T without a byte (never)");
    parser.value("--metadata-timeout", "T", options.metadata_timeout, parse_time,
                 "give up a magnet without metadata (5m off a terminal)");
    parser.value("--lowest-speed-limit", "R", options.lowest_speed, parse_size,
                 "give up when slower than R for 60 s");
}

void add_seeding_options(OptionParser& parser, TorrentOptions& options) {
    parser.value("--seed-ratio", "R", options.seed_ratio, parse_ratio,
                 "seed until R times the size is sent; 0 = no bound");
    parser.value("--seed-time", "T", options.seed_time, parse_minutes,
                 "seed for 90s, 30m, 2h; a bare number is minutes");
}

void add_hook_options(OptionParser& parser, TorrentOptions& options) {
    parser.text("--on-complete,--on-bt-download-complete,--on-download-complete", "CMD",
                options.on_complete, "run a command when all is there");
    parser.text("--on-error,--on-download-error", "CMD", options.on_error,
                "run a command when a torrent fails");
}

void add_download_limit(OptionParser& parser, TorrentOptions& options) {
    parser.value("--max-download-limit", "R", options.limits.download, parse_rate,
                 "bytes/s of each torrent, 0 = no limit");
}

void add_upload_limit(OptionParser& parser, TorrentOptions& options) {
    parser.value("-u,--max-upload-limit", "R", options.limits.upload, parse_rate,
                 "bytes/s of each torrent, 0 = no limit");
}

void add_peer_options(OptionParser& parser, TorrentOptions& options) {
    parser.value("--max-peers,--bt-max-peers", "N", options.max_peers, parse_peer_count,
                 "connections per torrent (200)");
    parser.list("--peer", "HOST:PORT", options.peers, parse_peer, "a peer to try; repeatable");
    parser.lists("--tracker,--bt-tracker", "URL", options.trackers, parse_trackers,
                 "add a tracker; repeatable");
    parser.lists("--exclude-tracker,--bt-exclude-tracker", "URL|*", options.excluded_trackers,
                 parse_excluded_trackers, "drop a tracker, or all; repeatable");
}

void add_torrent_options(OptionParser& parser, TorrentOptions& options) {
    add_file_options(parser, options);
    add_ending_options(parser, options);
    add_download_limit(parser, options);
    add_upload_limit(parser, options);
    parser.flag("--seed", options.seed, "go on seeding when done, until Ctrl-C");
    add_seeding_options(parser, options);
    add_peer_options(parser, options);
}

std::optional<Duration> metadata_timeout(std::optional<Duration> typed) {
    if (typed == Duration::zero()) return std::nullopt;
    if (typed || ::isatty(STDERR_FILENO) == 1) return typed;
    return kUnattendedMetadata;
}

std::shared_ptr<const TaskSettings> task_settings(const TorrentOptions& options) {
    auto out = std::make_shared<TaskSettings>();
    auto& torrent = out->torrent;
    torrent.directory = directory_or_default(options.directory);
    torrent.peers = options.peers;
    torrent.extra_trackers = options.trackers;
    torrent.max_peers = options.max_peers;
    torrent.limits = options.limits;
    torrent.check_integrity = options.check_integrity;
    torrent.overwrite = options.overwrite;
    torrent.sync = options.sync;
    torrent.keep_seeding = wants_to_seed(options);
    out->files = options.files;
    out->excluded_trackers = options.excluded_trackers;
    out->save_torrent = options.save_torrent;
    out->endings.stall_timeout = options.stall_timeout;
    out->endings.metadata_timeout = metadata_timeout(options.metadata_timeout);
    out->endings.lowest_speed = options.lowest_speed;
    if (options.seed_ratio.value_or(0) > 0) out->endings.seed_ratio = options.seed_ratio;
    if (options.seed_time != Duration::zero()) out->endings.seed_time = options.seed_time;
    out->hooks = {options.on_complete, options.on_error};
    return out;
}

}  // namespace bt::cli
