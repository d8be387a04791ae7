// Options of each torrent, as typed on the command line, or below its line in an input file.
//
// What stands here can be given in both places: add an option here and it is there.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bt/core/time.hpp"
#include "cli/file_options.hpp"
#include "cli/option_parser.hpp"
#include "cli/task.hpp"
#include "cli/values.hpp"

namespace bt::cli {

struct TorrentOptions {
    std::string directory;
    FileOptions files;
    bool check_integrity = false;
    bool overwrite = false;
    bool sync = true;
    bool resume = true;  // always on
    std::optional<bool> seed;
    std::optional<double> seed_ratio;
    std::optional<Duration> seed_time;
    std::optional<Duration> stall_timeout;
    std::optional<Duration> metadata_timeout;
    std::string save_torrent;
    std::uint64_t lowest_speed = 0;
    std::string on_complete;
    std::string on_error;
    session::RateLimits limits;
    std::vector<HostPort> peers;
    std::vector<std::string> trackers;           // URLs, beside the torrent's own
    std::vector<std::string> excluded_trackers;  // URLs, or "*"
    std::uint32_t max_peers = 200;
};

/// Where the data goes and how.
void add_file_options(OptionParser& parser, TorrentOptions& options);
/// When a download is over.
void add_ending_options(OptionParser& parser, TorrentOptions& options);
/// When a seed is over.
void add_seeding_options(OptionParser& parser, TorrentOptions& options);
/// What is run when it is over.
void add_hook_options(OptionParser& parser, TorrentOptions& options);
/// How much it may take of the line.
void add_download_limit(OptionParser& parser, TorrentOptions& options);
void add_upload_limit(OptionParser& parser, TorrentOptions& options);
/// Who is asked.
void add_peer_options(OptionParser& parser, TorrentOptions& options);

/// All of them, for what asks no order of its own.
void add_torrent_options(OptionParser& parser, TorrentOptions& options);

/// Nobody is there to see that a magnet link leads nowhere.
inline constexpr Duration kUnattendedMetadata = std::chrono::minutes(5);
/// How long the metadata of a magnet link may take, if not for ever.
[[nodiscard]] std::optional<Duration> metadata_timeout(std::optional<Duration> typed);

/// For a download.
[[nodiscard]] std::shared_ptr<const TaskSettings> task_settings(const TorrentOptions& options);

}  // namespace bt::cli
