// The sources of one command, handed to its Run.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bt/core/result.hpp"
#include "cli/run.hpp"
#include "cli/task.hpp"
#include "cli/torrent_options.hpp"

namespace bt::cli {

/// Adds `sources`, which all want the same. Only standard input is read now.
void add_sources(Run& run, const std::vector<std::string>& sources,
                 const std::shared_ptr<const TaskSettings>& wanted);

/// What the list in `file` names ("-": standard input); sources that give no options of their own
/// want what `options` say. Errc::not_found: the file cannot be read. Errc::option: something in it
/// is wrong; the message names file and line.
[[nodiscard]] Result<std::vector<Task>> read_list(const std::string& file,
                                                  const TorrentOptions& options);

}  // namespace bt::cli
