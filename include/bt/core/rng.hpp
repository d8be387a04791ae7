// The source of random choices of a machine: seeded by its owner, so that a run can be replayed.
#pragma once

#include <cstdint>
#include <random>

#include "bt/core/assert.hpp"

namespace bt {

using Rng = std::mt19937_64;

/// A number in [0, bound). bound > 0. The slight bias of the modulus does not matter here.
[[nodiscard]] inline std::uint64_t random_below(Rng& rng, std::uint64_t bound) {
    BT_ASSERT(bound > 0);
    return rng() % bound;
}

}  // namespace bt
