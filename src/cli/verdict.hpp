// The verdict on the data of a torrent, file by file: as values, for people and for programs.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "bt/core/bitfield.hpp"
#include "bt/disk/storage.hpp"
#include "bt/metainfo/metainfo.hpp"
#include "bt/metainfo/selection.hpp"

namespace bt::cli {

enum class Verdict : std::uint8_t {
    ok,
    unchecked,  // whole by its size; every piece of it also needs another file, which is not there
    missing,
    not_a_file,
    too_short,
    too_long,
    damaged,
};

/// Pieces in a row, counted from 0.
struct PieceRange {
    std::uint32_t first = 0;
    std::uint32_t last = 0;
    friend bool operator==(const PieceRange&, const PieceRange&) = default;
};

struct FileVerdict {
    FileIndex file;
    Verdict verdict = Verdict::ok;
    std::uint32_t pieces = 0;      // that touch the file
    std::uint32_t bad_pieces = 0;  // of those
    std::vector<PieceRange> bad;   // which
    /// Of the pieces that touch it, those that match nothing and say nothing of it: they also hold
    /// bytes of a file that is not whole, or is not asked about.
    std::uint32_t unchecked_pieces = 0;
    std::vector<PieceRange> unchecked;

    [[nodiscard]] bool accepted() const {
        return verdict == Verdict::ok || verdict == Verdict::unchecked;
    }
};

/// One verdict for each file of `chosen` (none said: all), pad files left out. `states` is what
/// stands on disk, `good` the pieces that match their hashes.
[[nodiscard]] std::vector<FileVerdict> judge(const metainfo::Metainfo& torrent,
                                             std::span<const disk::FileState> states,
                                             const Bitfield& good,
                                             const metainfo::Selection& chosen = {});

/// The pieces that touch the files of `chosen`.
[[nodiscard]] Bitfield asked_pieces(const metainfo::Metainfo& torrent,
                                    const metainfo::Selection& chosen);

/// A line with its end, such as "damaged  a/b.bin  (2 of 9 pieces: 3, 7)". Escaped.
[[nodiscard]] std::string verdict_line(const FileVerdict& verdict, const metainfo::File& file,
                                       const disk::FileState& state);

/// One JSON object and a line end. `asked`: the pieces that were hashed.
[[nodiscard]] std::string verdicts_json(const metainfo::Metainfo& torrent,
                                        std::span<const FileVerdict> verdicts,
                                        std::span<const disk::FileState> states,
                                        const Bitfield& asked, const Bitfield& good);

}  // namespace bt::cli
