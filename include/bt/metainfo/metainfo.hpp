// Metainfo: what a .torrent file says (BEP 3, 5, 12, 19, 27, 47; the v1 side of BEP 52 hybrids).
// A value: immutable once parsed, shared by const reference or shared_ptr<const>.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bt/core/bytes.hpp"
#include "bt/core/ids.hpp"
#include "bt/core/result.hpp"
#include "bt/metainfo/layout.hpp"

namespace bt::metainfo {

/// Limits on what is accepted; one past each is refused, or left out where a list names many.
inline constexpr std::size_t kMaxTorrentBytes = 64u << 20;
inline constexpr std::uint32_t kMaxPieces = 2'097'152;
inline constexpr std::uint32_t kMaxPieceLength = 512u << 20;
inline constexpr std::uint64_t kMaxTotalLength = (std::uint64_t{1} << 48) - 1;
inline constexpr std::size_t kMaxPathDepth = 100;
inline constexpr std::size_t kMaxTrackers = 100;
inline constexpr std::size_t kMaxWebSeeds = 100;
inline constexpr std::size_t kMaxNodes = 100;
/// A comment or created_by that is longer is cut.
inline constexpr std::size_t kMaxCommentBytes = 4096;

struct Metainfo {
    /// Sanitised: safe as the name of a file or folder. The info-hash in hex when the torrent's own
    /// name has nothing usable.
    std::string name;
    InfoHash info_hash;                        // of the original bytes of the info dictionary
    std::optional<Sha256Digest> info_hash_v2;  // BEP 52; set in hybrids
    PieceLayout layout;                        // total_length includes pad files
    std::vector<Sha1Digest> piece_hashes;
    std::vector<File> files;                         // in the torrent's order, pad files included
    bool single_file = false;                        // files[0].path == name
    bool is_private = false;                         // BEP 27
    std::vector<std::vector<std::string>> trackers;  // tiers (BEP 12); http, https and udp URLs
    std::vector<std::string> web_seeds;              // BEP 19
    std::vector<std::pair<std::string, std::uint16_t>> nodes;  // BEP 5: host, port
    std::optional<std::string> comment;                        // raw bytes: escape before showing
    std::optional<std::string> created_by;                     // raw bytes: escape before showing
    std::optional<std::int64_t> creation_date;                 // seconds since 1970
    /// The info dictionary as it was (BEP 9). Set by parsing, and shared by copies.
    std::shared_ptr<const ByteVector> info_dictionary;
    std::size_t trailing_bytes = 0;  // after the torrent in its file; ignored
    /// Pieces with bytes in the parts file: see selection.hpp. Ascending.
    std::vector<PieceIndex> shared_pieces;

    /// Bytes of the files that are wanted: the total without pad files, if all are.
    [[nodiscard]] std::uint64_t payload_length() const;
    /// The bytes of the info dictionary; empty if it was not parsed.
    [[nodiscard]] Bytes info_bytes() const {
        return info_dictionary ? Bytes(*info_dictionary) : Bytes();
    }
};

/// Parses a .torrent. Trackers, web seeds and nodes that cannot be used are left out. Errors:
/// Errc::bencode (not bencode), Errc::torrent (wrong or missing fields), Errc::unsupported (v2
/// only), each with a message that names the field.
[[nodiscard]] Result<Metainfo> parse(Bytes torrent);
/// Parses an info dictionary alone, as peers send it (BEP 9): a torrent without trackers or web
/// seeds. Errors as for parse(); bytes after the dictionary are one.
[[nodiscard]] Result<Metainfo> parse_info_dictionary(Bytes info);

}  // namespace bt::metainfo
