// ut_metadata messages (BEP 9): how peers hand the info dictionary of a torrent to those that have
// only its hash. Values; a message refers to the bytes that it was read from.
#pragma once

#include <cstdint>
#include <optional>

#include "bt/core/bytes.hpp"
#include "bt/core/result.hpp"

namespace bt::wire {

/// BEP 9: of every piece but the last, which can be shorter.
inline constexpr std::uint32_t kMetadataPieceSize = 16 * 1024;

enum class MetadataType : std::uint8_t { request = 0, data = 1, reject = 2 };

struct MetadataMessage {
    MetadataType type = MetadataType::request;
    std::uint32_t piece = 0;                  // foreign: any number
    std::optional<std::uint64_t> total_size;  // data: of the whole, as the peer names it
    Bytes payload;                            // data: at most kMetadataPieceSize bytes
};

/// The payload of an extended message (BEP 10). total_size is set in data.
[[nodiscard]] ByteVector to_wire(const MetadataMessage& message);
/// Nothing for a type that BEP 9 does not know: to be ignored. Errc::protocol: no dictionary, no
/// type or piece, or more data than a piece holds. Bytes after a request or reject do not matter.
[[nodiscard]] Result<std::optional<MetadataMessage>> parse_metadata_message(Bytes payload);

}  // namespace bt::wire
