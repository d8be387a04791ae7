#include "dht/address_votes.hpp"

#include <algorithm>
#include <map>

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
    std::map<IpAddress, std::size_t> counts;
    for (const auto& vote : votes_)
        ++counts[vote.seen];
    std::size_t second = 0;
    auto first = counts.end();
    for (auto at = counts.begin(); at != counts.end(); ++at) {
        if (first != counts.end() && at->second <= first->second) {
            second = std::max(second, at->second);
            continue;
        }
        if (first != counts.end()) second = first->second;
        first = at;
    }
    if (first == counts.end() || first->second < std::max(kNeeded, 2 * second)) return std::nullopt;
    return first->first;
}

}  // namespace bt::dht
