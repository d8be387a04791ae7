#include "bt/swarm/rate_limiter.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <queue>
#include <random>

namespace bt::swarm {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kKiB = 1024;
constexpr std::uint64_t kMiB = 1024 * kKiB;
constexpr std::uint64_t kRates[] = {1,         kKiB,       10 * kKiB,     64 * kKiB,     kMiB,
                                    20 * kMiB, 200 * kMiB, 1'000'000'000, 10'000'000'000};

/// Connections that move all that they may, in virtual time, with wake-ups that come late.
class Line {
public:
    explicit Line(std::uint64_t overall) : limiter(overall) {}
    ~Line() {
        for (auto& c : connections)
            limiter.leave(*c->flow, c->member, now);
        for (auto& flow : flows)
            limiter.remove(*flow);
    }

    struct Connection {
        RateLimiter::Member member;
        RateLimiter::Flow* flow = nullptr;
        double speed = 1e12;  // bytes/s that come, at most
        double arrived = 0;   // of those, not moved yet
        std::uint64_t moved = 0;
        TimePoint ready{};  // when it looks at its socket next
        std::uint64_t most_at_once = 0;
    };

    RateLimiter::Flow& add_flow(std::uint64_t rate) {
        flows.push_back(std::make_unique<RateLimiter::Flow>(rate));
        limiter.add(*flows.back());
        return *flows.back();
    }
    Connection& add(RateLimiter::Flow& flow, double speed = 1e12) {
        connections.push_back(std::make_unique<Connection>());
        auto& c = *connections.back();
        c.flow = &flow;
        c.speed = speed;
        c.ready = now;
        return c;
    }

    /// Moves what each may; the sum over `time`.
    std::uint64_t run(Duration time) {
        const auto end = now + time;
        const auto before = total();
        for (;;) {
            auto next = limiter.next(now).value_or(kNever);
            if (next != kNever) next = std::max(next, now) + late();
            for (const auto& c : connections)
                if (!c->member.waiting()) next = std::min(next, std::max(c->ready, now));
            if (next > end) break;
            pass(next);
            std::vector<RateLimiter::Member*> granted;
            limiter.grant(now, granted);
            wakes += granted.empty() ? 0 : 1;
            for (auto& c : connections)
                if (c->member.granted() > 0 || (!c->member.waiting() && c->ready <= now)) look(*c);
        }
        pass(end);
        return total() - before;
    }
    std::uint64_t total() const {
        std::uint64_t sum = 0;
        for (const auto& c : connections)
            sum += c->moved;
        return sum;
    }

    RateLimiter limiter;
    std::vector<std::unique_ptr<RateLimiter::Flow>> flows;
    std::vector<std::unique_ptr<Connection>> connections;
    TimePoint now{100s};
    Duration latest{0};  // of a wake-up
    std::uint64_t wakes = 0;

private:
    Duration late() { return latest == 0ns ? 0ns : Duration(rng() % latest.count()); }
    void pass(TimePoint to) {
        for (auto& c : connections)
            c->arrived = std::min(c->arrived + c->speed * to_seconds(to - now), 1e12);
        now = to;
    }
    void look(Connection& c) {
        const auto there = static_cast<std::size_t>(c.arrived);
        if (c.member.granted() == 0) limiter.ask(*c.flow, c.member, 16 * kKiB, now);
        const auto bytes = std::min({c.member.granted(), there, std::size_t{1} << 20});
        c.most_at_once = std::max<std::uint64_t>(c.most_at_once, bytes);
        c.arrived -= static_cast<double>(bytes);
        c.moved += bytes;
        limiter.spend(*c.flow, c.member, bytes, now);
        if (bytes == there || !c.member.waiting()) limiter.leave(*c.flow, c.member, now);
        // A socket that is empty becomes readable a little later.
        c.ready = now + (bytes == there ? 1ms : 10us);
    }

