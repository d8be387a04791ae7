// bt create PATH: makes a .torrent of a file or folder.
#include <sys/stat.h>

#include <charconv>
#include <chrono>

#include "bt/metainfo/create.hpp"
#include "bt/text/escape.hpp"
#include "bt/text/glob.hpp"
#include "bt/text/size.hpp"
#include "bt/text/url.hpp"
#include "cli/commands.hpp"
#include "cli/defaults.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/piece_hasher.hpp"
#include "cli/torrent_file.hpp"
#include "cli/tree.hpp"

namespace bt::cli {

namespace {

constexpr std::uint64_t kLeastPieceLength = 16u << 10;
constexpr std::uint64_t kLargestChosenPieceLength = 16u << 20;
constexpr std::uint64_t kChosenPieces = 2000;

struct CreateOptions {
    std::vector<std::string> paths;
    std::string path;
    std::string out;
    std::uint32_t piece_length = 0;  // 0 = chosen by size
    std::vector<std::vector<std::string>> trackers;
    std::vector<std::string> web_seeds;
    std::vector<text::Glob> excludes;
    bool is_private = false;
    bool overwrite = false;
    std::string comment;
    std::string source;
    std::optional<std::int64_t> date;  // seconds since 1970
    DisplaySettings display;
};

/// URLs joined by commas are one tier.
Result<std::vector<std::string>> parse_tier(const std::string& text) {
    std::vector<std::string> tier;
    for (std::size_t at = 0; at <= text.size();) {
        const auto comma = std::min(text.find(',', at), text.size());
        auto url = parse_tracker(text.substr(at, comma - at));
        if (!url) return url.error();
        tier.push_back(std::move(*url));
        at = comma + 1;
    }
    return tier;
}

Result<std::string> parse_web_seed(const std::string& text) {
    const auto url = text::Url::parse(text);
    if (url && url->scheme != "udp") return text;
    return fail(Errc::option, "\"" + text::escape(text) + "\" is not an http or https URL");
}

Result<text::Glob> parse_glob(const std::string& text) {
    if (text.empty()) return fail(Errc::option, "an empty pattern means nothing");
    return text::Glob(text);
}

Result<std::int64_t> parse_date(const std::string& text) {
    if (text == "now") {
        const auto now = std::chrono::system_clock::now().time_since_epoch();
        return std::chrono::duration_cast<std::chrono::seconds>(now).count();
    }
    std::int64_t out = 0;
    const auto* const last = text.data() + text.size();
    const auto [end, ec] = std::from_chars(text.data(), last, out);
    if (ec == std::errc{} && end == last && out >= 0) return out;
    return fail(Errc::option, "\"" + text::escape(text) + "\" is not now or seconds since 1970");
}

Result<std::uint32_t> parse_piece_length(const std::string& text) {
    const auto size = parse_size(text);
    if (!size) return size.error();
    if (*size < kLeastPieceLength || *size > metainfo::kMaxPieceLength) {
        return fail(Errc::option, "\"" + text::escape(text) + "\" is not from 16K to " +
                                      std::to_string(metainfo::kMaxPieceLength >> 20) + "M");
    }
    return static_cast<std::uint32_t>(*size);
}

/// The least power of two that keeps a torrent of `length` bytes to kChosenPieces.
std::uint32_t choose_piece_length(std::uint64_t length) {
    auto out = kLeastPieceLength;
    while (out < kLargestChosenPieceLength && length / out >= kChosenPieces)
        out *= 2;
    return static_cast<std::uint32_t>(out);
}

/// In the current folder, and called as what it is made of.
std::string default_name(const std::string& path) {
    std::error_code ec;  // what cannot be found is told by the scan
    return std::filesystem::canonical(path, ec).filename().native() + ".torrent";
}

/// Refused before the hashing, not after it.
bool stands_in_the_way(const CreateOptions& options) {
    struct stat info {};
    return options.out != "-" && !options.overwrite && !is_device(options.out) &&
           ::lstat(options.out.c_str(), &info) == 0;
}

Result<metainfo::NewTorrent> make(const CreateOptions& options, const Tree& tree,
                                  Display& display) {
    metainfo::NewTorrent out;
    out.name = tree.name;
    out.files = tree.files;
    out.single_file = tree.single_file;
    out.piece_length =
        options.piece_length > 0 ? options.piece_length : choose_piece_length(tree.length);
    if (tree.length / out.piece_length >= metainfo::kMaxPieces) {
        return fail(Errc::option, "too many pieces: --piece-length must be larger");
    }
    out.trackers = options.trackers;
    out.web_seeds = options.web_seeds;
    out.is_private = options.is_private;
    if (!options.comment.empty()) out.comment = options.comment;
    if (!options.source.empty()) out.source = options.source;
    out.created_by = "bt/" BT_VERSION;
    out.creation_date = options.date;
    auto hashes = hash_pieces(tree, out.piece_length, display);
    if (!hashes) return hashes.error();
    if (const auto same = tree.unchanged(); !same) return same.error();
    out.piece_hashes = std::move(*hashes);
    return out;
}

/// What a download, and so a seed, would call otherwise than it is called here.
void warn_of_names(const Tree& tree, const metainfo::Metainfo& torrent, Display& display) {
    for (std::size_t i = 0; i < tree.files.size(); ++i) {
        const auto path = tree.place(tree.files[i]).lexically_relative(tree.parent).native();
        if (path == torrent.files[i].path) continue;
        display.say(Severity::warning, text::escape(path) + " will be called " +
                                           text::escape(torrent.files[i].path) +
                                           " by downloads: rename it to seed it from here");
    }
}

Result<> create(CreateOptions& options, Display& display) {
    if (options.out.empty()) options.out = default_name(options.path);
    if (options.out == "/dev/stdout") options.out = "-";  // which may be a file that is there
    const auto tree =
        Tree::scan(options.path, {options.excludes, options.out == "-" ? "" : options.out});
    if (!tree) return tree.error();
    for (const auto& skipped : tree->skipped) {
        display.say(Severity::warning, "left out, not a regular file: " + text::escape(skipped));
    }
    if (stands_in_the_way(options)) {
        return fail(Errc::in_the_way,
                    text::escape(options.out) + " exists; --overwrite replaces it");
    }
    auto torrent = make(options, *tree, display);
    display.finish({});
    if (!torrent) return torrent.error();
    const auto bytes = metainfo::build_torrent(*torrent);
    if (!bytes) return bytes.error();
    // What another download would refuse is not written.
    const auto parsed = metainfo::parse(*bytes);
    if (!parsed) return parsed.error();
    warn_of_names(*tree, *parsed, display);
    const auto written = write_torrent(options.out, *bytes, options.overwrite);
    if (!written) return written.error();
    display.say(Severity::info, text::escape(options.out) + ": " + text::human_size(tree->length) +
                                    " in " + std::to_string(torrent->piece_hashes.size()) +
                                    " pieces of " + text::human_size(torrent->piece_length) +
                                    ", info-hash " + to_hex(parsed->info_hash));
    return {};
}

constexpr const char* kDescription = "Make a .torrent of a file or folder.";
constexpr const char* kUsage = "bt create [options] PATH";

void add_options(OptionParser& parser, CreateOptions& options) {
    parser.positionals("PATH", options.paths);
    parser.group("Options");
    parser.text("-o,--out", "FILE", options.out,
                "the .torrent, - = standard output (NAME.torrent)");
    parser.list("-a,--tracker,--bt-tracker,--announce", "URL[,URL]", options.trackers, parse_tier,
                "a tier of trackers; repeatable");
    parser.list("-w,--web-seed", "URL", options.web_seeds, parse_web_seed,
                "an HTTP server that has the data; repeatable");
    parser.list("-x,--exclude", "GLOB", options.excludes, parse_glob,
                "leave out what is called so, such as '*.tmp'; repeatable");
    parser.value("--piece-length", "SIZE", options.piece_length, parse_piece_length,
                 "16K and up (chosen by size)");
    parser.flag("-p,--private", options.is_private, "peers from the trackers only");
    parser.text("-c,--comment", "TEXT", options.comment, "a comment");
    parser.text("-s,--source", "TEXT", options.source,
                "a mark that gives the same data another info-hash");
    parser.value("--date", "now|SECONDS", options.date, parse_date,
                 "the date of creation (none: the same data makes the same file)");
    parser.flag("--overwrite", options.overwrite, "replace the .torrent if it exists");
    parser.flag("-q,--quiet", options.display.quiet, "errors only");
    parser.value("--color", "auto|always|never", options.display.color, parse_color,
                 "colours (auto)");
}

}  // namespace

CommandSpec create_spec() {
    CreateOptions options;
    OptionParser parser(kDescription, kUsage);
    add_options(parser, options);
    return parser.spec("create");
}

ExitCode create_command(Words words) {
    CreateOptions options;
    OptionParser parser(kDescription, kUsage);
    add_options(parser, options);
    // What downloads are to announce to is not for others to read in a torrent.
    const auto leave = parse_with_defaults(parser, words, {"quiet", "color"});
    if (leave) return *leave;
    if (options.paths.size() != 1) {
        print_error("bt: create takes one PATH; see bt create --help");
        return ExitCode::option;
    }
    options.path = options.paths.front();

    const auto display = make_display(options.display);
    const auto created = create(options, *display);
    if (created) return ExitCode::ok;
    display->say(Severity::error, created.error().message);
    return exit_code(created.error().code);
}

}  // namespace bt::cli
