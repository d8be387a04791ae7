// The options of a download that say which of a torrent's files are fetched, and how they are put
// on disk.
#pragma once

#include <optional>
#include <string>

#include "bt/core/result.hpp"
#include "bt/session/session.hpp"
#include "cli/file_choice.hpp"
#include "cli/option_parser.hpp"

namespace bt::cli {

struct FileOptions {
    FileChoice choice;
    std::optional<std::string> out;  // a name, or "-"
    bool sequential = false;
    bool allocate = false;

    /// The file goes to standard output.
    [[nodiscard]] bool streams() const { return out == "-"; }
};

/// Which of the files.
void add_file_choice(OptionParser& parser, FileChoice& choice);
void add_choice_options(OptionParser& parser, FileOptions& options);

/// What can be said before any source is read. Errc::option.
[[nodiscard]] Result<> check(const FileOptions& options, std::size_t sources, bool json);

/// Has `torrent`, whose metainfo is known, do as `options` say. Errc::option.
[[nodiscard]] Result<> apply(const FileOptions& options, session::TorrentSettings& torrent);

}  // namespace bt::cli
