// AddressVotes: which address of ours others see, by their vote (BEP 42). A value owned by the Dht.
//
// Invariants: a subnet has one vote, its last; only kMaxVotes are kept, the newest; nothing is
// agreed upon by fewer than kNeeded, or by fewer than twice those of any other opinion.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>

#include "bt/core/endpoint.hpp"

namespace bt::dht {

class AddressVotes {
public:
    static constexpr std::size_t kMaxVotes = 24;
    static constexpr std::size_t kNeeded = 5;

    /// `voter` has answered a query of ours and says that it came from `seen`. Votes of and for
    /// addresses in local ranges do not count: they say nothing of what the Internet sees.
    void add(const IpAddress& voter, const IpAddress& seen);
    [[nodiscard]] std::optional<IpAddress> agreed() const;
    void clear() { votes_.clear(); }

private:
    struct Vote {
        IpAddress subnet;  // of the voter
        IpAddress seen;
    };
    std::deque<Vote> votes_;  // oldest first
};

}  // namespace bt::dht
