#include "bt/tracker/schedule.hpp"

#include <algorithm>

#include "bt/core/assert.hpp"

namespace bt::tracker {

namespace {

Duration back_off(unsigned failures) {
    auto wait = kFirstBackOff;
    for (; failures > 1 && wait < kMaxBackOff; --failures)
        wait *= 2;
    return std::min(wait, kMaxBackOff);
}

}  // namespace

AnnounceSchedule::AnnounceSchedule(bool complete_at_start, TimePoint now)
    : next_(now), soonest_(now), may_complete_(!complete_at_start) {}

TimePoint AnnounceSchedule::next_announce() const {
    return under_way_ ? kNever : next_;
}

Event AnnounceSchedule::event() const {
    if (!started_told_) return Event::started;
    return completed_owed_ ? Event::completed : Event::none;
}

Event AnnounceSchedule::begin() {
    BT_ASSERT(!under_way_ && next_ != kNever);
    under_way_ = event();
    return *under_way_;
}

void AnnounceSchedule::on_success(const AnnounceReply& reply, TimePoint now) {
    BT_ASSERT(under_way_);
    started_told_ = true;
    if (*under_way_ == Event::completed) completed_owed_ = false;
    under_way_.reset();
    failures_ = 0;
    told_to_wait_ = false;
    soonest_ = now + reply.min_interval.value_or(kMinInterval);
    next_ = completed_owed_ ? now : std::max(now + reply.interval, soonest_);
}

void AnnounceSchedule::on_failure(std::optional<Duration> retry_in, TimePoint now) {
    BT_ASSERT(under_way_);
    under_way_.reset();
    ++failures_;
    told_to_wait_ = retry_in.has_value();
    if (retry_in) {
        next_ = *retry_in == kRetryNever ? kNever : now + *retry_in;
    } else {
        next_ = now + back_off(failures_);
    }
}

void AnnounceSchedule::completed(TimePoint now) {
    if (!may_complete_) return;
    may_complete_ = false;
    completed_owed_ = true;
    if (failures_ == 0) next_ = std::min(next_, now);
}

void AnnounceSchedule::want_peers(TimePoint now) {
    if (failures_ == 0) next_ = std::min(next_, std::max(now, soonest_));
}

void AnnounceSchedule::network_changed(TimePoint now) {
    if (failures_ == 0 || told_to_wait_) return;
    failures_ = 0;
    next_ = std::min(next_, now);
}

bool AnnounceSchedule::take_stopped() {
    if (!started_told_ || stopped_told_ || next_ == kNever) return false;
    stopped_told_ = true;
    return true;
}

}  // namespace bt::tracker
