// Throttle: lets connections wait for what a RateLimiter grants, with one timer for all of one
// direction. Owned by the session, outlives its torrents; on the io thread.
#pragma once

#include <cstdint>
#include <vector>

#include "bt/core/time.hpp"
#include "bt/net/asio.hpp"
#include "bt/net/event.hpp"
#include "bt/swarm/rate_limiter.hpp"

namespace bt::session {

class Throttle {
public:
    /// `rate`: of all torrents, bytes/s; 0: without limit.
    Throttle(const net::Executor& executor, std::uint64_t rate);

    /// A torrent's part.
    class Flow {
    public:
        Flow(Throttle& throttle, std::uint64_t rate);
        ~Flow();
        Flow(const Flow&) = delete;
        Flow& operator=(const Flow&) = delete;
        [[nodiscard]] bool limited() const { return throttle_.limiter_.limits(flow_); }
        /// Bytes/s that the torrent can count on; 0: without limit.
        [[nodiscard]] double fair_rate(TimePoint now) const {
            return throttle_.limiter_.fair_rate(flow_, now);
        }

    private:
        friend class Throttle;
        Throttle& throttle_;
        swarm::RateLimiter::Flow flow_;
    };

    /// A connection. If its flow is limited, it moves no more than granted().
    class Member : private swarm::RateLimiter::Member {
    public:
        explicit Member(Flow& flow) : flow_(flow), limited_(flow.limited()) {}
        virtual ~Member() = default;
        Member(const Member&) = delete;
        Member& operator=(const Member&) = delete;

        [[nodiscard]] bool limited() const { return limited_; }
        [[nodiscard]] std::size_t granted() const { return RateLimiter::Member::granted(); }
        [[nodiscard]] bool waiting() const { return RateLimiter::Member::waiting(); }
        /// Waits for `unit` bytes, unless it does so already or there is enough to begin at once.
        void ask(std::size_t unit, TimePoint now);
        void spend(std::size_t bytes, TimePoint now);
        /// Gives back what it has no use for now.
        void leave(TimePoint now);

    protected:
        /// It waited, and was granted something. Does not destroy members.
        virtual void on_grant(TimePoint now) = 0;

    private:
        friend class Throttle;
        using RateLimiter = swarm::RateLimiter;
        Flow& flow_;
        bool limited_;
    };

    /// Until cancelled.
    [[nodiscard]] net::Awaitable<void> run();

private:
    swarm::RateLimiter limiter_;
    net::Timer timer_;
    net::Event wanted_;
    TimePoint wakes_at_ = kNever;
    std::vector<swarm::RateLimiter::Member*> granted_;
};

}  // namespace bt::session
