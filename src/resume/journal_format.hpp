// The format of a journal (journal.hpp), as who writes it and who reads it have in common.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "bt/core/bytes.hpp"

namespace bt::resume {

inline constexpr std::string_view kMagic = "bt-state";
inline constexpr std::size_t kChecksumBytes = 4;
inline constexpr std::size_t kHeaderBytes = 8 + 4 + 20 + 20 + 16 + 8 + 8 + kChecksumBytes;
inline constexpr std::size_t kRecordHead = 4;
inline constexpr std::size_t kMaxPayload = (1u << 24) - 1;
inline constexpr std::size_t kStampBytes = 4 + 8 + 8 + 8 + 8 + 1;
inline constexpr std::size_t kFilesARecord = 4096;

enum class Record : std::uint8_t {
    snapshot = 1,
    pieces,
    prefix,
    sync_begun,
    synced,
    stamps,
    lost,
    selection,
    parked,
};

/// CRC-32C of `before`, the checksum that came last, and of `bytes`.
[[nodiscard]] std::uint32_t checksum(std::uint32_t before, Bytes bytes);

}  // namespace bt::resume
