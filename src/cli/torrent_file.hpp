// Writes a .torrent where the user wants it: bt create, --save-torrent.
#pragma once

#include <string>

#include "bt/core/bytes.hpp"
#include "bt/core/result.hpp"

namespace bt::cli {

/// What is written to and not made: /dev/stdout, a pipe.
[[nodiscard]] bool is_device(const std::string& path);

/// "-" is standard output. A file that is the same already is left as it is; what could not be
/// written whole is removed. Errc::in_the_way: another stands there, and `overwrite` is not set;
/// create_failed, no_space, io_failed.
[[nodiscard]] Result<> write_torrent(const std::string& path, Bytes torrent, bool overwrite);

}  // namespace bt::cli
