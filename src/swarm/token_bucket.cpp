#include "bt/swarm/token_bucket.hpp"

#include <algorithm>
#include <cmath>

namespace bt::swarm {
namespace {

constexpr double kPeriod = 0.025;    // s between wake-ups, where that brings a packet
constexpr double kLongPeriod = 0.1;  // s, where it does not
constexpr double kPacket = 1460;     // payload of an Ethernet frame
constexpr double kLargeReceive = 256 * 1024;
/// What adding up fractions may have lost.
constexpr double kRounding = 1e-3;
constexpr double kLongestWait = 3600;  // s

}  // namespace

TokenBucket::TokenBucket(std::uint64_t rate) : rate_(rate) {
    const auto r = static_cast<double>(rate);
    quantum_ = std::max(r * kPeriod, std::min(kPacket, r * kLongPeriod));
    quantum_ = std::max(1.0, std::min(quantum_, kLargeReceive));
    burst_ = std::max(r * to_seconds(kBurst), 2 * quantum_);
}

void TokenBucket::fill(TimePoint now) {
    if (filled_at_ == kNever) filled_at_ = now;
    if (now <= filled_at_) return;
    const auto come = static_cast<double>(rate_) * to_seconds(now - filled_at_);
    tokens_ = std::min(burst_, tokens_ + come);
    filled_at_ = now;
}

std::size_t TokenBucket::tokens(TimePoint now) {
    if (!limited()) return kUnlimited;
    fill(now);
    return tokens_ <= 0 ? 0 : static_cast<std::size_t>(tokens_ + kRounding);
}

TimePoint TokenBucket::ready_at(TimePoint now) {
    if (!limited()) return now;
    fill(now);
    const double lacking = quantum_ - tokens_ - kRounding;
    if (lacking <= 0) return now;
    const double wait = std::min(lacking / static_cast<double>(rate_), kLongestWait);
    return now + from_seconds(wait) + Duration(1);
}

void TokenBucket::spend(std::size_t bytes, TimePoint now) {
    if (!limited()) return;
    fill(now);
    tokens_ -= static_cast<double>(bytes);
}

void TokenBucket::refund(std::size_t bytes, TimePoint now) {
    if (!limited()) return;
    fill(now);
    tokens_ = std::min(burst_, tokens_ + static_cast<double>(bytes));
}

}  // namespace bt::swarm
