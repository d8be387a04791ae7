#include "cli/task.hpp"

#include <algorithm>
#include <utility>

#include "bt/text/url.hpp"

namespace bt::cli {

namespace {

bool same_url(const std::string& a, const std::string& b) {
    if (a == b) return true;
    const auto left = text::Url::parse(a);
    const auto right = text::Url::parse(b);
    return left && right && *left == *right;
}

}  // namespace

bool is_excluded(const std::string& url, const std::vector<std::string>& excluded) {
    return std::any_of(excluded.begin(), excluded.end(), [&](const std::string& other) {
        return other == "*" || same_url(other, url);
    });
}

std::shared_ptr<const metainfo::Metainfo> without_trackers(
    std::shared_ptr<const metainfo::Metainfo> torrent, const std::vector<std::string>& excluded) {
    if (excluded.empty()) return torrent;
    auto copy = std::make_shared<metainfo::Metainfo>(*torrent);
    for (auto& tier : copy->trackers)
        std::erase_if(tier, [&](const std::string& url) { return is_excluded(url, excluded); });
    std::erase_if(copy->trackers, [](const auto& tier) { return tier.empty(); });
    return copy;
}

Result<session::TorrentSettings> torrent_settings(
    const TaskSettings& wanted, std::shared_ptr<const metainfo::Metainfo> torrent) {
    auto out = wanted.torrent;
    out.metainfo = without_trackers(std::move(torrent), wanted.excluded_trackers);
    if (const auto applied = apply(wanted.files, out); !applied) return applied.error();
    return out;
}

}  // namespace bt::cli
