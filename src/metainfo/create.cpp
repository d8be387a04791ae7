#include "bt/metainfo/create.hpp"

#include <utility>

#include "bt/bencode/writer.hpp"
#include "bt/core/assert.hpp"
#include "metainfo/fields.hpp"

namespace bt::metainfo {

namespace {

using bencode::Writer;

Result<void> check(const NewTorrent& torrent) {
    if (torrent.name.empty()) return bad_torrent("it has no name");
    if (torrent.files.empty()) return bad_torrent("it has no file");
    if (torrent.single_file && torrent.files.size() != 1) {
        return bad_torrent("a single file is not several");
    }
    if (torrent.piece_length == 0 || torrent.piece_length > kMaxPieceLength) {
        return bad_torrent("the piece length is not 1 byte to 512 MiB");
    }
    std::uint64_t total = 0;
    for (const auto& file : torrent.files) {
        if (!torrent.single_file && file.path.empty()) return bad_torrent("a file has no path");
        if (file.length > kMaxTotalLength - total) return bad_torrent("it is larger than 256 TiB");
        total += file.length;
    }
    const auto pieces = total == 0 ? 0 : (total - 1) / torrent.piece_length + 1;
    if (pieces > kMaxPieces) return bad_torrent("it has more than 2097152 pieces");
    if (pieces != torrent.piece_hashes.size()) {
        return bad_torrent("it has " + std::to_string(torrent.piece_hashes.size()) +
                           " piece hashes for " + std::to_string(pieces) + " pieces");
    }
    return {};
}

void write_strings(Writer& writer, const std::vector<std::string>& strings) {
    writer.begin_list();
    for (const auto& text : strings)
        writer.string(text);
    writer.end();
}

/// The keys of the root that come before "info". `Torrent` is a NewTorrent or a Metainfo.
template <class Torrent>
void write_before_info(Writer& writer, const Torrent& torrent) {
    if (!torrent.trackers.empty() && !torrent.trackers[0].empty()) {
        writer.key("announce").string(torrent.trackers[0][0]);
        writer.key("announce-list").begin_list();
        for (const auto& tier : torrent.trackers)
            write_strings(writer, tier);
        writer.end();
    }
    if (torrent.comment) writer.key("comment").string(*torrent.comment);
    if (torrent.created_by) writer.key("created by").string(*torrent.created_by);
    if (torrent.creation_date) writer.key("creation date").integer(*torrent.creation_date);
}

void write_web_seeds(Writer& writer, const std::vector<std::string>& seeds) {
    if (seeds.empty()) return;
    writer.key("url-list");
    write_strings(writer, seeds);
}

void write_info(Writer& writer, const NewTorrent& torrent) {
    writer.begin_dictionary();
    if (torrent.single_file) {
        writer.key("length").integer(static_cast<std::int64_t>(torrent.files[0].length));
    } else {
        writer.key("files").begin_list();
        for (const auto& file : torrent.files) {
            writer.begin_dictionary();
            writer.key("length").integer(static_cast<std::int64_t>(file.length)).key("path");
            write_strings(writer, file.path);
            writer.end();
        }
        writer.end();
    }
    writer.key("name").string(torrent.name);
    writer.key("piece length").integer(torrent.piece_length);
    writer.key("pieces").string(std::as_bytes(std::span(torrent.piece_hashes)));
    if (torrent.is_private) writer.key("private").integer(1);
    if (torrent.source) writer.key("source").string(*torrent.source);
    writer.end();
}

}  // namespace

Result<ByteVector> build_torrent(const NewTorrent& torrent) {
    if (const auto checked = check(torrent); !checked) return checked.error();
    Writer writer;
    writer.begin_dictionary();
    write_before_info(writer, torrent);
    writer.key("info");
    write_info(writer, torrent);
    write_web_seeds(writer, torrent.web_seeds);
    writer.end();
    return std::move(writer).take();
}

ByteVector torrent_file(const Metainfo& torrent) {
    BT_ASSERT(torrent.info_dictionary);
    Writer writer;
    writer.begin_dictionary();
    write_before_info(writer, torrent);
    writer.key("info").raw(torrent.info_bytes());
    if (!torrent.nodes.empty()) {
        writer.key("nodes").begin_list();
        for (const auto& [host, port] : torrent.nodes)
            writer.begin_list().string(host).integer(port).end();
        writer.end();
    }
    write_web_seeds(writer, torrent.web_seeds);
    writer.end();
    return std::move(writer).take();
}

}  // namespace bt::metainfo
