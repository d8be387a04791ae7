// Choker: whom to upload to. Tit for tat (BEP 3): a few slots by merit, re-judged every ten
// seconds, and an optimistic one that goes round every thirty, by which newcomers get a first
// chance.
#pragma once

#include <cstdint>
#include <vector>

#include "bt/core/rng.hpp"
#include "bt/core/time.hpp"
#include "swarm/open_piece.hpp"

namespace bt::swarm {

/// A peer that is interested in us.
struct ChokeCandidate {
    PeerSlot peer = kNobody;
    double score = 0;         // what it is worth: bytes/s
    bool unchoked = false;    // now
    bool optimistic = false;  // in: holds an optimistic slot now. out: will
    bool snubbed = false;     // owes us blocks: no slot by merit
    bool newcomer = false;    // three times as likely to get the optimistic slot (BEP 3)
    bool chosen = false;      // out: to be unchoked
};

class Choker {
public:
    static constexpr Duration kInterval = std::chrono::seconds(10);
    static constexpr Duration kOptimisticInterval = std::chrono::seconds(30);
    static constexpr double kIncumbentBonus = 1.2;  // a slot changes hands for a clear gain only
    static constexpr std::uint32_t kNewcomerWeight = 3;

    Choker(std::uint32_t regular_slots, std::uint32_t optimistic_slots)
        : regular_slots_(regular_slots), optimistic_slots_(optimistic_slots) {}

    [[nodiscard]] std::uint32_t slots() const { return regular_slots_ + optimistic_slots_; }
    [[nodiscard]] bool due(TimePoint now) const { return now >= next_; }
    /// Fills in `chosen` and `optimistic`.
    void decide(std::vector<ChokeCandidate>& candidates, TimePoint now, Rng& rng);

private:
    void choose_by_merit(std::vector<ChokeCandidate>& candidates, Rng& rng) const;
    void choose_optimistic(std::vector<ChokeCandidate>& candidates, bool rotate, Rng& rng) const;

    std::uint32_t regular_slots_;
    std::uint32_t optimistic_slots_;
    TimePoint next_{};
    TimePoint next_optimistic_{};
};

}  // namespace bt::swarm
