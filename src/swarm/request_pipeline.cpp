#include "swarm/request_pipeline.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "bt/core/ids.hpp"

namespace bt::swarm {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kGrowth = 2;     // requests added in slow start for each block
constexpr Duration kMinRound = 50ms;     // slow start judges no faster
constexpr Duration kLanRoundTrip = 2ms;  // below it, the path is a local one
constexpr Duration kLanQueue = 50ms;     // covers the jitter of two busy processes
constexpr Duration kSlack = 250ms;       // what a remote disk takes now and then
constexpr Duration kMinQueue = 300ms;
constexpr Duration kMaxQueue = 2s;
constexpr Duration kTailSlack = 100ms;
constexpr Duration kRememberedFor = 2s;  // after an unchoke, until the meter has seen enough
constexpr Duration kMeterMemory = 8s;    // what a smooth rate still knows of the choke before
constexpr Duration kChurn = 1s;          // unchokes closer together get a token amount
constexpr Duration kFarAway = 1h;
constexpr std::uint32_t kTimelyBlocks = 2;  // to be trusted again
constexpr std::uint32_t kSmallDepth = 8;    // refilled without waiting for a batch

std::uint32_t blocks_in(double rate, Duration time) {
    const double blocks = std::ceil(rate * to_seconds(time) / kBlockSize);
    return static_cast<std::uint32_t>(
        std::clamp(blocks, 1.0, static_cast<double>(RequestPipeline::kMaxRequests)));
}

std::uint32_t least_depth(double rate) {
    return rate < 32e3 ? 2 : rate < 256e3 ? 4 : 8;
}

Duration time_for(double blocks, double rate) {
    if (rate <= 0) return kFarAway;
    return std::min(kFarAway, from_seconds(std::min(blocks * kBlockSize / rate, 3600.0)));
}

}  // namespace

void RequestPipeline::push(PieceSlot slot, std::uint32_t block, TimePoint now) {
    if (queue_.empty()) progress_at_ = now;
    if (begun_at_ == TimePoint{}) begun_at_ = now;
    queue_.push_back({slot, block, now});
}

std::optional<Request> RequestPipeline::answer(PieceSlot slot, std::uint32_t block) {
    for (std::size_t i = 0; i < queue_.size(); ++i) {
        const auto found = queue_[i];
        if (found.slot != slot || found.block != block) continue;
        i == 0 ? queue_.pop_front() : queue_.erase(i);
        overtaken_ = i > 0;
        return found;
    }
    return std::nullopt;
}

bool RequestPipeline::drop(PieceSlot slot, std::uint32_t block) {
    // What we give up is near the end more often than near the front.
    for (std::size_t i = queue_.size(); i-- > 0;) {
        if (queue_[i].slot != slot || queue_[i].block != block) continue;
        if (i == 0) overtaken_ = false;
        queue_.erase(i);
        return true;
    }
    return false;
}

void RequestPipeline::set_limit(std::uint32_t reqq) {
    limit_ = std::clamp<std::uint32_t>(reqq, 1, kMaxRequests);
    limit_known_ = true;
}

void RequestPipeline::on_unchoke(std::uint32_t start, TimePoint now) {
    const bool churning = unchoked_at_ != TimePoint{} && now - unchoked_at_ < kChurn;
    const auto before = slow_start_ ? 0 : steady_;  // what it was worth before it choked us
    window_ = churning ? 2 : std::max(start, before);
    slow_start_ = true;
    fresh_ = true;
    overtaken_ = false;
    round_start_ = {};
    round_blocks_ = last_round_blocks_ = 0;
    unchoked_at_ = now;
    begun_at_ = {};
    blocks_since_ = 0;
}

void RequestPipeline::on_allowed_fast(std::uint32_t start) {
    if (depth() == 0) window_ = start;
    slow_start_ = true;
}

void RequestPipeline::on_choke() {
    remembered_ = forecast_;
    if (slow_start_ && !fresh_) steady_ = std::min(window_, blocks_in(forecast_, kMaxQueue));
    slow_start_ = false;
}

void RequestPipeline::on_block(const std::optional<Request>& request, TimePoint now) {
    const bool in_time = now - progress_at_ <= patience();
    if (!fresh_) {
        const auto gap = now - progress_at_;
        const auto error = gap > gap_ ? gap - gap_ : gap_ - gap;
        gap_ += (gap - gap_) / 8;
        gap_deviation_ += (error - gap_deviation_) / 4;
    }
    progress_at_ = now;
    fresh_ = false;
    ++blocks_since_;
    if (request) measure(*request, now);
    if (snubbed_) {
        timely_ = in_time ? timely_ + 1 : 0;
        if (timely_ >= kTimelyBlocks) {
            snubbed_ = false;
            slow_start_ = true;
            window_ = kTimelyBlocks;
            round_start_ = {};
        }
        return;
    }
    grow(now);
}

