// Hashing the pieces of a new torrent, on all cores.
#pragma once

#include <cstdint>
#include <vector>

#include "bt/core/ids.hpp"
#include "bt/core/result.hpp"
#include "cli/display.hpp"
#include "cli/tree.hpp"

namespace bt::cli {

/// The digests of all pieces, in order. Errc::open_failed, io_failed (also when a file has become
/// shorter meanwhile).
[[nodiscard]] Result<std::vector<Sha1Digest>> hash_pieces(const Tree& tree,
                                                          std::uint32_t piece_length,
                                                          Display& display);

}  // namespace bt::cli
