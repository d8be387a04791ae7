// Tree: the files that a new torrent is made of, as they lie on disk. A value; scanning blocks.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "bt/core/result.hpp"
#include "bt/metainfo/create.hpp"
#include "bt/text/glob.hpp"

namespace bt::cli {

/// What is not to be in a torrent.
struct TreeExceptions {
    /// Held against paths below the top folder; a folder is left out with all that is in it.
    std::vector<text::Glob> globs = {};
    /// The .torrent that is being made, which may lie in the folder that it is made of.
    std::filesystem::path own = {};
};

struct Tree {
    /// By what it is seen later whether a file was changed.
    struct Stamp {
        std::uint64_t inode = 0;
        std::uint64_t size = 0;
        std::int64_t modified_seconds = 0;
        std::int64_t modified_nanoseconds = 0;
        friend bool operator==(const Stamp&, const Stamp&) = default;
    };

    std::filesystem::path parent;  // the folder that `name` lies in
    std::string name;
    bool single_file = false;
    /// Sorted by the bytes of their paths, so that a folder has one torrent.
    std::vector<metainfo::NewFile> files;
    std::vector<Stamp> stamps;         // of the files
    std::uint64_t length = 0;          // bytes of all files
    std::vector<std::string> skipped;  // symbolic links and special files

    /// The file or folder at `path`. Errc::not_found, open_failed (a file or folder may not be
    /// read), torrent (nothing in it).
    [[nodiscard]] static Result<Tree> scan(const std::filesystem::path& path,
                                           const TreeExceptions& exceptions = {});
    /// Where a file lies.
    [[nodiscard]] std::filesystem::path place(const metainfo::NewFile& file) const;
    /// Every file is as it was found. Errc::io_failed, with the name of one that is not.
    [[nodiscard]] Result<> unchanged() const;
};

}  // namespace bt::cli
