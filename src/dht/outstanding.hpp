// Outstanding: the queries that we have sent and that have neither been answered nor given up. A
// machine owned by the Dht.
//
// Invariants
//  - No more than kMax at a time.
//  - An answer counts if it bears the transaction id of a query and comes from the very endpoint
//    that was asked; anything else changes nothing.
//  - A query is told to be late once, after the patience of its time, and to be dead once, after
//    kAnswerTimeout; an answer in between still counts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "bt/core/bytes.hpp"
#include "bt/core/endpoint.hpp"
#include "bt/core/time.hpp"
#include "bt/dht/message.hpp"
#include "bt/dht/node_id.hpp"

namespace bt::dht {

/// What a query is for.
enum class Purpose : std::uint8_t { contact, check, lookup, announce };

struct Pending {
    Endpoint to;
    Purpose purpose = Purpose::contact;
    std::uint32_t lookup = 0;  // of purpose lookup
    NodeId target;             // of lookup and announce
    // Set by Outstanding
    std::uint32_t transaction = 0;
    TimePoint sent_at;
    TimePoint late_at;
    bool late = false;
};

class Outstanding {
public:
    static constexpr std::size_t kMax = 256;
    static constexpr Duration kAnswerTimeout = std::chrono::seconds(6);

    explicit Outstanding(Random random) : random_(std::move(random)) {}

    [[nodiscard]] bool full() const { return pending_.size() >= kMax; }
    [[nodiscard]] std::size_t size() const { return pending_.size(); }
    /// `late`: late ones as well.
    [[nodiscard]] std::size_t count(Purpose purpose, Family family, bool late) const;
    [[nodiscard]] bool any_for(std::uint32_t lookup) const;
    /// Something was asked of `endpoint`.
    [[nodiscard]] bool awaits(const Endpoint& endpoint) const;

    /// Takes down a query that is sent now; its transaction id. Not when full.
    std::uint32_t add(Pending query, Duration patience, TimePoint now);
    /// The query that an answer from `from` ends, if it is one.
    [[nodiscard]] std::optional<Pending> take(Bytes transaction, const Endpoint& from);

    /// Queries that have become late, told once each.
    [[nodiscard]] std::vector<Pending> take_late(TimePoint now);
    /// Queries that are given up.
    [[nodiscard]] std::vector<Pending> take_dead(TimePoint now);
    [[nodiscard]] TimePoint wake_at() const;

private:
    Random random_;
    std::vector<Pending> pending_;  // in the order in which they were sent
};

}  // namespace bt::dht
