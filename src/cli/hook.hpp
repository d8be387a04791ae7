// Hook: a command of the user's for a torrent that has come to its end. A value; starting it blocks
// for as long as the kernel needs to make a process.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "bt/core/result.hpp"

namespace bt::cli {

struct Hook {
    std::string option;   // "--on-complete": what messages call it
    std::string command;  // for /bin/sh -c
    /// Where it runs; where we do, if this is not there.
    std::filesystem::path directory;
    std::vector<std::pair<std::string, std::string>> environment;  // beside our own
    std::vector<std::string> files;  // each ended by a NUL on its standard input
};

/// Runs the hook in a process group of its own, so that it and what it starts can be ended
/// together. What it prints goes to standard error: standard output is for data. It has no
/// descriptor of ours, and SIGPIPE is as the system has it. Its standard input is a file in memory:
/// whether and when it reads concerns nobody. Errc::other.
[[nodiscard]] Result<pid_t> start(const Hook& hook);

/// What `status` of waitpid() says against `hook`, or nothing if it did well.
[[nodiscard]] Result<> judge(const Hook& hook, int status);

}  // namespace bt::cli
