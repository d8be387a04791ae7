#include "swarm/choker.hpp"

#include <algorithm>

namespace bt::swarm {

void Choker::decide(std::vector<ChokeCandidate>& candidates, TimePoint now, Rng& rng) {
    next_ = now + kInterval;
    const bool rotate = now >= next_optimistic_;
    if (rotate) next_optimistic_ = now + kOptimisticInterval;
    choose_by_merit(candidates, rng);
    choose_optimistic(candidates, rotate, rng);
}

void Choker::choose_by_merit(std::vector<ChokeCandidate>& candidates, Rng& rng) const {
    struct Rank {
        double score;
        std::uint64_t tie;
        ChokeCandidate* candidate;
    };
    std::vector<Rank> ranks;
    for (auto& c : candidates) {
        c.chosen = false;
        if (c.snubbed) continue;
        const bool incumbent = c.unchoked && !c.optimistic;
        ranks.push_back({incumbent ? c.score * kIncumbentBonus : c.score, rng(), &c});
    }
    const auto count = std::min<std::size_t>(regular_slots_, ranks.size());
    std::partial_sort(ranks.begin(), ranks.begin() + static_cast<std::ptrdiff_t>(count),
                      ranks.end(), [](const Rank& a, const Rank& b) {
                          return a.score != b.score ? a.score > b.score : a.tie < b.tie;
                      });
    for (std::size_t i = 0; i < count; ++i)
        ranks[i].candidate->chosen = true;
}

void Choker::choose_optimistic(std::vector<ChokeCandidate>& candidates, bool rotate,
                               Rng& rng) const {
    std::uint32_t left = optimistic_slots_;
    for (auto& c : candidates) {
        // Promoted by merit: the slot is free for another.
        const bool stays = c.optimistic && !c.chosen && !rotate && left > 0;
        c.optimistic = stays;
        if (!stays) continue;
        c.chosen = true;
        --left;
    }
    for (; left > 0; --left) {
        std::uint64_t total = 0;
        const auto weight = [](const ChokeCandidate& c) {
            return c.chosen ? 0 : c.newcomer ? kNewcomerWeight : 1;
        };
        for (const auto& c : candidates)
            total += weight(c);
        if (total == 0) return;
        auto at = random_below(rng, total);
        for (auto& c : candidates) {
            if (at < weight(c)) {
                c.chosen = c.optimistic = true;
                break;
            }
            at -= weight(c);
        }
    }
}

}  // namespace bt::swarm
