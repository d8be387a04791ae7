// DhtStateFile: where the DHT keeps its nodes between runs. Owned by the DHT service; reads and
// writes on the calling thread, a few kilobytes, without waiting for the device.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include "bt/dht/state_file.hpp"

namespace bt::session {

class DhtStateFile {
public:
    /// With fewer good nodes than this, a run has not seen enough to drop those that an earlier one
    /// has kept.
    static constexpr std::size_t kEnough = 64;

    /// An empty path: nothing is read or written.
    explicit DhtStateFile(std::filesystem::path path) : path_(std::move(path)) {}

    /// What an earlier run has kept. Nothing if there is none, or the file is damaged.
    [[nodiscard]] std::optional<dht::SavedNodes> read();
    /// Keeps our id, these nodes, and for want of good nodes those that were read. Without any it
    /// leaves the file as it is. A failure is logged: the next run begins without nodes.
    void write(const dht::NodeId& own, std::vector<dht::NodeInfo> good);

private:
    std::filesystem::path path_;
    std::vector<dht::NodeInfo> earlier_;
};

}  // namespace bt::session
