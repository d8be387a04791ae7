// FolderTable: the folders that the files of a torrent lie in, each named once. Immutable.
//
// Invariants: folder 0 is the output folder and is its own parent; a folder's parent has a lower
// number; no name is empty, ".", ".." or contains '/' or a NUL byte.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bt/core/ids.hpp"
#include "bt/core/result.hpp"
#include "bt/metainfo/layout.hpp"

namespace bt::disk {

struct Folder {
    std::uint32_t parent = 0;
    std::string name;
};

/// Where a file is: its folder, and where its own name begins within its path.
struct Place {
    std::uint32_t folder = 0;
    std::uint32_t name_at = 0;
};

class FolderTable {
public:
    /// Errc::torrent: a path leads elsewhere than below the output folder.
    [[nodiscard]] static Result<FolderTable> make(std::span<const metainfo::File> files);

    [[nodiscard]] const std::vector<Folder>& folders() const { return folders_; }
    [[nodiscard]] const Place& place(FileIndex file) const { return places_[file.value()]; }
    /// Below the output folder, parts joined by '/'.
    [[nodiscard]] std::string path(std::uint32_t folder) const;

private:
    std::vector<Folder> folders_{Folder{}};
    std::vector<Place> places_;
};

}  // namespace bt::disk
