// The files that a journal speaks of: where they are put, and which of them are wanted.
#pragma once

#include <optional>
#include <vector>

#include "bt/core/bytes.hpp"
#include "bt/metainfo/metainfo.hpp"
#include "bt/metainfo/selection.hpp"
#include "bt/resume/state.hpp"

namespace bt::resume {

/// Of what the info-hash does not tell: where this program puts the files.
[[nodiscard]] Sha1Digest layout_digest(const metainfo::Metainfo& metainfo);

[[nodiscard]] metainfo::Selection wanted_files(const metainfo::Metainfo& metainfo);
[[nodiscard]] bool are_all(const metainfo::Selection& files);

/// One bit for each, as in a bitfield of BEP 3.
[[nodiscard]] ByteVector bits_to_wire(const std::vector<bool>& bits);
[[nodiscard]] std::optional<std::vector<bool>> bits_from_wire(Bytes bytes, std::size_t count);

/// Keeps of `state`, which was written while the files `then` were wanted, what is true of the
/// files that `metainfo` wants: pieces in files that were and are wanted alone. Stamps of files
/// that were wanted stay, as a sign that the files are ours.
void adapt(State& state, const metainfo::Selection& then, const metainfo::Metainfo& metainfo);

}  // namespace bt::resume
