// Tree: the files that a new torrent is made of, as they lie on disk.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "bt/core/result.hpp"
#include "bt/metainfo/create.hpp"

namespace bt::cli {

struct Tree {
    std::filesystem::path parent;  // the folder that `name` lies in
    std::string name;
    bool single_file = false;
    std::vector<metainfo::NewFile> files;  // sorted by path, so that a folder has one torrent
    std::uint64_t length = 0;              // bytes of all files
    std::vector<std::string> skipped;      // symbolic links and special files

    /// The file or folder at `path`. Errc::not_found, open_failed (a folder cannot be read),
    /// torrent (nothing in it).
    [[nodiscard]] static Result<Tree> scan(const std::filesystem::path& path);
};

}  // namespace bt::cli
