// The arithmetic of a torrent: pieces, blocks and files as ranges of one run of bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "bt/core/ids.hpp"

namespace bt::metainfo {

/// How `total_length` bytes fall into pieces and blocks. Any piece length from 1 byte up: the last
/// block of every piece can be short.
class PieceLayout {
public:
    PieceLayout() = default;
    /// piece_length > 0.
    PieceLayout(std::uint32_t piece_length, std::uint64_t total_length);

    [[nodiscard]] std::uint32_t piece_length() const { return piece_length_; }
    [[nodiscard]] std::uint64_t total_length() const { return total_length_; }
    [[nodiscard]] std::uint32_t piece_count() const { return piece_count_; }

    /// Bytes in `piece`; the last piece can be short.
    [[nodiscard]] std::uint32_t piece_size(PieceIndex piece) const;
    [[nodiscard]] std::uint64_t piece_offset(PieceIndex piece) const {
        return std::uint64_t{piece.value()} * piece_length_;
    }
    [[nodiscard]] std::uint32_t block_count(PieceIndex piece) const;
    /// `block` counts from the start of the piece.
    [[nodiscard]] BlockRequest block(PieceIndex piece, std::uint32_t block) const;
    /// Lies within a piece and within kBlockSize (BEP 3), in arithmetic that cannot overflow.
    [[nodiscard]] bool contains(const BlockRequest& range) const;

private:
    std::uint32_t piece_length_ = 1;
    std::uint32_t piece_count_ = 0;
    std::uint64_t total_length_ = 0;
};

/// What a torrent as it is stored (selection.hpp) does with a file.
enum class FileUse : std::uint8_t {
    wanted,
    skipped,  // not made and not written; read where it is there
    parts,    // not the torrent's but ours: bytes of skipped files
};

/// One file of a torrent.
struct File {
    std::string path;          // sanitised, below the output folder, parts joined by '/'
    std::uint64_t length = 0;  // bytes
    std::uint64_t offset = 0;  // bytes from the start of the torrent
    /// BEP 47: never written, zero for hashing. So is a symbolic link, which has no bytes and is
    /// not made; the paths of both need not be unique.
    bool pad = false;
    FileUse use = FileUse::wanted;

    [[nodiscard]] bool is_wanted() const { return !pad && use == FileUse::wanted; }
    [[nodiscard]] bool is_written() const { return !pad && use != FileUse::skipped; }
};

/// A range of one file.
struct FileSlice {
    FileIndex file;
    std::uint64_t offset = 0;  // bytes from the start of the file
    std::uint64_t length = 0;  // bytes, > 0
    friend constexpr auto operator<=>(const FileSlice&, const FileSlice&) = default;
};

/// The files that the bytes [offset, offset + length) of a torrent fall into, in order, zero-length
/// files left out. `files` is sorted by offset and without gaps. O(log files + slices).
[[nodiscard]] std::vector<FileSlice> slices(std::span<const File> files, std::uint64_t offset,
                                            std::uint64_t length);

}  // namespace bt::metainfo
