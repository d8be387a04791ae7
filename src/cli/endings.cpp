#include "cli/endings.hpp"

namespace bt::cli {

using session::TorrentState;

EndingWatch::Verdict EndingWatch::judge(const Endings& endings,
                                        const session::TorrentStatus& status, TimePoint now) {
    const bool at_work = status.state == TorrentState::downloading && !status.held;
    if (!at_work) samples_.clear();
    if (status.state != TorrentState::seeding) seeding_since_.reset();
    if (at_work && endings.lowest_speed > 0 &&
        too_slow(endings.lowest_speed, status.downloaded, now)) {
        return Verdict::too_slow;
    }
    if (status.state == TorrentState::seeding && seeded(endings, status, now)) {
        return Verdict::seeded;
    }
    return Verdict::go_on;
}

bool EndingWatch::too_slow(std::uint64_t lowest, std::uint64_t downloaded, TimePoint now) {
    samples_.push_back({now, downloaded});
    // The first one stays that is as old as the window.
    while (samples_.size() > 1 && now - samples_[1].at >= kSpeedWindow)
        samples_.pop_front();
    const auto& first = samples_.front();
    const auto age = now - first.at;
    if (age < kSpeedWindow) return false;
    speed_ = static_cast<double>(downloaded - first.bytes) / to_seconds(age);
    return speed_ < static_cast<double>(lowest);
}

bool EndingWatch::seeded(const Endings& endings, const session::TorrentStatus& status,
                         TimePoint now) {
    if (!seeding_since_) seeding_since_ = now;
    if (endings.seed_time && now - *seeding_since_ >= *endings.seed_time) return true;
    return endings.seed_ratio && static_cast<double>(status.uploaded) >=
                                     *endings.seed_ratio * static_cast<double>(status.length);
}

}  // namespace bt::cli
