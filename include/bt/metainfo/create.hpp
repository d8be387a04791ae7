// Making a .torrent: the reverse of parse(), for payload that has been hashed already.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bt/core/bytes.hpp"
#include "bt/core/ids.hpp"
#include "bt/core/result.hpp"
#include "bt/metainfo/metainfo.hpp"

namespace bt::metainfo {

struct NewFile {
    std::vector<std::string> path;  // below the torrent's folder, at least one element
    std::uint64_t length = 0;       // bytes
};

struct NewTorrent {
    std::string name = {};
    std::vector<NewFile> files = {};
    bool single_file = false;        // files has one, and its path is not written: `name` is
    std::uint32_t piece_length = 0;  // bytes
    std::vector<Sha1Digest> piece_hashes = {};  // one for each piece of all files in a row
    std::vector<std::vector<std::string>> trackers = {};  // tiers (BEP 12)
    std::vector<std::string> web_seeds = {};              // BEP 19
    bool is_private = false;                              // BEP 27
    std::optional<std::string> source = {};  // of private trackers: in the info, so in its hash
    std::optional<std::string> comment = {};
    std::optional<std::string> created_by = {};
    std::optional<std::int64_t> creation_date = {};  // seconds since 1970
};

/// The bytes of a .torrent. Errc::torrent when the parts do not fit together: no file, no name, a
/// piece length of 0, as many hashes as there are not pieces.
[[nodiscard]] Result<ByteVector> build_torrent(const NewTorrent& torrent);

/// The bytes of a .torrent that says what a parsed one says, whose info dictionary, and so its
/// info-hash, is the same byte for byte: how a torrent that came by a magnet link is kept.
[[nodiscard]] ByteVector torrent_file(const Metainfo& torrent);

}  // namespace bt::metainfo
