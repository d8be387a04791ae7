#include "disk/folder_table.hpp"

#include <functional>
#include <unordered_map>

#include "bt/text/escape.hpp"

namespace bt::disk {
namespace {

// A folder is looked up by its parent and its own name: deep trees then cost a short hash a level,
// not a hash of the whole path.
struct Key {
    std::uint32_t parent;
    std::string_view name;
    friend bool operator==(const Key&, const Key&) = default;
};

struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept {
        return std::hash<std::string_view>{}(key.name) ^ (key.parent * 0x9e3779b97f4a7c15U);
    }
};

bool usable(std::string_view name) {
    return !name.empty() && name != "." && name != ".." && name.find('\0') == std::string::npos;
}

}  // namespace

Result<FolderTable> FolderTable::make(std::span<const metainfo::File> files) {
    FolderTable table;
    std::unordered_map<Key, std::uint32_t, KeyHash> known;  // names point into `files`
    std::string_view last_parent;
    std::uint32_t last_folder = 0;
    table.places_.reserve(files.size());
    for (const auto& file : files) {
        if (file.pad) {
            table.places_.emplace_back();  // never looked at
            continue;
        }
        const std::string_view path = file.path;
        const auto name_at = path.rfind('/') + 1;  // npos + 1 == 0
        const auto parent = path.substr(0, name_at);
        bool good = usable(path.substr(name_at));
        std::uint32_t folder = 0;
        if (parent == last_parent) {
            folder = last_folder;
        } else {
            for (std::size_t at = 0; at < parent.size() && good;) {
                const auto end = parent.find('/', at);
                const auto name = parent.substr(at, end - at);
                good = usable(name);
                const auto next = static_cast<std::uint32_t>(table.folders_.size());
                const auto [found, is_new] = known.try_emplace(Key{folder, name}, next);
                if (is_new) table.folders_.push_back({folder, std::string(name)});
                folder = found->second;
                at = end + 1;
            }
        }
        if (!good) {
            return fail(Errc::torrent, "the torrent has a file of the unusable name '" +
                                           text::escape(path) + '\'');
        }
        last_parent = parent;
        last_folder = folder;
        table.places_.push_back({folder, static_cast<std::uint32_t>(name_at)});
    }
    return table;
}

std::string FolderTable::path(std::uint32_t folder) const {
    std::vector<std::uint32_t> chain;
    for (; folder != 0; folder = folders_[folder].parent)
        chain.push_back(folder);
    std::string out;
    for (auto at = chain.rbegin(); at != chain.rend(); ++at) {
        if (!out.empty()) out += '/';
        out += folders_[*at].name;
    }
    return out.empty() ? "." : out;
}

}  // namespace bt::disk
