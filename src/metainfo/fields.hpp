// Small helpers of the readers of a .torrent's fields.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bt/bencode/document.hpp"
#include "bt/core/result.hpp"

namespace bt::metainfo {

[[nodiscard]] inline Error bad_torrent(std::string why) {
    return fail(Errc::torrent, "not a usable torrent: " + std::move(why));
}

/// The string under `key`.utf-8 when there is one that is UTF-8, else that under `key`: how writers
/// of old gave names in two encodings.
[[nodiscard]] bencode::Value find_text(const bencode::Value& dictionary, std::string_view key);

}  // namespace bt::metainfo
