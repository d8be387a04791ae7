// An accepted torrent holds together: files, pieces and hashes agree, and its paths are safe.
#include <cstdint>
#include <string>
#include <vector>

#include "bt/core/assert.hpp"
#include "bt/metainfo/magnet.hpp"
#include "bt/metainfo/metainfo.hpp"
#include "bt/metainfo/sanitize.hpp"
#include "safe_paths.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace bt::metainfo;
    const auto torrent = parse(std::as_bytes(std::span(data, size)));
    if (!torrent) {
        const auto& message = torrent.error().message;
        BT_ASSERT(!message.empty() && bt::fuzz::is_clean(message));
        return 0;
    }
    BT_ASSERT(torrent->piece_hashes.size() == torrent->layout.piece_count());
    BT_ASSERT(!torrent->name.empty() && sanitize_name(torrent->name) == torrent->name);
    std::uint64_t offset = 0;
    std::vector<std::string> files;
    for (const auto& file : torrent->files) {
        BT_ASSERT(file.offset == offset);
        offset += file.length;
        bt::fuzz::check_path(file.path);
        BT_ASSERT(torrent->single_file ? file.path == torrent->name
                                       : file.path.starts_with(torrent->name + "/"));
        if (!file.pad) files.push_back(file.path);
    }
    bt::fuzz::check_apart(files);
    BT_ASSERT(offset == torrent->layout.total_length());
    BT_ASSERT(torrent->payload_length() <= offset);
    std::uint64_t sum = 0;
    for (const auto& slice : slices(torrent->files, 0, offset))
        sum += slice.length;
    BT_ASSERT(sum == offset);
    (void)magnet_link(*torrent);
    return 0;
}
