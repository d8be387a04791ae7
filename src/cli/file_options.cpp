#include "cli/file_options.hpp"

#include <utility>

namespace bt::cli {

void add_choice_options(OptionParser& parser, FileOptions& options) {
    parser.list("--select-file", "LIST", options.choice.select, parse_file_list,
                "only these files: 1,3-5,'*.mkv' (all)");
    parser.list("--exclude", "LIST", options.choice.exclude, parse_file_list, "not these files");
    parser.flag("--sequential", options.sequential, "fetch pieces in order, not the rarest first");
}

Result<> apply(const FileOptions& options, session::TorrentSettings& torrent) {
    if (!options.choice.all()) {
        auto selection = options.choice.of(*torrent.metainfo);
        if (!selection) return selection.error();
        torrent.selection = std::move(*selection);
    }
    torrent.sequential = options.sequential;
    return {};
}

}  // namespace bt::cli
