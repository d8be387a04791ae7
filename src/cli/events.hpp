// The events of a run as JSON (NDJSON): one object each, without a line end. Pure.
//
// Every event begins with "type" and "time" (seconds since 1970), then "info_hash" where one
// torrent is meant and known. Sizes are bytes, rates bytes a second; files count from 1. Valid JSON
// whatever a torrent's bytes are. README.md has the schema.
#pragma once

#include <span>
#include <string>

#include "bt/metainfo/metainfo.hpp"
#include "cli/subject.hpp"
#include "cli/view.hpp"

namespace bt::cli::events {

/// Seconds since 1970.
using Time = double;

/// The turn of a source has come.
[[nodiscard]] std::string start(Time time, const Subject& subject);
/// What it is. `wanted` says it of each file; no entry: all are.
[[nodiscard]] std::string metadata(Time time, const Subject& subject,
                                   const metainfo::Metainfo& torrent,
                                   const std::vector<bool>& wanted);
/// What was on disk is known.
[[nodiscard]] std::string checked(Time time, const Subject& subject,
                                  const session::TorrentStatus& status, double seconds);
[[nodiscard]] std::string progress(Time time, const Subject& subject,
                                   const session::TorrentStatus& status);
[[nodiscard]] std::string file_complete(Time time, const Subject& subject,
                                        const metainfo::Metainfo& torrent, FileIndex file);
/// All that is wanted is there.
[[nodiscard]] std::string complete(Time time, const Subject& subject,
                                   const session::TorrentStatus& status);
[[nodiscard]] std::string error(Time time, const ResultRow& row);
[[nodiscard]] std::string summary(Time time, std::span<const ResultRow> rows);

}  // namespace bt::cli::events
