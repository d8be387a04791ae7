// MetadataServer: answers one peer's requests for the info dictionary (BEP 9). A machine, owned by
// the peer's session.
//
// Invariants: of the answers with payload, no more than kMaxQueued wait to be sent, and in any
// minute that begins with one there are no more than budget(): the whole dictionary twice, and a
// few for a small one. Every other request is rejected.
#pragma once

#include <cstdint>

#include "bt/core/bytes.hpp"
#include "bt/core/time.hpp"
#include "bt/wire/metadata.hpp"

namespace bt::swarm {

class MetadataServer {
public:
    static constexpr std::uint32_t kMaxQueued = 64;
    static constexpr std::uint32_t kLeastBudget = 64;
    static constexpr Duration kWindow = std::chrono::minutes(1);

    /// `info_dictionary` outlives the server and its answers; empty: nothing is there to give yet.
    explicit MetadataServer(Bytes info_dictionary);

    /// A data message or a reject. `piece` is a foreign number; `queued` answers with payload wait
    /// to be sent to this peer.
    [[nodiscard]] wire::MetadataMessage on_request(std::uint32_t piece, std::size_t queued,
                                                   TimePoint now);
    [[nodiscard]] std::uint32_t piece_count() const;
    /// Pieces that the peer may have in a kWindow.
    [[nodiscard]] std::uint32_t budget() const;

private:
    Bytes info_;
    TimePoint window_ends_ = TimePoint::min();
    std::uint32_t given_ = 0;  // since the window began
};

}  // namespace bt::swarm
