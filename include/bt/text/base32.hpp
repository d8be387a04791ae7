// Base32 (RFC 4648, unpadded) and hex, as magnet links write info-hashes. Either case is read.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bt/core/bytes.hpp"

namespace bt::text {

/// Upper case, no padding.
[[nodiscard]] std::string base32_encode(Bytes bytes);
/// Nothing for a foreign character, an impossible length, or spare bits that are not zero.
[[nodiscard]] std::optional<ByteVector> base32_decode(std::string_view text);
/// Nothing for a foreign character or an odd length.
[[nodiscard]] std::optional<ByteVector> hex_decode(std::string_view text);

}  // namespace bt::text
