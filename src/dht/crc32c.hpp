// CRC-32C (Castagnoli), which BEP 42 hashes addresses with.
#pragma once

#include <cstdint>

#include "bt/core/bytes.hpp"

namespace bt::dht {

/// Bit by bit: for the few bytes of an address.
[[nodiscard]] constexpr std::uint32_t crc32c(Bytes bytes) {
    constexpr std::uint32_t kReversedPolynomial = 0x82f63b78;
    std::uint32_t crc = 0xffffffff;
    for (const auto byte : bytes) {
        crc ^= std::to_integer<std::uint32_t>(byte);
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? kReversedPolynomial : 0);
    }
    return ~crc;
}

}  // namespace bt::dht
