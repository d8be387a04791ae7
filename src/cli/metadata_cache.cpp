#include "cli/metadata_cache.hpp"

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "bt/crypto/sha1.hpp"
#include "bt/disk/small_file.hpp"
#include "bt/swarm/metadata_fetch.hpp"

namespace bt::cli {

namespace fs = std::filesystem;

fs::path MetadataCache::path_of(const InfoHash& info_hash) const {
    return folder_ / (to_hex(info_hash) + ".info");
}

std::optional<ByteVector> MetadataCache::find(const InfoHash& info_hash) const {
    if (folder_.empty()) return std::nullopt;
    auto bytes = disk::read_small_file(path_of(info_hash), swarm::MetadataFetch::kMaxSize);
    if (!bytes || crypto::sha1(*bytes) != info_hash.bytes) return std::nullopt;
    return std::move(*bytes);
}

void MetadataCache::keep(const InfoHash& info_hash, Bytes info) const {
    if (folder_.empty()) return;
    make_room();
    (void)disk::replace_small_file(path_of(info_hash), info);
}

void MetadataCache::make_room() const {
    std::error_code ec;
    std::vector<std::pair<fs::file_time_type, fs::path>> files;
    for (fs::directory_iterator at(folder_, ec), end; !ec && at != end; at.increment(ec)) {
        if (at->path().extension() != ".info") continue;
        std::error_code gone;
        files.emplace_back(at->last_write_time(gone), at->path());
    }
    if (files.size() < kMaxKept) return;
    std::ranges::sort(files);
    files.resize(files.size() - kMaxKept + 1);
    for (const auto& [time, path] : files)
        fs::remove(path, ec);
}

fs::path state_folder() {
    const auto variable = [](const char* name) {
        const char* const value = std::getenv(name);
        return std::string_view(value == nullptr ? "" : value);
    };
    // The specification has relative paths ignored.
    if (const auto state = variable("XDG_STATE_HOME"); state.starts_with('/')) {
        return fs::path(state) / "bt";
    }
    if (const auto home = variable("HOME"); home.starts_with('/')) {
        return fs::path(home) / ".local/state/bt";
    }
    return {};
}

fs::path metadata_folder() {
    const auto state = state_folder();
    return state.empty() ? state : state / "metadata";
}

}  // namespace bt::cli
