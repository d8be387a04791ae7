// SourceGuard: how often one source may ask us. A machine of fixed size, owned by the Dht: a flood
// from a million forged addresses fills no table.
//
// A source has kRate queries a second and a burst; who spends that and goes on is not heard for
// kBlockFor. Sources share kSlots places by a hash that nobody outside knows; one that finds its
// place taken goes uncounted, and is held by the limit on all that we send.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "bt/core/endpoint.hpp"
#include "bt/core/time.hpp"
#include "dht/allowance.hpp"

namespace bt::dht {

class SourceGuard {
public:
    static constexpr std::size_t kSlots = 512;
    static constexpr double kRate = 5;  // queries a second
    static constexpr double kBurst = 25;
    static constexpr Duration kBlockFor = std::chrono::seconds(300);

    explicit SourceGuard(std::uint64_t key) : key_(key) {}

    /// Counts a query; false: it is one too many.
    [[nodiscard]] bool admits(const Endpoint& from, TimePoint now);
    [[nodiscard]] bool blocks(const Endpoint& from, TimePoint now) const;

private:
    struct Slot {
        Endpoint source;
        Allowance allowance{kRate, kBurst};
        TimePoint blocked_until{};
    };

    [[nodiscard]] std::size_t slot_of(const Endpoint& source) const;

    std::uint64_t key_;
    std::vector<Slot> slots_;  // empty before the first query, then kSlots
};

}  // namespace bt::dht
