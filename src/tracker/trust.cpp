#include "bt/tracker/trust.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "bt/core/nearness.hpp"
#include "bt/text/percent.hpp"

namespace bt::tracker {

namespace {

constexpr std::array<std::string_view, 7> kAnnounceParameters{
    "info_hash", "peer_id", "port", "uploaded", "downloaded", "left", "event"};

/// `query` says already what only we have to say.
bool holds_an_announce(std::string_view query) {
    while (!query.empty()) {
        const auto one = query.substr(0, query.find_first_of("&;"));
        query.remove_prefix(std::min(one.size() + 1, query.size()));
        const auto name = one.substr(0, one.find('='));
        const auto plain = text::percent_decode(name);
        // What cannot be decoded may be read as anything.
        if (!plain) return true;
        if (std::find(kAnnounceParameters.begin(), kAnnounceParameters.end(), *plain) !=
            kAnnounceParameters.end()) {
            return true;
        }
    }
    return false;
}

std::string place_of(const IpAddress& address) {
    const auto text = address.to_string();
    switch (nearness(address)) {
        case Nearness::this_machine:
            return text + " is this machine";
        case Nearness::link:
            return text + " is a link-local address";
        case Nearness::internet:
        case Nearness::local_network:
            break;
    }
    return text + " is in the local network";
}

}  // namespace

std::optional<std::string> why_not_asked(const text::Url& url, const IpAddress& address) {
    // Unspecified addresses are judged as what they lead to.
    if (!address.is_unicast() && !is_local(address)) {
        return "not asked: " + address.to_string() + " is not the address of a host";
    }
    if (!is_local(address)) return std::nullopt;
    const bool no_path = url.scheme == "udp" && url.path == "/";
    if (!no_path && !url.path.ends_with("/announce")) {
        return "not asked: " + place_of(address) +
               " and the path does not end in /announce (--tracker URL allows it)";
    }
    if (holds_an_announce(url.query)) {
        return "not asked: " + place_of(address) +
               " and the URL brings parameters of an announce (--tracker URL allows it)";
    }
    return std::nullopt;
}

void drop_forged_peers(std::vector<Endpoint>& peers, const IpAddress& tracker) {
    if (is_local(tracker)) return;
    std::erase_if(peers, [](const Endpoint& peer) { return is_local(peer.address); });
}

}  // namespace bt::tracker
