// Magnet links (BEP 9, 53): the short name of a torrent, read and written. A Magnet is a value.
//
// A link comes from anywhere: nothing in it is fetched, resolved or used as a path, and what it
// lists is bounded. What a parameter says wrongly costs that parameter; only the hash must be good.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bt/core/endpoint.hpp"
#include "bt/core/ids.hpp"
#include "bt/core/result.hpp"
#include "bt/metainfo/metainfo.hpp"

namespace bt::metainfo {

/// A longer link is refused. Trackers and web seeds are bounded as those of a torrent.
inline constexpr std::size_t kMaxMagnetBytes = 64u << 10;
inline constexpr std::size_t kMaxMagnetPeers = 100;
/// Ranges of `so`, and the greatest index in them: what is past either is left out.
inline constexpr std::size_t kMaxMagnetRanges = 1000;
inline constexpr std::uint32_t kMaxMagnetFile = 999'999;
/// A name that is longer is cut.
inline constexpr std::size_t kMaxMagnetName = 1024;

struct Magnet {
    std::optional<InfoHash> info_hash;         // urn:btih, in hex or base32
    std::optional<Sha256Digest> info_hash_v2;  // urn:btmh (BEP 52); one of both is set
    std::string name;                          // dn, raw bytes: to be escaped before showing
    std::vector<std::string> trackers;         // tr; http, https and udp URLs
    std::vector<Endpoint> peers;               // x.pe; numeric, not this machine's
    std::vector<std::string> web_seeds;        // ws; http and https URLs
    /// so (BEP 53): first and last index, from 0, of files that are wanted; none: all are. They may
    /// overlap, and are not checked against the files, which nobody knows yet.
    std::vector<std::pair<std::uint32_t, std::uint32_t>> selected;

    friend bool operator==(const Magnet&, const Magnet&) = default;
};

/// Begins as a link does: whoever wrote it meant no file.
[[nodiscard]] bool is_magnet_link(std::string_view text);
/// 40 hex digits, 32 of base32, or a v2 hash of 64 hex digits, with 1220 before them or not. A file
/// can bear such a name.
[[nodiscard]] bool is_bare_hash(std::string_view text);

/// Reads a link or a bare hash. Errc::magnet, with one line for a person, when it has no hash that
/// can be used or more than one of a kind. A link of a v2-only torrent is read: see hash_to_join().
[[nodiscard]] Result<Magnet> parse_magnet(std::string_view text);
/// The hash to join swarms by. Errc::unsupported when the torrent is v2-only.
[[nodiscard]] Result<InfoHash> hash_to_join(const Magnet& magnet);
/// The torrent of a link, once its info dictionary has come: with the trackers, each a tier of its
/// own, and the web seeds of the link. Errors as of parse_info_dictionary(), and Errc::mismatch
/// when the dictionary is that of another torrent.
[[nodiscard]] Result<Metainfo> join(const Magnet& magnet, Bytes info_dictionary);

/// The link that parse_magnet() reads back. At least one hash is set.
[[nodiscard]] std::string to_link(const Magnet& magnet);
/// "magnet:?xt=urn:btih:...": with the v2 hash of a hybrid (BEP 52), the name and every tracker.
[[nodiscard]] std::string magnet_link(const Metainfo& torrent);

}  // namespace bt::metainfo
