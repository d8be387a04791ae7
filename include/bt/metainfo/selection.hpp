// A torrent of which only some files are wanted, as it is stored on disk.
//
// Pieces know no files: one at the border of a wanted file also holds bytes of its neighbours.
// Those bytes lie in one hidden file of ours, the parts file, in the order of such pieces: the
// first of them at 0, the second at one piece length, and so on. It has holes where wanted bytes
// are left out.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bt/core/bitfield.hpp"
#include "bt/metainfo/metainfo.hpp"

namespace bt::metainfo {

/// Whether each file is wanted, in the torrent's order; no entry: all are. What is said of a pad
/// file does not matter.
using Selection = std::vector<bool>;

/// Whether this file is to be had: a pad file never is.
[[nodiscard]] bool is_chosen(const Metainfo& torrent, const Selection& selection, std::size_t file);
/// Bytes of all such files.
[[nodiscard]] std::uint64_t chosen_length(const Metainfo& torrent, const Selection& selection);

/// The torrent with every file put to its use, and the parts file as the last of its files if any
/// piece needs it; `torrent` itself if all files are wanted.
[[nodiscard]] std::shared_ptr<const Metainfo> stored(std::shared_ptr<const Metainfo> torrent,
                                                     const Selection& selection);

/// Where a parts file lies below the output folder.
[[nodiscard]] std::string parts_name(const InfoHash& info_hash);
[[nodiscard]] bool has_parts(const Metainfo& stored);
/// The torrent's own files: all but the parts file.
[[nodiscard]] std::size_t own_files(const Metainfo& stored);
/// Bytes of skipped files that the parts file takes.
[[nodiscard]] std::uint64_t parts_length(const Metainfo& stored);

/// A file that both would write into one folder, by its path; of files without bytes there is no
/// harm in that.
[[nodiscard]] std::optional<std::string> clash(const Metainfo& stored, const Metainfo& other);

/// The pieces that some wanted file needs.
[[nodiscard]] Bitfield wanted_pieces(const Metainfo& stored);
/// The pieces [first, second) that have bytes in this file of the torrent.
[[nodiscard]] std::pair<PieceIndex, PieceIndex> pieces_of(const Metainfo& stored, FileIndex file);
/// As slices(), of pieces that are wanted: what falls into skipped files is found in the parts
/// file, one slice a piece. Of other pieces the skipped files themselves are named.
[[nodiscard]] std::vector<FileSlice> stored_slices(const Metainfo& stored, std::uint64_t offset,
                                                   std::uint64_t length);
/// The piece that this byte of the parts file belongs to, by its place among `shared_pieces`.
[[nodiscard]] std::size_t shared_slot(const Metainfo& stored, std::uint64_t parts_offset);
/// Where in the torrent this byte of the parts file is.
[[nodiscard]] std::uint64_t shared_offset(const Metainfo& stored, std::uint64_t parts_offset);

}  // namespace bt::metainfo
