// A torrent under another name.
#pragma once

#include <memory>
#include <string_view>

#include "bt/core/result.hpp"
#include "bt/metainfo/metainfo.hpp"

namespace bt::metainfo {

/// The torrent with its file, or its top folder, at `path` below the output folder instead of at
/// its own name. Names on the way are sanitised. Errc::option: the path is empty, absolute or very
/// long, or has ".", ".." or nothing between two '/'.
[[nodiscard]] Result<std::shared_ptr<const Metainfo>> renamed(
    std::shared_ptr<const Metainfo> torrent, std::string_view path);

}  // namespace bt::metainfo
