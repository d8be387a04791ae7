// The digests of pieces as they are on disk. Blocks; for any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "bt/core/ids.hpp"
#include "bt/core/result.hpp"
#include "bt/disk/storage.hpp"

namespace bt::disk {

struct PieceHashes {
    std::vector<std::optional<Sha1Digest>> digests;  // none for a piece that could not be read
    std::uint64_t bytes = 0;                         // hashed
    Error error;                                     // of the last piece that could not be read
};

/// Of the pieces [first, first + count), which are within the torrent. Several are read and hashed
/// at a time, as many as the processor likes to interleave.
[[nodiscard]] PieceHashes hash_pieces(Storage& storage, PieceIndex first, std::uint32_t count);

/// Whether the piece begins with the bytes that the prefix tells of.
[[nodiscard]] bool begins_with(Storage& storage, PieceIndex piece, const resume::Prefix& prefix);

}  // namespace bt::disk
