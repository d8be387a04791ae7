// What a torrent holds, for people and for programs.
#pragma once

#include <string>

#include "bt/metainfo/metainfo.hpp"

namespace bt::cli {

/// One JSON object and a line end. `length` and the files' lengths are in bytes, indexes count from
/// 1, paths are as a download would write them.
[[nodiscard]] std::string info_json(const metainfo::Metainfo& torrent);

/// A listing of several lines. Everything foreign in it is escaped.
[[nodiscard]] std::string info_text(const metainfo::Metainfo& torrent);

}  // namespace bt::cli
