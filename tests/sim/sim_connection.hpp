// Connection: one direction of a connection of a SimNet, and who reads it under a limit.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "bt/swarm/rate_limiter.hpp"
#include "sim/sim_net.hpp"

namespace bt::swarm::sim {

struct Reader : RateLimiter::Member {
    std::weak_ptr<Connection> connection;
};

struct ReadLimit {
    explicit ReadLimit(double rate) : limiter(static_cast<std::uint64_t>(rate)) {
        limiter.add(flow);
    }
    RateLimiter limiter;
    RateLimiter::Flow flow{0};
    TimePoint wakes_at = kNever;
    std::vector<RateLimiter::Member*> granted;
};

/// One direction of a connection: from `from`, who knows the other as `key`.
struct Connection {
    struct Item {
        wire::MessageId id;
        BlockRequest block;
    };
    Node* from = nullptr;
    Node* to = nullptr;
    PeerKey key;  // of `to`, at `from`
    std::weak_ptr<Connection> back;
    std::deque<Item> queue;
    Duration latency{0};
    TimePoint last_arrival{};
    bool open = true;
    // Under a limit: what has come and is not read yet.
    struct Unread {
        wire::MessageId id;
        BlockRequest block;
        bool corrupt;
        std::uint32_t left;  // bytes of the block
    };
    std::deque<Unread> unread;
    std::shared_ptr<Reader> reader;
};

}  // namespace bt::swarm::sim
