// MetadataCache: info dictionaries that came from peers, by info-hash, so that a magnet link that
// was looked at once starts at once. A folder of small files in the user's state folder; what is
// damaged or missing counts as not there. Blocks, for a moment.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>

#include "bt/core/bytes.hpp"
#include "bt/core/ids.hpp"

namespace bt::cli {

class MetadataCache {
public:
    static constexpr std::size_t kMaxKept = 200;  // the oldest give way

    /// An empty folder: nothing is kept.
    explicit MetadataCache(std::filesystem::path folder) : folder_(std::move(folder)) {}

    /// Its bytes hash to `info_hash`.
    [[nodiscard]] std::optional<ByteVector> find(const InfoHash& info_hash) const;
    /// If it cannot be kept, it is not.
    void keep(const InfoHash& info_hash, Bytes info) const;

private:
    [[nodiscard]] std::filesystem::path path_of(const InfoHash& info_hash) const;
    void make_room() const;

    std::filesystem::path folder_;
};

/// $XDG_STATE_HOME/bt, else ~/.local/state/bt; empty if the environment names neither.
[[nodiscard]] std::filesystem::path state_folder();
/// Below it.
[[nodiscard]] std::filesystem::path metadata_folder();

}  // namespace bt::cli
