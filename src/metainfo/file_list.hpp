// The files of a torrent, out of its info dictionary.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bt/bencode/document.hpp"
#include "bt/core/result.hpp"
#include "bt/metainfo/layout.hpp"

namespace bt::metainfo {

struct FileList {
    std::vector<File> files;
    std::uint64_t total_length = 0;  // bytes, at most kMaxTotalLength
    bool single_file = false;
};

/// `name` is the torrent's sanitised one. When `info` has both, `files` counts and `length` does
/// not.
[[nodiscard]] Result<FileList> read_files(const bencode::Value& info, const std::string& name);

}  // namespace bt::metainfo
