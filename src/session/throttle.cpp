#include "session/throttle.hpp"

#include "bt/net/clock.hpp"

namespace bt::session {

Throttle::Throttle(const net::Executor& executor, std::uint64_t rate)
    : limiter_(rate), timer_(executor), wanted_(executor) {}

Throttle::Flow::Flow(Throttle& throttle, std::uint64_t rate) : throttle_(throttle), flow_(rate) {
    throttle_.limiter_.add(flow_);
}

Throttle::Flow::~Flow() {
    throttle_.limiter_.remove(flow_);
}

void Throttle::Member::ask(std::size_t unit, TimePoint now) {
    if (waiting()) return;
    auto& throttle = flow_.throttle_;
    throttle.limiter_.ask(flow_.flow_, *this, unit, now);
    if (!waiting()) return;
    const auto at = throttle.limiter_.next(flow_.flow_, now);
    if (!at || *at >= throttle.wakes_at_) return;
    const bool asleep = throttle.wakes_at_ != kNever;
    throttle.wakes_at_ = *at;
    if (asleep) {
        throttle.timer_.cancel();
    } else {
        throttle.wanted_.notify();
    }
}

void Throttle::Member::spend(std::size_t bytes, TimePoint now) {
    flow_.throttle_.limiter_.spend(flow_.flow_, *this, bytes, now);
}

void Throttle::Member::leave(TimePoint now) {
    flow_.throttle_.limiter_.leave(flow_.flow_, *this, now);
}

net::Awaitable<void> Throttle::run() {
    for (;;) {
        const auto next = limiter_.next(net::now());
        wakes_at_ = next.value_or(kNever);
        if (!next) {
            const bool open = co_await wanted_.wait();
            if (!open) co_return;
            continue;
        }
        timer_.expires_at(net::to_steady(*next));
        const auto [cut_short] = co_await timer_.async_wait(net::kAwait);
        if (cut_short) continue;  // somebody may go on earlier
        const auto now = net::now();
        limiter_.grant(now, granted_);
        for (auto* member : granted_)
            static_cast<Member*>(member)->on_grant(now);
        granted_.clear();
    }
}

}  // namespace bt::session
