// The verdict on the data of a torrent, file by file.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "bt/core/bitfield.hpp"
#include "bt/disk/storage.hpp"
#include "bt/metainfo/metainfo.hpp"

namespace bt::cli {

enum class Verdict : std::uint8_t { ok, missing, not_a_file, too_short, too_long, damaged };

struct FileVerdict {
    FileIndex file;
    Verdict verdict = Verdict::ok;
    std::uint32_t pieces = 0;      // that touch the file
    std::uint32_t bad_pieces = 0;  // of those
};

/// One verdict a file, pad files left out. `states` is what stands on disk, `good` the pieces that
/// match their hashes.
[[nodiscard]] std::vector<FileVerdict> judge(const metainfo::Metainfo& torrent,
                                             std::span<const disk::FileState> states,
                                             const Bitfield& good);

}  // namespace bt::cli
