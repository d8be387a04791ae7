// FileProgress: which files of a torrent are whole, as its pieces become so. Owned by the torrent,
// on the io thread; it knows no disk and no clock.
//
// Invariants
//  - A file is told of once: when as many verified pieces touch it as there are. Each is to be
//    counted once.
//  - Only wanted files are told of, and no pads; files without bytes are whole from the beginning.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "bt/metainfo/layout.hpp"

namespace bt::session {

class FileProgress {
public:
    FileProgress(std::span<const metainfo::File> files, std::uint32_t piece_length);

    /// A verified piece, not counted before, has bytes in this file.
    void count(FileIndex file);
    /// The files that have become whole since the last call, in the order in which they did.
    [[nodiscard]] std::vector<FileIndex> take() { return std::exchange(whole_, {}); }

private:
    std::vector<std::uint32_t> left_;  // pieces, by file
    std::vector<FileIndex> whole_;     // not taken yet
};

}  // namespace bt::session
