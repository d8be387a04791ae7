// EarlyMessages: what one peer has said before the torrent's metadata is here (BEP 9): which pieces
// it has, and whether we may ask. Owned by its peer session; told to the swarm once there is one.
//
// Invariant: no more than kMaxBitfieldBytes for the pieces, grown with the numbers that come, and
// kMaxAllowedFast; of what is said twice the last counts.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "bt/core/bitfield.hpp"
#include "bt/core/bytes.hpp"
#include "bt/core/ids.hpp"
#include "bt/core/result.hpp"
#include "bt/wire/message.hpp"

namespace bt::session {

class EarlyMessages {
public:
    static constexpr std::size_t kMaxAllowedFast = 64;  // BEP 6; further ones are dropped

    /// Any message but extended, port and keep_alive. Errc::protocol: it cannot be said of any
    /// torrent, or not before we have asked for something.
    [[nodiscard]] Result<> take(const wire::Message& message);

    /// It has something.
    [[nodiscard]] bool has_pieces() const { return all_ || !bits_.empty(); }
    [[nodiscard]] bool has_all() const { return all_; }
    /// Bytes held.
    [[nodiscard]] std::size_t bytes() const { return bits_.capacity(); }

    /// The pieces of a torrent that has so many. Errc::protocol: it is another number.
    [[nodiscard]] Result<Bitfield> pieces(std::uint32_t piece_count) const;
    [[nodiscard]] bool unchoked() const { return unchoked_; }
    [[nodiscard]] bool interested() const { return interested_; }
    [[nodiscard]] const std::vector<PieceIndex>& allowed_fast() const { return allowed_fast_; }

private:
    [[nodiscard]] Result<> take_have(PieceIndex piece);

    ByteVector bits_;  // as on the wire: piece 0 is the highest bit of the first byte
    std::optional<std::size_t> told_bytes_;  // of a bitfield
    bool all_ = false;
    bool unchoked_ = false;
    bool interested_ = false;
    std::vector<PieceIndex> allowed_fast_;
};

}  // namespace bt::session
