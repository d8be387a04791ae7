// A small torrent, and states of it, for tests of what is known between runs.
#pragma once

#include <optional>
#include <vector>

#include "bt/resume/journal.hpp"

namespace bt::resume::test {

/// Ten pieces of 32 KiB in three files and a pad file: a has pieces 0-3, b has 4-5 (after a pad of
/// half a piece in 3), c has 5-9 (it begins in the middle of 5).
inline metainfo::Metainfo small_torrent() {
    constexpr std::uint64_t piece = 32 * 1024;
    metainfo::Metainfo out;
    out.name = "t";
    out.info_hash.bytes.fill(std::byte{7});
    out.layout = metainfo::PieceLayout(piece, 10 * piece);
    out.piece_hashes.resize(10);
    out.files = {{"t/a", 3 * piece + piece / 2, 0, false},
                 {"pad", piece / 2, 3 * piece + piece / 2, true},
                 {"t/b", piece + piece / 2, 4 * piece, false},
                 {"t/c", 4 * piece + piece / 2, 5 * piece + piece / 2, false}};
    return out;
}

inline FileStamp stamp(std::uint64_t size, std::int64_t time, std::uint64_t inode) {
    return {size, time, time, inode, true};
}

inline Epoch epoch(std::uint8_t boot, std::uint64_t mount = 1) {
    Epoch out;
    out.boot.fill(std::byte{boot});
    out.mount = mount;
    return out;
}

/// All files as they should be in the end.
inline std::vector<std::optional<FileStamp>> whole_files(const metainfo::Metainfo& metainfo) {
    std::vector<std::optional<FileStamp>> out;
    for (std::uint32_t i = 0; i < metainfo.files.size(); ++i) {
        const auto& file = metainfo.files[i];
        out.push_back(file.pad ? std::nullopt
                               : std::optional(stamp(file.length, 1000 + i, 10 + i)));
    }
    return out;
}

inline std::vector<std::uint32_t> ones(const Bitfield& field) {
    std::vector<std::uint32_t> out;
    for (std::uint32_t i = 0; i < field.size(); ++i) {
        if (field.get(PieceIndex(i))) out.push_back(i);
    }
    return out;
}

inline Bitfield field(std::uint32_t size, std::initializer_list<std::uint32_t> pieces) {
    Bitfield out(size);
    for (const auto piece : pieces)
        out.set(PieceIndex(piece));
    return out;
}

}  // namespace bt::resume::test
