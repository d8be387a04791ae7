#include "bt/metainfo/metainfo.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "bt/bencode/document.hpp"
#include "bt/crypto/sha1.hpp"
#include "bt/crypto/sha256.hpp"
#include "bt/metainfo/sanitize.hpp"
#include "bt/text/utf8.hpp"
#include "metainfo/fields.hpp"
#include "metainfo/file_list.hpp"
#include "metainfo/links.hpp"

namespace bt::metainfo {

namespace {

using bencode::Document;
using bencode::Value;

constexpr std::size_t kHashBytes = std::tuple_size_v<Sha1Digest>;

/// The info dictionary of the root, by its place there: the bytes "4:info" can occur in a name.
Result<Value> find_info(const Value& root) {
    if (!root.is_dictionary()) return bad_torrent("it is no dictionary");
    const auto info = root.find("info");
    if (!info) {
        return bad_torrent(root.find("magnet-info") ? "it has a magnet link in place of 'info'"
                                                    : "it has no 'info'");
    }
    const auto entries = root.entries();
    if (std::count_if(entries.begin(), entries.end(),
                      [](const auto& entry) { return entry.key == "info"; }) > 1) {
        return bad_torrent("it has 'info' twice");
    }
    return info;
}

/// BEP 52. A hybrid has the v1 fields too, and is loaded by them.
bool has_v2(const Value& info) {
    return info.find("meta version").integer() == 2 || info.find("file tree");
}

/// The torrent's own name where it has one: what is left of "..", "//" or control characters is
/// none.
std::string torrent_name(const Value& info, const InfoHash& hash) {
    const auto raw = find_text(info, "name").string().value_or("");
    auto name = sanitize_name(raw);
    if (name != raw && name.find_first_not_of("_. ") == std::string::npos) name.clear();
    return name.empty() ? to_hex(hash) : name;
}

Result<std::uint32_t> read_piece_length(const Value& info) {
    const auto length = info.find("piece length").integer();
    if (!length) return bad_torrent("'piece length' is missing or no number");
    if (*length < 1 || *length > kMaxPieceLength) {
        return bad_torrent("'piece length' is not 1 byte to 512 MiB");
    }
    return static_cast<std::uint32_t>(*length);
}

Result<std::vector<Sha1Digest>> read_piece_hashes(const Value& info, std::uint64_t total_length,
                                                  std::uint32_t piece_length) {
    const auto bytes = info.find("pieces").bytes();
    if (!bytes) return bad_torrent("'pieces' is missing or no string");
    if (bytes->size() % kHashBytes != 0) {
        return bad_torrent("'pieces' has " + std::to_string(bytes->size()) +
                           " bytes, no multiple of 20");
    }
    const auto count = bytes->size() / kHashBytes;
    // Some writers hash the nothing of an empty torrent.
    if (total_length == 0 && count <= 1) return std::vector<Sha1Digest>{};
    const auto expected = total_length == 0 ? 0 : (total_length - 1) / piece_length + 1;
    if (count != expected) {
        return bad_torrent("it has " + std::to_string(count) + " piece hashes for " +
                           std::to_string(expected) + " pieces");
    }
    if (count > kMaxPieces) return bad_torrent("it has more than 2097152 pieces");
    std::vector<Sha1Digest> hashes(count);
    if (count > 0) std::memcpy(hashes.data(), bytes->data(), bytes->size());
    return hashes;
}

std::optional<std::string> read_comment(const Value& root, std::string_view key) {
    const auto text = find_text(root, key).string();
    if (!text) return std::nullopt;
    return std::string(text::utf8_prefix(*text, kMaxCommentBytes));
}

/// All that the info dictionary says.
Result<Metainfo> read_info(const Value& info) {
    if (!info.is_dictionary()) return bad_torrent("'info' is no dictionary");
    // Clients would disagree on what it means while they agree on its hash.
    if (bencode::has_duplicate_keys(info)) return bad_torrent("'info' has a key twice");
    Metainfo out;
    const auto raw = info.raw();
    out.info_hash.bytes = crypto::sha1(raw);
    if (has_v2(info)) {
        if (!info.find("pieces")) {
            return fail(Errc::unsupported, "BitTorrent v2-only torrent, not supported");
        }
        out.info_hash_v2 = crypto::sha256(raw);
    }
    if (!find_text(info, "name").is_string()) return bad_torrent("'name' is missing or no string");
    out.name = torrent_name(info, out.info_hash);
    out.is_private = info.find("private").integer().value_or(0) != 0;

    const auto piece_length = read_piece_length(info);
    if (!piece_length) return piece_length.error();
    auto list = read_files(info, out.name);
    if (!list) return list.error();
    auto hashes = read_piece_hashes(info, list->total_length, *piece_length);
    if (!hashes) return hashes.error();
    out.layout = PieceLayout(*piece_length, list->total_length);
    out.piece_hashes = std::move(*hashes);
    out.files = std::move(list->files);
    out.single_file = list->single_file;
    out.info_dictionary = std::make_shared<const ByteVector>(raw.begin(), raw.end());
    return out;
}

/// What stands beside the info dictionary: none of it can make the torrent unusable.
void read_surroundings(const Value& root, Metainfo& out) {
    out.trackers = read_trackers(root);
    out.web_seeds = read_web_seeds(root);
    out.nodes = read_nodes(root);
    out.comment = read_comment(root, "comment");
    out.created_by = read_comment(root, "created by");
    out.creation_date = root.find("creation date").integer();
}

}  // namespace

bencode::Value find_text(const Value& dictionary, std::string_view key) {
    const auto modern = dictionary.find(std::string(key) + ".utf-8");
    const auto text = modern.string();
    return text && !text->empty() && text::is_utf8(*text) ? modern : dictionary.find(key);
}

std::uint64_t Metainfo::payload_length() const {
    std::uint64_t sum = 0;
    for (const auto& file : files) {
        if (file.is_wanted()) sum += file.length;
    }
    return sum;
}

Result<Metainfo> parse(Bytes torrent) {
    if (torrent.size() > kMaxTorrentBytes) return bad_torrent("it is larger than 64 MiB");
    const auto document = Document::parse(torrent, bencode::kTorrentRules);
    if (!document) return document.error();
    const auto root = document->root();
    const auto found = find_info(root);
    if (!found) return found.error();
    auto out = read_info(*found);
    if (!out) return out;
    read_surroundings(root, *out);
    out->trailing_bytes = document->trailing().size();
    return out;
}

Result<Metainfo> parse_info_dictionary(Bytes info) {
    if (info.size() > kMaxTorrentBytes) return bad_torrent("it is larger than 64 MiB");
    const auto document = Document::parse(info, bencode::kTorrentRules);
    if (!document) return document.error();
    if (!document->trailing().empty()) return bad_torrent("bytes follow its 'info'");
    return read_info(document->root());
}

}  // namespace bt::metainfo
