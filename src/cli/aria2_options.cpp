#include "cli/aria2_options.hpp"

#include <string_view>

namespace bt::cli {

namespace {

/// A value that cannot be had.
enum class Refused : std::uint8_t { none, on, off, any };

struct Entry {
    const char* names;
    Refused refused;
    const char* why;  // it does nothing, or cannot be had
};

constexpr const char* kOneConnection = "has no meaning for BitTorrent";
constexpr const char* kFetch = "cannot be had: a URL is fetched in at most 60 s, and once";

constexpr std::array<Entry, Aria2Options::kValues> kTakesValue{{
    {"-x,--max-connection-per-server", Refused::none, kOneConnection},
    {"-s,--split", Refused::none, kOneConnection},
    {"-k,--min-split-size", Refused::none, kOneConnection},
    {"--console-log-level", Refused::none, "does nothing: -v and -q say how much is told"},
    {"--follow-torrent", Refused::off, "does nothing: a torrent is always followed"},
    {"--timeout", Refused::any, kFetch},
    {"--max-tries", Refused::any, kFetch},
    {"--retry-wait", Refused::any, kFetch},
}};

constexpr std::array<Entry, Aria2Options::kFlags> kIsFlag{{
    {"--auto-file-renaming", Refused::none, "does nothing: no file is given another name"},
    {"--bt-save-metadata", Refused::none, "does nothing"},
    {"--bt-seed-unverified", Refused::none, "does nothing: all that is seeded is verified"},
    {"--bt-hash-check-seed", Refused::none, "does nothing: all that is seeded is verified"},
    {"--bt-remove-unselected-file", Refused::none, "does nothing: no such file is made"},
    {"--human-readable", Refused::none, "does nothing: --json is for programs"},
    {"--show-console-readout", Refused::none, "does nothing: -q shows errors only"},
    {"--disable-ipv6", Refused::on, "cannot be had: IPv6 is used where there is some"},
    {"--bt-require-crypto", Refused::on, "cannot be had: connections are not encrypted"},
}};

/// The last of the names, which is the long one.
std::string long_name(const Entry& entry) {
    const std::string_view names = entry.names;
    return std::string(names.substr(names.rfind(',') + 1));
}

bool is_refused(Refused refused, std::string_view value) {
    const bool off = value == "false";
    return refused == Refused::any || (refused == Refused::off && off) ||
           (refused == Refused::on && !off);
}

/// What stands for a flag in the tables.
std::string_view word(bool on) {
    return on ? "true" : "false";
}

Result<> judge(const Entry& entry, std::string_view value) {
    if (!is_refused(entry.refused, value)) return {};
    return fail(Errc::option, long_name(entry) + " " + entry.why);
}

std::string note(const Entry& entry) {
    const bool had = entry.refused == Refused::on;  // and it was not asked for
    return long_name(entry) +
           (had ? " does nothing: it is so anyway" : std::string(" ") + entry.why);
}

}  // namespace

void add_aria2_options(OptionParser& parser, Aria2Options& options) {
    parser.group("");
    for (std::size_t i = 0; i < kTakesValue.size(); ++i) {
        parser.value(
            kTakesValue[i].names, "VALUE", options.values[i],
            [](const std::string& text) -> Result<std::string> {
                if (text.empty()) return fail(Errc::option, "is empty");
                return text;
            },
            "");
    }
    for (std::size_t i = 0; i < kIsFlag.size(); ++i)
        parser.flag(kIsFlag[i].names, options.flags[i], "");
}

Result<> check(const Aria2Options& options) {
    for (std::size_t i = 0; i < kTakesValue.size(); ++i) {
        if (!options.values[i]) continue;
        if (auto judged = judge(kTakesValue[i], *options.values[i]); !judged) return judged;
    }
    for (std::size_t i = 0; i < kIsFlag.size(); ++i) {
        if (!options.flags[i]) continue;
        if (auto judged = judge(kIsFlag[i], word(*options.flags[i])); !judged) return judged;
    }
    return {};
}

std::vector<std::string> notes(const Aria2Options& options) {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < kTakesValue.size(); ++i) {
        if (options.values[i]) out.push_back(note(kTakesValue[i]));
    }
    for (std::size_t i = 0; i < kIsFlag.size(); ++i) {
        if (options.flags[i]) out.push_back(note(kIsFlag[i]));
    }
    return out;
}

}  // namespace bt::cli
