#include "cli/slots.hpp"

#include <algorithm>

namespace bt::cli {

using session::TorrentState;

std::optional<Slots::Row> Slots::next(TimePoint now) {
    if (queue_.empty() || open_.size() >= kMostOpen) return std::nullopt;
    const auto at_work = std::count_if(open_.begin(), open_.end(), [&](const auto& entry) {
        const Open& open = entry.second;
        return open.state != TorrentState::seeding && now - open.moved < settings_.patience;
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
    if (bytes != open.bytes || status.state != open.state) open.moved = now;
    open.bytes = bytes;
    open.state = status.state;
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
    if (!queue_.empty() && !last) {
        const auto patience = std::min(settings_.patience, limit.value_or(settings_.patience));
        return still >= patience ? Verdict::yield : Verdict::go_on;
    }
    if (limit) return still >= *limit ? Verdict::give_up : Verdict::go_on;
    if (!settings_.unattended) return Verdict::go_on;
    // With nobody waiting, the tries that are left are had on the spot.
    const auto left = last ? 1 : kTries - std::min(open.tries, kTries) + 1;
    return still >= settings_.patience * left ? Verdict::give_up : Verdict::go_on;
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
