#include "bt/swarm/rate_limiter.hpp"

#include <algorithm>

#include "bt/core/assert.hpp"

namespace bt::swarm {

void RateLimiter::remove(Flow& flow) {
    BT_ASSERT(flow.queue_.empty());
    std::erase(flows_, &flow);
}

void RateLimiter::ask(Flow& flow, Member& member, std::size_t unit, TimePoint now) {
    BT_ASSERT(!member.waiting() && unit > 0);
    flow.asked_at_ = now;
    const bool free = std::all_of(flows_.begin(), flows_.end(), [&](const Flow* other) {
        return other->queue_.empty() || (other != &flow && !bucket_.limited());
    });
    if (free && bucket_.ready_at(now) <= now && flow.bucket_.ready_at(now) <= now) {
        take(flow, member, std::min(bucket_.tokens(now), flow.bucket_.tokens(now)), now);
        return;
    }
    member.unit_left_ = unit;
    flow.queue_.push_back(&member);
}

void RateLimiter::take(Flow& flow, Member& member, std::size_t bytes, TimePoint now) {
    member.granted_ += bytes;
    bucket_.spend(bytes, now);
    flow.bucket_.spend(bytes, now);
}

void RateLimiter::spend(Flow& flow, Member& member, std::size_t bytes, TimePoint now) {
    const auto granted = std::min(bytes, member.granted_);
    member.granted_ -= granted;
    bucket_.spend(bytes - granted, now);
    flow.bucket_.spend(bytes - granted, now);
}

void RateLimiter::leave(Flow& flow, Member& member, TimePoint now) {
    if (member.waiting()) std::erase(flow.queue_, &member);
    member.unit_left_ = 0;
    bucket_.refund(member.granted_, now);
    flow.bucket_.refund(member.granted_, now);
    member.granted_ = 0;
}

std::optional<TimePoint> RateLimiter::next(Flow& flow, TimePoint now) {
    if (flow.queue_.empty()) return std::nullopt;
    return std::max(bucket_.ready_at(now), flow.bucket_.ready_at(now));
}

std::optional<TimePoint> RateLimiter::next(TimePoint now) {
    std::optional<TimePoint> out;
    for (auto* flow : flows_) {
        const auto at = next(*flow, now);
        if (at && (!out || *at < *out)) out = at;
    }
    return out;
}

void RateLimiter::grant(TimePoint now, std::vector<Member*>& out) {
    if (bucket_.ready_at(now) > now) return;
    ready_.clear();
    for (auto* flow : flows_) {
        if (!flow->queue_.empty() && flow->bucket_.ready_at(now) <= now) ready_.push_back(flow);
    }
    if (ready_.empty()) return;
    ++turn_;
    auto left = bucket_.tokens(now);
    for (std::size_t i = 0; i < ready_.size() && left > 0; ++i) {
        auto& flow = *ready_[(turn_ + i) % ready_.size()];
        const auto equal = left / (ready_.size() - i);
        const auto share = std::min(left, std::max(equal, kLeastShare));
        const auto granted = grant(flow, std::min(share, flow.bucket_.tokens(now)), out);
        flow.asked_at_ = now;
        flow.bucket_.spend(granted, now);
        bucket_.spend(granted, now);
        left -= granted;
    }
}

std::size_t RateLimiter::grant(Flow& flow, std::size_t budget, std::vector<Member*>& out) {
    const auto equal = budget / flow.queue_.size();
    auto left = budget;
    while (left > 0 && !flow.queue_.empty()) {
        auto& member = *flow.queue_.front();
        const auto bytes = std::min(left, std::max(equal, member.unit_left_));
        member.granted_ += bytes;
        left -= bytes;
        out.push_back(&member);
        member.unit_left_ -= std::min(bytes, member.unit_left_);
        if (member.waiting()) break;
        flow.queue_.pop_front();
    }
    return budget - left;
}

double RateLimiter::fair_rate(const Flow& flow, TimePoint now) const {
    const auto own = static_cast<double>(flow.bucket_.rate());
    if (!bucket_.limited()) return own;
    const auto others = std::count_if(flows_.begin(), flows_.end(), [&](const Flow* other) {
        if (other == &flow || other->asked_at_ == kNever) return false;
        return !other->queue_.empty() || now - other->asked_at_ < kActive;
    });
    const auto part = static_cast<double>(bucket_.rate()) / static_cast<double>(others + 1);
    return own > 0 ? std::min(own, part) : part;
}

}  // namespace bt::swarm