    std::mt19937_64 rng{7};
};

TEST(TokenBucket, GivesItsRateAndNoMoreThanABurstBeyond) {
    for (const auto rate : kRates) {
        TokenBucket bucket(rate);
        TimePoint now(1s);
        std::size_t sum = 0;
        const auto end = now + 10s;
        for (;;) {
            now = bucket.ready_at(now);
            if (now > end) break;
            const auto bytes = bucket.tokens(now);
            ASSERT_GT(bytes, 0u) << rate;
            sum += bytes;
            bucket.spend(bytes, now);
        }
        const auto wanted = 10.0 * static_cast<double>(rate);
        EXPECT_LE(static_cast<double>(sum), wanted + bucket.burst()) << rate;
        EXPECT_GE(static_cast<double>(sum), wanted - bucket.quantum() - 1) << rate;
    }
}

TEST(TokenBucket, DoesNotSaveUpIdleTimeBeyondItsBurst) {
    TokenBucket bucket(kMiB);
    EXPECT_EQ(bucket.tokens(TimePoint(1s)), 0u);
    EXPECT_EQ(bucket.tokens(TimePoint(1h)), static_cast<std::size_t>(bucket.burst()));
    EXPECT_LE(bucket.burst(), 0.2 * kMiB + 1);
}

TEST(TokenBucket, PaysADebtBeforeItGives) {
    TokenBucket bucket(kMiB);
    TimePoint now(1s);
    bucket.spend(2 * kMiB, now);
    const auto ready = bucket.ready_at(now);
    EXPECT_EQ(bucket.tokens(now + 1999ms), 0u);
    EXPECT_NEAR(to_seconds(ready - now), 2 + bucket.quantum() / kMiB, 1e-3);
}

TEST(TokenBucket, TakesBackWhatWasNotMoved) {
    TokenBucket bucket(kMiB);
    TimePoint now(1s);
    EXPECT_EQ(bucket.tokens(now), 0u);
    now += 100ms;
    const auto bytes = bucket.tokens(now);
    bucket.spend(bytes, now);
    bucket.refund(bytes / 2, now);
    EXPECT_EQ(bucket.tokens(now), bytes / 2);
    bucket.refund(100 * kMiB, now);
    EXPECT_EQ(bucket.tokens(now), static_cast<std::size_t>(bucket.burst()));
}

TEST(TokenBucket, WithoutARateItNeverWaits) {
    TokenBucket bucket(0);
    bucket.spend(kMiB, TimePoint(1s));
    EXPECT_FALSE(bucket.limited());
    EXPECT_EQ(bucket.tokens(TimePoint(1s)), TokenBucket::kUnlimited);
    EXPECT_EQ(bucket.ready_at(TimePoint(1s)), TimePoint(1s));
}

TEST(RateLimiter, IsExactOverTenSecondsAtAnyRateAndSmooth) {
    for (const auto rate : kRates) {
        if (rate < kKiB) continue;
        for (const std::size_t peers : {1u, 50u}) {
            if (rate > kMiB && peers > 1) continue;
            Line line(rate);
            line.latest = 5ms;
            auto& flow = line.add_flow(0);
            for (std::size_t i = 0; i < peers; ++i)
                line.add(flow);
            const auto wanted = static_cast<double>(rate);
            if (rate >= 1'000'000'000) {  // a wake-up each 26 us: a shorter look will do
                line.latest = 1ms;
                EXPECT_NEAR(static_cast<double>(line.run(100ms)), wanted / 10, wanted / 10 * 0.03);
                continue;
            }
            double sum = 0;
            for (int second = 0; second < 10; ++second) {
                const auto moved = static_cast<double>(line.run(1s));
                EXPECT_NEAR(moved, wanted, wanted * 0.2) << rate << " with " << peers;
                sum += moved;
            }
            EXPECT_NEAR(sum, 10 * wanted, 10 * wanted * 0.03) << rate << " with " << peers;
            EXPECT_LE(line.wakes, 10u * (rate > 20 * kMiB ? 1000 : 100)) << rate;
        }
    }
}

TEST(RateLimiter, GivesSomethingInEveryTenthOfASecond) {
    Line line(kMiB);
    auto& flow = line.add_flow(0);
    for (int i = 0; i < 5; ++i)
        line.add(flow);
    (void)line.run(1s);
    for (int i = 0; i < 100; ++i) {
        EXPECT_NEAR(static_cast<double>(line.run(100ms)), kMiB / 10.0, kMiB / 30.0);
    }
}

TEST(RateLimiter, LateWakeUpsAreMadeUpFor) {
    Line line(kMiB);
    line.latest = 150ms;
    line.add(line.add_flow(0));
    EXPECT_NEAR(static_cast<double>(line.run(10s)), 10.0 * kMiB, 0.3 * kMiB);
}

TEST(RateLimiter, NoConnectionStarves) {
    Line line(100 * kKiB);
    auto& flow = line.add_flow(0);
    for (int i = 0; i < 50; ++i)
        line.add(flow);
    (void)line.run(60s);
    for (const auto& c : line.connections) {
        EXPECT_NEAR(static_cast<double>(c->moved), 60.0 * 100 * kKiB / 50, 17.0 * kKiB);
    }
}

TEST(RateLimiter, ABlockThatHasBegunIsFinishedBeforeTheNext) {
    RateLimiter limiter(10 * kKiB);
    RateLimiter::Flow flow(0);
    limiter.add(flow);
    RateLimiter::Member first, second;
    TimePoint now(1s);
    limiter.ask(flow, first, 16 * kKiB, now);
    limiter.ask(flow, second, 16 * kKiB, now);
    std::size_t moved = 0;
    while (first.waiting()) {
        now = *limiter.next(now);
        std::vector<RateLimiter::Member*> granted;
        limiter.grant(now, granted);
        ASSERT_FALSE(granted.empty());
        EXPECT_EQ(granted.front(), &first);
        moved += first.granted();
        limiter.spend(flow, first, first.granted(), now);
    }
    EXPECT_EQ(moved, 16 * kKiB);
    EXPECT_NEAR(to_seconds(now - TimePoint(1s)), 1.6, 0.11);
    limiter.leave(flow, second, now);
    limiter.remove(flow);
}

TEST(RateLimiter, SlowConnectionsLeaveTheirShareToTheOthers) {
    Line line(kMiB);
    auto& flow = line.add_flow(0);
    for (int i = 0; i < 9; ++i)
        line.add(flow, 10.0 * kKiB);
    auto& fast = line.add(flow);
    const auto all = static_cast<double>(line.run(20s));
    EXPECT_NEAR(all, 20.0 * kMiB, 0.4 * kMiB);
    EXPECT_NEAR(static_cast<double>(fast.moved), 20.0 * (kMiB - 90.0 * kKiB), 0.5 * kMiB);
}

TEST(RateLimiter, TorrentsShareEquallyWhateverTheirConnections) {
    Line line(kMiB);
    auto& one = line.add(line.add_flow(0));
    auto& other = line.add_flow(0);
    for (int i = 0; i < 50; ++i)
        line.add(other);
    const auto all = static_cast<double>(line.run(20s));
    EXPECT_NEAR(all, 20.0 * kMiB, 0.4 * kMiB);
    EXPECT_NEAR(static_cast<double>(one.moved), 10.0 * kMiB, 0.5 * kMiB);
}

TEST(RateLimiter, AnIdleTorrentLeavesAllToTheOthers) {
    Line line(kMiB);
    auto& busy = line.add_flow(0);
    auto& idle = line.add_flow(0);
    line.add(busy);
    line.add(idle, 0);
    EXPECT_NEAR(static_cast<double>(line.run(10s)), 10.0 * kMiB, 0.3 * kMiB);
}

TEST(RateLimiter, TheLowerOfTheTwoLimitsBinds) {
    Line line(kMiB);
    auto& slow = line.add_flow(100 * kKiB);
    auto& fast = line.add_flow(10 * kMiB);
    auto& a = line.add(slow);
    auto& b = line.add(fast);
    (void)line.run(10s);
    EXPECT_NEAR(static_cast<double>(a.moved), 1000.0 * kKiB, 30.0 * kKiB);
    EXPECT_NEAR(static_cast<double>(b.moved), 10.0 * (kMiB - 100 * kKiB), 0.3 * kMiB);
}

TEST(RateLimiter, TellsATorrentWhatItCanCountOn) {
    RateLimiter limiter(kMiB);
    RateLimiter::Flow own(100 * kKiB), all(0), idle(0);
    for (auto* flow : {&own, &all, &idle})
        limiter.add(*flow);
    RateLimiter::Member a, b;
    TimePoint now(1s);
    limiter.ask(own, a, 1000, now);
    limiter.ask(all, b, 1000, now);
    EXPECT_EQ(limiter.fair_rate(own, now), 100.0 * kKiB);
    EXPECT_EQ(limiter.fair_rate(all, now), kMiB / 2.0);
    EXPECT_EQ(limiter.fair_rate(idle, now), kMiB / 3.0);
    limiter.leave(own, a, now);
    limiter.leave(all, b, now);
    EXPECT_EQ(limiter.fair_rate(all, now + 3s), kMiB * 1.0);
    for (auto* flow : {&own, &all, &idle})
        limiter.remove(*flow);
}

TEST(RateLimiter, TakesBackWhatALeavingConnectionHolds) {
    RateLimiter limiter(kMiB);
    RateLimiter::Flow flow(0);
    limiter.add(flow);
    RateLimiter::Member a, b;
    TimePoint now(1s);
    limiter.ask(flow, a, 16 * kKiB, now);
    now = *limiter.next(now);
    std::vector<RateLimiter::Member*> granted;
    limiter.grant(now, granted);
    const auto bytes = a.granted();
    EXPECT_GT(bytes, 0u);
    limiter.leave(flow, a, now);
    EXPECT_FALSE(a.waiting());
    EXPECT_FALSE(limiter.next(now).has_value());
    limiter.ask(flow, b, 16 * kKiB, now);
    EXPECT_EQ(b.granted(), bytes);
    limiter.leave(flow, b, now);
    limiter.remove(flow);
}

}  // namespace
}  // namespace bt::swarm
