// The sources of one command, handed to its Run.
#pragma once

#include <string>
#include <vector>

#include "bt/session/session.hpp"
#include "cli/run.hpp"

namespace bt::cli {

/// Loads all of `sources`, so that a slip in one is told before anything else happens. `pattern`
/// has the settings that all torrents share; `excluded` are trackers that are dropped.
void add_sources(Run& run, const std::vector<std::string>& sources,
                 const session::TorrentSettings& pattern, const std::vector<std::string>& excluded);

}  // namespace bt::cli
