#include "bt/tracker/announce.hpp"

#include <algorithm>

#include "bt/text/escape.hpp"

namespace bt::tracker {

Duration clamp_interval(std::int64_t seconds) {
    constexpr auto least = std::chrono::duration_cast<std::chrono::seconds>(kMinInterval).count();
    constexpr auto most = std::chrono::duration_cast<std::chrono::seconds>(kMaxInterval).count();
    return std::chrono::seconds(std::clamp<std::int64_t>(seconds, least, most));
}

AnnounceFailure tracker_said(std::string_view words) {
    return {fail(Errc::protocol, "tracker said \"" + text::escape(words) + "\""), std::nullopt};
}

void keep_usable_peers(std::vector<Endpoint>& peers) {
    std::erase_if(
        peers, [](const Endpoint& peer) { return peer.port == 0 || !peer.address.is_unicast(); });
    if (peers.size() > kMaxReplyPeers) peers.resize(kMaxReplyPeers);
}

}  // namespace bt::tracker
