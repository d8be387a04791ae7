#include "cli/file_options.hpp"

#include <unistd.h>

#include <utility>

#include "bt/metainfo/rename.hpp"

namespace bt::cli {

namespace {

Result<bool> parse_allocation(const std::string& text) {
    if (text == "none" || text == "trunc") return false;  // a sparse file, in both
    if (text == "falloc" || text == "prealloc") return true;
    return fail(Errc::option, "must be none or falloc");
}

Result<std::string> parse_out(const std::string& text) {
    if (text.empty()) return fail(Errc::option, "the name is empty");
    return text;
}

std::size_t count_chosen(const session::TorrentSettings& torrent) {
    std::size_t out = 0;
    for (std::size_t i = 0; i < torrent.metainfo->files.size(); ++i) {
        if (metainfo::is_chosen(*torrent.metainfo, torrent.selection, i)) ++out;
    }
    return out;
}

/// The data of a stream lies under a name of ours, and goes when it has been written.
Result<> apply_stream(session::TorrentSettings& torrent) {
    const auto chosen = count_chosen(torrent);
    if (chosen != 1) {
        return fail(Errc::option, "-o - writes one file, and " + std::to_string(chosen) +
                                      " are chosen: --select-file takes its index or name, which "
                                      "bt info tells");
    }
    if (torrent.keep_seeding) return fail(Errc::option, "-o - keeps nothing that could be seeded");
    auto renamed =
        metainfo::renamed(torrent.metainfo, '.' + to_hex(torrent.metainfo->info_hash) + ".stream");
    if (!renamed) return renamed.error();
    torrent.metainfo = std::move(*renamed);
    torrent.sequential = true;
    torrent.sync = false;
    torrent.overwrite = true;  // whatever has that name
    return {};
}

Result<> apply_name(const std::string& name, session::TorrentSettings& torrent) {
    auto renamed = metainfo::renamed(torrent.metainfo, name);
    if (!renamed) return fail(Errc::option, "--out: " + renamed.error().message);
    if ((*renamed)->name.starts_with('.' + to_hex(torrent.metainfo->info_hash))) {
        return fail(Errc::option, "--out: the name is one that bt uses itself");
    }
    torrent.metainfo = std::move(*renamed);
    return {};
}

}  // namespace

void add_file_choice(OptionParser& parser, FileChoice& choice) {
    parser.list("--select-file", "LIST", choice.select, parse_file_list,
                "only these files: 1,3-5,'*.mkv' (all)");
    parser.list("--exclude", "LIST", choice.exclude, parse_file_list, "not these files");
}

void add_choice_options(OptionParser& parser, FileOptions& options) {
    parser.value("-o,--out", "NAME", options.out, parse_out,
                 "name of the file or top folder; - = standard output");
    add_file_choice(parser, options.choice);
    parser.flag("--sequential", options.sequential, "fetch pieces in order, not the rarest first");
    parser.value("--file-allocation", "none|falloc", options.allocate, parse_allocation,
                 "reserve space first (none)");
}

Result<> check(const FileOptions& options, std::size_t sources, bool json) {
    if (!options.out) return {};
    if (sources > 1) {
        return fail(Errc::option, "--out names one torrent, and " + std::to_string(sources) +
                                      " sources are given");
    }
    if (options.streams() && json) {
        return fail(Errc::option, "-o - and --json both want standard output");
    }
    if (options.streams() && ::isatty(STDOUT_FILENO) == 1) {
        return fail(Errc::option, "-o - writes to standard output, which is a terminal: pipe it");
    }
    return {};
}

Result<> apply(const FileOptions& options, session::TorrentSettings& torrent) {
    if (!options.choice.all()) {
        auto selection = options.choice.of(*torrent.metainfo);
        if (!selection) return selection.error();
        torrent.selection = std::move(*selection);
    }
    torrent.sequential = options.sequential;
    torrent.allocate = options.allocate;
    if (options.streams()) return apply_stream(torrent);
    if (options.out) return apply_name(*options.out, torrent);
    return {};
}

}  // namespace bt::cli
