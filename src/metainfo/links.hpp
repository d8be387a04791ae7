// Where a torrent says that its peers are to be found: trackers, web seeds and DHT nodes. What
// cannot be used is left out; none of it makes a torrent unusable.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bt/bencode/document.hpp"

namespace bt::metainfo {

/// The URL of a tracker as it was written, without the space around it; nothing when it cannot be
/// used.
[[nodiscard]] std::optional<std::string> tracker_url(std::string_view text);
/// The same of a web seed, with its spaces escaped: file names within have them in the wild.
[[nodiscard]] std::optional<std::string> web_seed_url(std::string_view text);

/// The tiers of announce-list (BEP 12), or announce as the only one when there are none. At most
/// kMaxTrackers in all, none twice, no empty tier.
[[nodiscard]] std::vector<std::vector<std::string>> read_trackers(const bencode::Value& root);

/// url-list (BEP 19): http and https, at most kMaxWebSeeds, none twice.
[[nodiscard]] std::vector<std::string> read_web_seeds(const bencode::Value& root);

/// nodes (BEP 5), at most kMaxNodes.
[[nodiscard]] std::vector<std::pair<std::string, std::uint16_t>> read_nodes(
    const bencode::Value& root);

}  // namespace bt::metainfo
