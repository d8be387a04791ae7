// The options of a download that say which of a torrent's files are fetched, and how they are put
// on disk.
#pragma once

#include "bt/core/result.hpp"
#include "bt/session/session.hpp"
#include "cli/file_choice.hpp"
#include "cli/option_parser.hpp"

namespace bt::cli {

struct FileOptions {
    FileChoice choice;
    bool sequential = false;
};

void add_choice_options(OptionParser& parser, FileOptions& options);

/// Has `torrent`, whose metainfo is known, do as `options` say. Errc::option.
[[nodiscard]] Result<> apply(const FileOptions& options, session::TorrentSettings& torrent);

}  // namespace bt::cli
