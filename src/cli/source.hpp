// A source: what the user named on the command line, as a torrent.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "bt/core/bytes.hpp"
#include "bt/core/result.hpp"
#include "bt/metainfo/metainfo.hpp"

namespace bt::cli {

using LoadedTorrent = Result<std::shared_ptr<const metainfo::Metainfo>>;

/// http:// or https://
[[nodiscard]] bool is_url(std::string_view source);

/// The torrent that `source` names: a .torrent file, or "-" for one on standard input. URLs are for
/// fetch.hpp.
///
/// Errc::not_found (nothing there, not a regular file, unreadable), bencode, torrent (wrong fields,
/// or larger than a torrent can be), unsupported (magnet links: see magnet_source.hpp). Messages do
/// not repeat `source`.
[[nodiscard]] LoadedTorrent load_source(const std::string& source);

/// The bytes of a .torrent. Errc::bencode, torrent.
[[nodiscard]] LoadedTorrent read_torrent(Bytes bytes);

/// `source` as messages show it: escaped, and "standard input" for "-". Of a URL host and name, but
/// nothing that could be a key.
[[nodiscard]] std::string shown_source(const std::string& source);

}  // namespace bt::cli
