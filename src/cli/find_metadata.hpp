// The metadata of a magnet link, for commands that do nothing meanwhile (bt info, -S, --dry-run).
#pragma once

#include <optional>

#include "bt/core/time.hpp"
#include "bt/metainfo/magnet.hpp"
#include "bt/session/session.hpp"
#include "cli/source.hpp"

namespace bt::cli {

struct FindSettings {
    session::SessionSettings session;
    session::TorrentSettings torrent;  // peers and trackers to ask
    std::optional<Duration> timeout;
};

/// From what is kept of earlier runs, or from peers; it is kept then. Shows a line of progress on
/// standard error if that is a terminal. Errc::no_metadata: none in time; interrupted (Ctrl-C);
/// no_peer: nobody can be asked; errors of Session::create() and metainfo::join().
[[nodiscard]] LoadedTorrent find_metadata(const metainfo::Magnet& magnet,
                                          const FindSettings& settings);

}  // namespace bt::cli
