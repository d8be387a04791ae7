#include "dht/address_votes.hpp"

#include <algorithm>

#include "dht/subnet.hpp"

namespace bt::dht {

void AddressVotes::add(const IpAddress& voter, const IpAddress& seen) {
    if (is_local(voter) || is_local(seen) || !seen.is_unicast()) return;
    if (voter.is_v4() != seen.is_v4()) return;
    const auto subnet = subnet_of(voter);
    std::erase_if(votes_, [&](const Vote& vote) { return vote.subnet == subnet; });
    votes_.push_back({subnet, seen});
    if (votes_.size() > kMaxVotes) votes_.pop_front();
}

std::optional<IpAddress> AddressVotes::agreed() const {
    for (const auto& candidate : votes_) {
        const auto count = static_cast<std::size_t>(
            std::count_if(votes_.begin(), votes_.end(),
                          [&](const Vote& vote) { return vote.seen == candidate.seen; }));
        if (count >= kNeeded && 2 * count > votes_.size()) return candidate.seen;
    }
    return std::nullopt;
}

}  // namespace bt::dht
