// Why a download does not move, in words.
#pragma once

#include <cstddef>
#include <string>

#include "bt/session/session.hpp"

namespace bt::cli {

/// Somebody can be asked for peers, or is named as one.
[[nodiscard]] bool can_ask(const session::TorrentStatus& status, std::size_t named_peers);
/// Why that is not so. `unusable`: the torrent names trackers, of a kind that cannot be asked.
[[nodiscard]] std::string nobody_to_ask(bool unusable = false);

/// "metadata 3/12 pieces, 14 peers": of a magnet link that waits.
[[nodiscard]] std::string metadata_words(const session::TorrentStatus& status);

/// A reason for a torrent that is downloading, or waits for its metadata, and gets nothing, such as
/// "all 12 peers choke us". Escaped, one line, never empty.
[[nodiscard]] std::string why_nothing_moves(const session::TorrentStatus& status);

}  // namespace bt::cli
