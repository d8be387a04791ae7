// Which pieces can be on disk at all, told from sizes and holes without reading any data.
#pragma once

#include <vector>

#include "bt/core/bitfield.hpp"
#include "bt/disk/storage.hpp"
#include "bt/metainfo/metainfo.hpp"

namespace bt::disk {

class FileTree;

/// Storage::present(). `files` is what inspect() gave.
[[nodiscard]] Bitfield present_pieces(const metainfo::Metainfo& metainfo,
                                      const std::vector<FileState>& files, FileTree& tree);

}  // namespace bt::disk
