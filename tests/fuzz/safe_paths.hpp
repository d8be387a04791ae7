// What makes the paths of a torrent safe, judged without the code under test.
#pragma once

#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "bt/core/assert.hpp"
#include "bt/metainfo/sanitize.hpp"
#include "plain_text.hpp"

namespace bt::fuzz {

inline std::vector<std::string_view> split(std::string_view text, char at) {
    std::vector<std::string_view> out;
    for (;;) {
        const auto end = text.find(at);
        out.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return out;
        text.remove_prefix(end + 1);
    }
}

/// Below the folder that it is put in, clean text, and nothing that sanitising would change again.
inline void check_path(const std::string& path) {
    const std::filesystem::path root = "/some/folder";
    const auto whole = (root / path).lexically_normal();
    BT_ASSERT(whole == root / path && whole.native().starts_with(root.native() + "/"));
    BT_ASSERT(is_clean(path) && path.find('\\') == std::string::npos);
    for (const auto name : split(path, '/')) {
        BT_ASSERT(!name.empty() && name != "." && name != ".." && name.size() <= 255);
        BT_ASSERT(metainfo::sanitize_name(name) == name);
    }
}

/// No two alike, none a folder of another. `files` in the order of the torrent.
inline void check_apart(const std::vector<std::string>& files) {
    std::set<std::string> all;
    std::set<std::string> folders;
    for (const auto& file : files) {
        BT_ASSERT(all.insert(file).second);
        for (auto at = file.find('/'); at != std::string::npos; at = file.find('/', at + 1))
            folders.insert(file.substr(0, at));
    }
    for (const auto& file : files)
        BT_ASSERT(!folders.contains(file));
}

}  // namespace bt::fuzz
