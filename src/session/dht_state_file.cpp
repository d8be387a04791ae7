#include "session/dht_state_file.hpp"

#include <unordered_set>

#include "bt/disk/small_file.hpp"
#include "bt/session/log.hpp"

namespace bt::session {

std::optional<dht::SavedNodes> DhtStateFile::read() {
    if (path_.empty()) return std::nullopt;
    const auto bytes = disk::read_small_file(path_, dht::kMaxStateBytes);
    if (!bytes) {
        if (bytes.error().code != Errc::not_found) log::debug("DHT: ", bytes.error().message);
        return std::nullopt;
    }
    auto saved = dht::parse_nodes(*bytes);
    if (!saved) {
        log::debug("DHT: ", saved.error().message);
        return std::nullopt;
    }
    earlier_ = saved->nodes;
    return std::move(*saved);
}

void DhtStateFile::write(const dht::NodeId& own, std::vector<dht::NodeInfo> good) {
    if (path_.empty() || good.empty()) return;
    if (good.size() < kEnough) {
        std::unordered_set<Endpoint> known;
        for (const auto& node : good)
            known.insert(node.endpoint);
        for (const auto& node : earlier_)
            if (known.insert(node.endpoint).second) good.push_back(node);
    }
    const auto written = disk::replace_small_file(path_, dht::encode_nodes(own, good));
    if (!written) log::info("DHT: ", written.error().message);
}

}  // namespace bt::session
