// Magnet links (BEP 9): the short name of a torrent.
#pragma once

#include <string>

#include "bt/metainfo/metainfo.hpp"

namespace bt::metainfo {

/// "magnet:?xt=urn:btih:...": with the v2 hash of a hybrid (BEP 52), the name and every tracker.
[[nodiscard]] std::string magnet_link(const Metainfo& torrent);

}  // namespace bt::metainfo
