#include "cli/slots.hpp"

#include <algorithm>

namespace bt::cli {

using session::TorrentState;

namespace {

/// Nobody is connected or could be, and every tracker has said so or failed; the DHT, if it is
/// asked, is not there.
bool is_alone(const session::TorrentStatus& status) {
    if (status.dht_nodes.value_or(0) > 0) return false;
    if (status.peers + status.half_open + status.known_peers > 0) return false;
    return std::all_of(status.trackers.begin(), status.trackers.end(), [](const auto& tracker) {
        using enum session::TrackerState;
        // Who has failed is asked again and again.
        const bool again = tracker.state == announcing && !tracker.message.empty();
        return tracker.state == working || tracker.state == failed || again;
    });
}

}  // namespace

Duration Slots::patience_with(const Open& open) const {
    return open.alone ? std::min(settings_.patience, kNobodyPatience) : settings_.patience;
}

std::optional<Slots::Row> Slots::next(TimePoint now) {
    if (queue_.empty() || open_.size() >= kMostOpen) return std::nullopt;
    const auto at_work = std::count_if(open_.begin(), open_.end(), [&](const auto& entry) {
        const Open& open = entry.second;
        return open.state != TorrentState::seeding && now - open.moved < patience_with(open);
    });
    if (at_work >= static_cast<std::ptrdiff_t>(settings_.jobs)) return std::nullopt;
    const auto turn = queue_.front();
    queue_.pop_front();
    Open open;
    open.tries = turn.tries;
    open.moved = now;
    open_.emplace(turn.row, open);
    return turn.row;
}

void Slots::tell(Row row, const session::TorrentStatus& status, TimePoint now) {
    auto& open = open_.at(row);
    const auto bytes = status.checked + status.downloaded + status.uploaded + status.synced +
                       status.metadata_pieces;
    // Who is held back by its reader is not stalled.
    if (bytes != open.bytes || status.state != open.state || status.held) open.moved = now;
    open.bytes = bytes;
    open.state = status.state;
    open.alone = is_alone(status);
    if (status.state != TorrentState::downloading) return;
    if (!open.done) open.done = status.done;
    open.gained = open.gained || status.done > *open.done;
}

Slots::Verdict Slots::judge(Row row, std::optional<Duration> limit, TimePoint now) const {
    const auto& open = open_.at(row);
    if (open.state != TorrentState::downloading && open.state != TorrentState::metadata) {
        return Verdict::go_on;
    }
    const auto still = now - open.moved;
    const bool last = (settings_.unattended || limit) && open.tries >= kTries && !open.gained;
    const auto patient = patience_with(open);
    if (!queue_.empty() && !last) {
        const auto patience = std::min(patient, limit.value_or(patient));
        return still >= patience ? Verdict::yield : Verdict::go_on;
    }
    if (limit) return still >= *limit ? Verdict::give_up : Verdict::go_on;
    if (!settings_.unattended) return Verdict::go_on;
    // With nobody waiting, the tries that are left are had on the spot.
    const auto left = last ? 1 : kTries - std::min(open.tries, kTries) + 1;
    return still >= patient * left ? Verdict::give_up : Verdict::go_on;
}

Duration Slots::quiet(Row row, TimePoint now) const {
    return now - open_.at(row).moved;
}

void Slots::put_back(Row row) {
    const auto at = open_.find(row);
    queue_.push_back({row, at->second.gained ? 1 : at->second.tries + 1});
    open_.erase(at);
}

}  // namespace bt::cli
