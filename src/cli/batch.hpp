// The sources of one command, handed to its Run.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/run.hpp"
#include "cli/task.hpp"

namespace bt::cli {

/// Adds `sources`, which all want the same. Only standard input is read now.
void add_sources(Run& run, const std::vector<std::string>& sources,
                 const std::shared_ptr<const TaskSettings>& wanted);

}  // namespace bt::cli
