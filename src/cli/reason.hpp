// Why a download does not move, in words.
#pragma once

#include <string>

#include "bt/session/session.hpp"

namespace bt::cli {

/// A reason for a torrent that is downloading and gets nothing, such as
/// "all 12 peers choke us". Escaped, one line, never empty.
[[nodiscard]] std::string why_nothing_moves(const session::TorrentStatus& status);

}  // namespace bt::cli
