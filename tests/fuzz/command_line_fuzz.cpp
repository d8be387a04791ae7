// The words of a command line, each ended by a NUL: what is accepted is within its bounds, what is
// refused is told in one clean line.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bt/core/assert.hpp"
#include "bt/text/url.hpp"
#include "cli/option_parser.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/torrent_options.hpp"
#include "cli/values.hpp"
#include "option_values.hpp"
#include "plain_text.hpp"

namespace {

/// What the parser has said; in place of the program's two ways out.
std::string printed;
std::vector<std::string> errors;

}  // namespace

// These stand in for src/cli/output.cpp, which the linker then leaves out.
namespace bt::cli {

bool print(std::string_view data) {
    printed += data;
    return true;
}
void print_error(std::string_view line) {
    errors.emplace_back(line);
}
void hold_standard_streams() {}
bool write_all(int, std::string_view) {
    return true;
}

}  // namespace bt::cli

namespace {

using namespace bt;
using namespace bt::cli;

Result<std::uint32_t> parse_jobs(const std::string& text) {
    return parse_count(text, 1, 1000);
}

/// The options of `bt SOURCE...`.
struct CommandLine {
    std::vector<std::string> sources;
    std::uint32_t jobs = 5;
    std::optional<Duration> max_time;
    TorrentOptions torrent;
    std::uint64_t size = 0;
    NetworkOptions network;
    TalkOptions talk;
    OptionParser parser{"Download torrents.", "bt [options] SOURCE..."};

    CommandLine() {
        parser.positionals("SOURCE", sources);
        parser.group("Files");
        add_file_options(parser, torrent);
        parser.value("-j,--max-concurrent-downloads", "N", jobs, parse_jobs, "torrents at once");
        add_ending_options(parser, torrent);
        parser.flag("--seed", torrent.seed, "go on seeding");
        add_seeding_options(parser, torrent);
        add_hook_options(parser, torrent);
        parser.value("-m,--max-time", "T", max_time, parse_timeout, "bound on the whole run");
        parser.value("--piece-length", "SIZE", size, parse_size, "of a piece");
        add_download_limit(parser, torrent);
        add_upload_limit(parser, torrent);
        add_overall_download_limit(parser, network);
        add_overall_upload_limit(parser, network);
        add_peer_options(parser, torrent);
        add_network_options(parser, network);
        add_talk_options(parser, talk);
    }

    void check(Words words) const {
        BT_ASSERT(sources.size() <= words.size());
        BT_ASSERT(jobs >= 1 && jobs <= 1000);
        for (const auto& peer : torrent.peers)
            fuzz::check_peer(peer);
        if (torrent.stall_timeout) fuzz::check_duration(*torrent.stall_timeout);
        if (max_time) fuzz::check_duration(*max_time);
        if (network.ports) fuzz::check_ports(*network.ports);
        BT_ASSERT(torrent.max_peers >= 1 && torrent.max_peers <= 10'000);
        for (const auto& tracker : torrent.trackers)
            BT_ASSERT(text::Url::parse(tracker));
        for (const auto& tracker : torrent.excluded_trackers)
            BT_ASSERT(tracker == "*" || text::Url::parse(tracker));
        fuzz::check_duration(talk.display.summary_interval);
        BT_ASSERT(parse_log_level(talk.log.level));
        if (torrent.seed_ratio) BT_ASSERT(*torrent.seed_ratio >= 0);
        (void)task_settings(torrent);
        (void)session_settings(network);
    }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    std::vector<std::string> words;
    while (!rest.empty()) {
        const auto end = std::min(rest.find('\0'), rest.size());
        words.emplace_back(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    printed.clear();
    errors.clear();
    CommandLine line;
    const auto leave_with = line.parser.parse(words);
    if (!leave_with) {
        BT_ASSERT(errors.empty() && printed.empty());
        line.check(words);
    } else if (*leave_with == ExitCode::ok) {
        BT_ASSERT(errors.empty() && !printed.empty());
    } else {
        BT_ASSERT(*leave_with == ExitCode::option && printed.empty() && errors.size() == 1);
        BT_ASSERT(errors[0].starts_with("bt: ") && errors[0].size() > 4);
        BT_ASSERT(fuzz::is_clean(errors[0]) && errors[0].size() <= 600);
    }
    return 0;
}
