#include "bt/metainfo/layout.hpp"

#include <algorithm>
#include <limits>

#include "bt/core/assert.hpp"

namespace bt::metainfo {

PieceLayout::PieceLayout(std::uint32_t piece_length, std::uint64_t total_length)
    : piece_length_(piece_length), total_length_(total_length) {
    BT_ASSERT(piece_length > 0);
    const auto count = total_length / piece_length + (total_length % piece_length != 0 ? 1 : 0);
    BT_ASSERT(count <= std::numeric_limits<std::uint32_t>::max());
    piece_count_ = static_cast<std::uint32_t>(count);
}

std::uint32_t PieceLayout::piece_size(PieceIndex piece) const {
    BT_ASSERT(piece.value() < piece_count_);
    const auto left = total_length_ - piece_offset(piece);
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(left, piece_length_));
}

std::uint32_t PieceLayout::block_count(PieceIndex piece) const {
    return (piece_size(piece) - 1) / kBlockSize + 1;
}

BlockRequest PieceLayout::block(PieceIndex piece, std::uint32_t block) const {
    const auto size = piece_size(piece);
    BT_ASSERT(block <= (size - 1) / kBlockSize);
    const auto begin = block * kBlockSize;
    return {piece, begin, std::min(size - begin, kBlockSize)};
}

bool PieceLayout::contains(const BlockRequest& range) const {
    if (range.piece.value() >= piece_count_) return false;
    if (range.length == 0 || range.length > kBlockSize) return false;
    const auto size = piece_size(range.piece);
    return range.begin < size && range.length <= size - range.begin;
}

std::vector<FileSlice> slices(std::span<const File> files, std::uint64_t offset,
                              std::uint64_t length) {
    std::vector<FileSlice> out;
    if (length == 0) return out;
    // The last file that begins at or before `offset`: of several that begin there, all but the
    // last are empty.
    auto file = std::upper_bound(files.begin(), files.end(), offset,
                                 [](std::uint64_t at, const File& f) { return at < f.offset; });
    BT_ASSERT(file != files.begin());
    for (--file; length > 0; ++file) {
        BT_ASSERT(file != files.end());
        const auto skipped = offset - file->offset;
        if (skipped >= file->length) continue;
        const auto taken = std::min(length, file->length - skipped);
        out.push_back(
            {FileIndex(static_cast<std::uint32_t>(file - files.begin())), skipped, taken});
        offset += taken;
        length -= taken;
    }
    return out;
}

}  // namespace bt::metainfo
