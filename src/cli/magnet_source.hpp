// Sources that name a torrent without having it: magnet links and bare info-hashes.
#pragma once

#include <optional>
#include <string>

#include "bt/core/result.hpp"
#include "bt/metainfo/magnet.hpp"
#include "bt/session/session.hpp"

namespace bt::cli {

/// Nothing if `source` is no link, nor a hash that is not the name of a file. Errc::magnet;
/// unsupported for a torrent of v2 alone.
[[nodiscard]] std::optional<Result<metainfo::Magnet>> as_magnet(const std::string& source);

/// What a line or log calls it until its own name is known. Escaped.
[[nodiscard]] std::string magnet_name(const metainfo::Magnet& magnet);

/// The trackers of the link without those that `excluded` names; "*" names all.
void drop_trackers(metainfo::Magnet& magnet, const std::vector<std::string>& excluded);

/// BEP 53: the files that the link selects, if the user has made no choice. Of indexes that no file
/// has nothing is made.
void select_files(const metainfo::Magnet& magnet, session::TorrentSettings& torrent);

}  // namespace bt::cli
