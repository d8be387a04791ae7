// Input: a fuzzed input as a run of small decisions, for the targets that drive a machine. Once it
// is used up it gives zeros. Does not own the bytes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "bt/core/assert.hpp"
#include "bt/core/bytes.hpp"

namespace bt::fuzz {

class Input {
public:
    Input(const std::uint8_t* data, std::size_t size)
        : rest_(std::as_bytes(std::span(data, size))) {}

    [[nodiscard]] bool empty() const { return rest_.empty(); }
    std::uint8_t byte() {
        const auto taken = take(1);
        return taken.empty() ? std::uint8_t{0} : std::to_integer<std::uint8_t>(taken.front());
    }
    bool flag() { return (byte() & 1) != 0; }
    /// Four bytes, most significant first.
    std::uint32_t number() {
        std::uint32_t out = 0;
        for (int i = 0; i < 4; ++i)
            out = out << 8 | byte();
        return out;
    }
    /// In [0, bound). 0 < bound <= 65536.
    std::uint32_t below(std::uint32_t bound) {
        BT_ASSERT(bound > 0 && bound <= 65536);
        const std::uint32_t low = byte();
        return (bound > 256 ? low << 8 | byte() : low) % bound;
    }
    /// At most `length` bytes.
    Bytes take(std::size_t length) {
        const auto out = rest_.first(std::min(length, rest_.size()));
        rest_ = rest_.subspan(out.size());
        return out;
    }

private:
    Bytes rest_;
};

}  // namespace bt::fuzz
