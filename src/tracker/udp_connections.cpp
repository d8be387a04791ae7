#include "bt/tracker/udp_connections.hpp"

namespace bt::tracker {

std::optional<UdpConnection> UdpConnections::find(const Endpoint& tracker, TimePoint now) {
    std::erase_if(kept_, [&](const Kept& kept) { return now >= kept.connection.expires; });
    for (const auto& kept : kept_) {
        if (kept.tracker != tracker) continue;
        const auto found = kept.connection;
        keep(tracker, found);  // as the most recently used one
        return found;
    }
    return std::nullopt;
}

void UdpConnections::keep(const Endpoint& tracker, const UdpConnection& connection) {
    forget(tracker);
    if (kept_.size() == kMaxKept) kept_.erase(kept_.begin());
    kept_.push_back({tracker, connection});
}

void UdpConnections::forget(const Endpoint& tracker) {
    std::erase_if(kept_, [&](const Kept& kept) { return kept.tracker == tracker; });
}

}  // namespace bt::tracker
