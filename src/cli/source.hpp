// A source: what the user named on the command line, as a torrent.
#pragma once

#include <memory>
#include <string>

#include "bt/core/result.hpp"
#include "bt/metainfo/metainfo.hpp"

namespace bt::cli {

/// The torrent that `source` names: a .torrent file, or "-" for one on standard input.
///
/// Errc::not_found (nothing there, not a regular file, unreadable), bencode, torrent (wrong fields,
/// or larger than a torrent can be), magnet (malformed), unsupported (magnet links, URLs and bare
/// info-hashes). Messages do not repeat `source`.
[[nodiscard]] Result<std::shared_ptr<const metainfo::Metainfo>> load_source(
    const std::string& source);

/// `source` as messages show it: escaped, and "standard input" for "-".
[[nodiscard]] std::string shown_source(const std::string& source);

}  // namespace bt::cli
