// --save-torrent FILE: keeps what a magnet link led to as a .torrent.
#pragma once

#include <string>

#include "bt/core/result.hpp"
#include "bt/metainfo/metainfo.hpp"

namespace bt::cli {

/// A file that is the same already is left as it is. Errc::in_the_way: another stands there, and
/// `overwrite` is not set; create_failed, no_space.
[[nodiscard]] Result<> save_torrent(const std::string& path, const metainfo::Metainfo& torrent,
                                    bool overwrite);

}  // namespace bt::cli