void RequestPipeline::measure(const Request& request, TimePoint now) {
    // The time that a request spends in a queue is no part of the round trip; the least seen is
    // the one that found the shortest.
    const auto took = now - request.sent;
    if (!round_trip_ || took < *round_trip_) round_trip_ = took;
}

void RequestPipeline::grow(TimePoint now) {
    // A peer that names no limit gets more as long as it serves what it is asked for.
    const auto wanted = slow_start_ ? window_ : steady_;
    if (!limit_known_ && wanted >= limit_) limit_ = std::min(limit_ + kGrowth, kMaxRequests);
    if (!slow_start_) return;
    window_ = std::min(window_ + kGrowth, limit_);
    ++round_blocks_;
    if (round_start_ == TimePoint{}) round_start_ = now;
    if (now - round_start_ < std::max(2 * round_trip(), kMinRound)) return;
    // Grown by less than a tenth: it is the peer, not the queue, that limits the rate.
    const bool flat = last_round_blocks_ > 0 && round_blocks_ * 10 < last_round_blocks_ * 11;
    if (flat) {
        slow_start_ = false;
        steady_ = window_;  // until the next update
    }
    last_round_blocks_ = round_blocks_;
    round_blocks_ = 0;
    round_start_ = now;
}

void RequestPipeline::update(const Conditions& c, TimePoint now) {
    const bool young = now - unchoked_at_ < kMeterMemory;
    const auto before = forecast_;
    forecast_ = !c.measured ? c.prior : young ? c.rate : c.smooth;
    if (young) forecast_ = std::min(forecast_, since_begin(now));
    if (now - unchoked_at_ < kRememberedFor) forecast_ = std::max(forecast_, remembered_);
    // A peer that nothing is asked of has not become slow.
    if (queue_.empty() && blocks_since_ > 0) forecast_ = std::max(forecast_, before);
    const auto rtt = round_trip();
    const auto time =
        rtt < kLanRoundTrip ? kLanQueue : std::clamp(3 * rtt + kSlack, kMinQueue, kMaxQueue);
    if (!slow_start_) steady_ = std::max(blocks_in(c.rate, time), least_depth(c.rate));
    tail_ = blocks_in(std::max(c.rate, forecast_), std::max(rtt + kTailSlack, c.remaining / 2));
}

double RequestPipeline::since_begin(TimePoint now) const {
    // A meter knows nothing of the time before the first block, in which a slow peer had its
    // chance. At the best, the next block is just coming.
    if (begun_at_ == TimePoint{}) return std::numeric_limits<double>::max();
    const auto time = std::max(now - begun_at_ - round_trip_.value_or(Duration{0}), kMinRound);
    return static_cast<double>((blocks_since_ + 1) * kBlockSize) / to_seconds(time);
}

void RequestPipeline::forgive(Duration late) {
    progress_at_ += late;
}

std::uint32_t RequestPipeline::depth() const {
    if (snubbed_) return 1;
    return std::min({slow_start_ ? window_ : steady_, tail_, limit_});
}

std::uint32_t RequestPipeline::room() const {
    const auto target = depth();
    const auto held = size();
    if (held >= target) return 0;
    const bool batch = target <= kSmallDepth || held * 4 <= target * 3;
    return batch ? target - held : 0;
}

Duration RequestPipeline::patience() const {
    if (fresh_) return kFirstBlockPatience;
    return std::clamp(4 * (gap_ + round_trip() + 4 * gap_deviation_), kMinPatience, kMaxPatience);
}

bool RequestPipeline::overdue(TimePoint now) const {
    return !queue_.empty() && now - progress_at_ > patience();
}

bool RequestPipeline::snub(TimePoint now) {
    const bool first = !snubbed_;
    snubbed_ = true;
    timely_ = 0;
    progress_at_ = now;
    if (first && !limit_known_) limit_ = std::max(kMinUnknownLimit, limit_ / 2);
    return first;
}

bool RequestPipeline::head_lost(TimePoint now) const {
    if (queue_.empty() || !overtaken_) return false;
    return now - queue_.front().sent > patience() + time_for(size(), forecast_);
}

void RequestPipeline::on_lost() {
    if (!queue_.empty()) queue_.pop_front();
    overtaken_ = !queue_.empty();
    if (!limit_known_) limit_ = std::max(kMinUnknownLimit, limit_ - limit_ / 4);
}

Duration RequestPipeline::expected(std::size_t position, TimePoint now) const {
    if (snubbed_) return kFarAway;
    const auto one = time_for(1, forecast_);
    const auto waited = now - progress_at_;
    const auto usual = fresh_ ? one + round_trip() : one;
    // Overdue by some time, it takes about as long again.
    const auto head = std::max({usual - waited, waited - usual, usual / 4});
    const auto queued = head + time_for(static_cast<double>(position), forecast_);
    return std::max(queued, queue_[position].sent + round_trip() - now);
}

Duration RequestPipeline::expected_next() const {
    if (snubbed_) return kFarAway;
    return std::max(round_trip(), time_for(static_cast<double>(size()), forecast_)) +
           time_for(1, forecast_);
}

}  // namespace bt::swarm
