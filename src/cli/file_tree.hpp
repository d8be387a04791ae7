// The files of a torrent as a tree, for people.
#pragma once

#include <string>

#include "bt/metainfo/metainfo.hpp"

namespace bt::cli {

/// A line for each folder and file, with size and, of a file, its index from 1: indented by depth,
/// in the torrent's order, what lies in one folder together. Pad files are left out. Escaped.
[[nodiscard]] std::string file_tree(const metainfo::Metainfo& torrent);

}  // namespace bt::cli
