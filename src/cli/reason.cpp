#include "cli/reason.hpp"

#include <algorithm>

#include "bt/text/escape.hpp"
#include "cli/figures.hpp"

namespace bt::cli {

namespace {

using session::TrackerState;
using session::TrackerStatus;

const TrackerStatus* first(const session::TorrentStatus& status, TrackerState state) {
    const auto at =
        std::find_if(status.trackers.begin(), status.trackers.end(),
                     [&](const TrackerStatus& tracker) { return tracker.state == state; });
    return at == status.trackers.end() ? nullptr : &*at;
}

/// "tracker.example answered \"unregistered torrent\"", "tracker.example: connection refused".
std::string failure_of(const TrackerStatus& tracker) {
    constexpr std::string_view kSaid = "tracker said ";
    const auto host = text::escape(tracker.host);
    const auto message = text::escape(tracker.message);
    if (message.empty()) return host + " cannot be reached";
    if (message.starts_with(kSaid)) return host + " answered " + message.substr(kSaid.size());
    return message.find(host) == std::string::npos ? host + ": " + message : message;
}

std::string what_trackers_say(const session::TorrentStatus& status) {
    if (status.trackers.empty()) return "there is no tracker to ask";
    // An answer says more than a failure, and a failure more than a question.
    if (const auto* tracker = first(status, TrackerState::working)) {
        if (tracker->peers == 0) return text::escape(tracker->host) + " knows of none";
        return text::escape(tracker->host) + " named " + std::to_string(tracker->peers) +
               (tracker->peers == 1 ? " address" : " addresses");
    }
    if (const auto* tracker = first(status, TrackerState::failed)) {
        const auto failed = std::count_if(
            status.trackers.begin(), status.trackers.end(),
            [](const TrackerStatus& other) { return other.state == TrackerState::failed; });
        auto out = failure_of(*tracker);
        if (failed > 1)
            out += " (and " + count(static_cast<std::uint64_t>(failed - 1), "tracker") + " more)";
        return out;
    }
    if (const auto* tracker = first(status, TrackerState::announcing)) {
        return "waiting for " + text::escape(tracker->host);
    }
    return "waiting for the next announce";
}

/// "tracker.example knows of none, DHT 87 nodes"
std::string what_sources_say(const session::TorrentStatus& status) {
    const bool others = status.dht_nodes || status.asks_local_network;
    auto out = status.trackers.empty() && others ? std::string() : what_trackers_say(status);
    const auto add = [&](const std::string& words) { out += (out.empty() ? "" : ", ") + words; };
    if (status.dht_nodes) add("DHT " + count(*status.dht_nodes, "node"));
    if (status.asks_local_network && out.empty()) add("nobody on the local network");
    return out;
}

std::string why_no_peers(const session::TorrentStatus& status) {
    std::string out = "no peers: ";
    if (status.half_open > 0) return out + "connecting to " + std::to_string(status.half_open);
    out += what_sources_say(status);
    if (status.known_peers == 0) return out;
    if (status.known_peers == 1) return out + ", the only known peer does not answer";
    return out + ", none of " + std::to_string(status.known_peers) + " known peers answers";
}

}  // namespace

bool can_ask(const session::TorrentStatus& status, std::size_t named_peers) {
    return !status.trackers.empty() || named_peers > 0 || status.dht_nodes ||
           status.asks_local_network;
}

std::string nobody_to_ask(bool unusable) {
    return "no peer can be found: the torrent has no tracker" +
           std::string(unusable ? " of a kind that can be asked" : "") +
           ", and neither --tracker nor --peer names one; the DHT is not asked";
}

std::string metadata_words(const session::TorrentStatus& status) {
    std::string out = "metadata";
    if (status.metadata_of > 0) {
        out +=
            " " + std::to_string(status.metadata_pieces) + "/" + count(status.metadata_of, "piece");
    }
    return out + ", " + count(status.peers, "peer");
}

std::string why_nothing_moves(const session::TorrentStatus& status) {
    if (status.peers == 0) return why_no_peers(status);
    const auto peers = count(status.peers, "peer");
    if (status.state == session::TorrentState::metadata) {
        if (status.metadata_of == 0) return peers + ", none has the metadata";
        return metadata_words(status) + ", none answers";
    }
    if (status.interesting == 0) {
        const auto left = status.pieces - std::min(status.pieces, status.pieces_done);
        return peers + ", none has the last " + (left == 1 ? "piece" : count(left, "piece"));
    }
    if (status.choking_us >= status.interesting) {
        if (status.interesting < status.peers) {
            return "all " + std::to_string(status.interesting) + " of " + peers +
                   " that have what we lack choke us";
        }
        return status.peers == 1 ? "the only peer chokes us" : "all " + peers + " choke us";
    }
    const auto willing = status.interesting - status.choking_us;
    return "waiting for " + count(willing, "peer") + " that " + (willing == 1 ? "has" : "have") +
           " unchoked us";
}

}  // namespace bt::cli
