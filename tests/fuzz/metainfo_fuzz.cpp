// An accepted torrent holds together: files, pieces and hashes agree, and its paths are safe.
#include <algorithm>
#include <cstdint>
#include <set>
#include <string>

#include "bt/core/assert.hpp"
#include "bt/metainfo/magnet.hpp"
#include "bt/metainfo/metainfo.hpp"
#include "bt/metainfo/sanitize.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace bt::metainfo;
    const auto torrent = parse(std::as_bytes(std::span(data, size)));
    if (!torrent) {
        BT_ASSERT(!torrent.error().message.empty());
        return 0;
    }
    BT_ASSERT(torrent->piece_hashes.size() == torrent->layout.piece_count());
    BT_ASSERT(!torrent->name.empty() && sanitize_name(torrent->name) == torrent->name);
    std::uint64_t offset = 0;
    std::set<std::string> paths;
    for (const auto& file : torrent->files) {
        BT_ASSERT(file.offset == offset);
        offset += file.length;
        BT_ASSERT(file.pad || paths.insert(file.path).second);
        BT_ASSERT(torrent->single_file ? file.path == torrent->name
                                       : file.path.starts_with(torrent->name + "/"));
        for (std::size_t at = 0; at <= file.path.size();) {
            const auto end = std::min(file.path.find('/', at), file.path.size());
            const auto name = file.path.substr(at, end - at);
            BT_ASSERT(!name.empty() && sanitize_name(name) == name);
            at = end + 1;
        }
    }
    BT_ASSERT(offset == torrent->layout.total_length());
    BT_ASSERT(torrent->payload_length() <= offset);
    std::uint64_t sum = 0;
    for (const auto& slice : slices(torrent->files, 0, offset))
        sum += slice.length;
    BT_ASSERT(sum == offset);
    (void)magnet_link(*torrent);
    return 0;
}
