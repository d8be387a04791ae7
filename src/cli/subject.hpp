// Subject: the torrent that an event is about, in the little that is kept of each to the end of a
// run. A value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "bt/core/ids.hpp"

namespace bt::cli {

struct Subject {
    std::string source = {};  // as typed
    // Of a source that could be loaded:
    std::optional<InfoHash> info_hash = std::nullopt;
    std::string name = {};     // raw
    std::string path = {};     // where its file or top folder is, or will be: absolute
    std::uint64_t length = 0;  // bytes of the files that are wanted
};

}  // namespace bt::cli
