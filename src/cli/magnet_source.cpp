#include "cli/magnet_source.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "bt/text/escape.hpp"
#include "cli/task.hpp"

namespace bt::cli {

std::optional<Result<metainfo::Magnet>> as_magnet(const std::string& source) {
    if (!metainfo::is_magnet_link(source)) {
        std::error_code ec;
        if (!metainfo::is_bare_hash(source) || std::filesystem::exists(source, ec)) {
            return std::nullopt;
        }
    }
    auto magnet = metainfo::parse_magnet(source);
    if (!magnet) return magnet;
    if (const auto joinable = metainfo::hash_to_join(*magnet); !joinable) return joinable.error();
    return magnet;
}

std::string magnet_name(const metainfo::Magnet& magnet) {
    return magnet.name.empty() ? to_hex(*magnet.info_hash) : text::escape(magnet.name);
}

void drop_trackers(metainfo::Magnet& magnet, const std::vector<std::string>& excluded) {
    std::erase_if(magnet.trackers,
                  [&](const std::string& url) { return is_excluded(url, excluded); });
}

void select_files(const metainfo::Magnet& magnet, session::TorrentSettings& torrent) {
    const auto count = torrent.metainfo->files.size();
    std::vector<bool> selection(count);
    bool any = false;
    for (const auto& [first, last] : magnet.selected) {
        for (std::size_t i = first; i <= last && i < count; ++i) {
            selection[i] = true;
            any = any || !torrent.metainfo->files[i].pad;
        }
    }
    if (any) torrent.selection = std::move(selection);
}

}  // namespace bt::cli
