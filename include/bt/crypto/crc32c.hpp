// CRC-32C (Castagnoli), as BEP 40 and 42 hash addresses.
#pragma once

#include <cstdint>

#include "bt/core/bytes.hpp"

namespace bt::crypto {

/// Bit by bit: for the few bytes of two addresses.
[[nodiscard]] constexpr std::uint32_t crc32c(Bytes bytes) {
    constexpr std::uint32_t kPolynomial = 0x82f63b78;  // reversed
    std::uint32_t crc = 0xffffffff;
    for (const auto byte : bytes) {
        crc ^= std::to_integer<std::uint32_t>(byte);
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc >> 1) ^ (kPolynomial & (0 - (crc & 1)));
    }
    return ~crc;
}

}  // namespace bt::crypto
