// SmartBan: finds out who lied when a piece failed. A machine of facts: digests and senders in,
// liars out.
//
// A piece that came from one sender convicts it. One that came from several is fetched again, and
// when it is good, whoever sent a block of another digest is convicted. So is a sender whose two
// copies of one block differ. Nobody is ever convicted by suspicion, nor for blocks of unknown
// origin (kUnknownSender).
//
// Bounds: kMaxSuspectPieces records of kMaxAttempts attempts, kMaxBlocks digests in all; the oldest
// evidence goes first, which costs a conviction and nothing else.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <unordered_map>
#include <vector>

#include "bt/core/ids.hpp"
#include "swarm/open_piece.hpp"

namespace bt::swarm {

class SmartBan {
public:
    static constexpr std::size_t kMaxSuspectPieces = 64;
    static constexpr std::size_t kMaxAttempts = 4;
    static constexpr std::size_t kMaxBlocks = 65536;

    /// Both one a block; `digests` may be empty if they are not known. Returns those who lied for
    /// certain.
    std::vector<SenderId> on_failed(PieceIndex piece, std::span<const Sha1Digest> digests,
                                    std::span<const SenderId> senders);
    /// The same for the digests of the good piece. Forgets the piece.
    std::vector<SenderId> on_verified(PieceIndex piece, std::span<const Sha1Digest> digests);

    /// It has failed, and nobody has been convicted for it.
    [[nodiscard]] bool suspect(PieceIndex piece) const { return records_.contains(piece); }
    [[nodiscard]] bool empty() const { return records_.empty(); }
    /// Failures of a suspect piece.
    [[nodiscard]] std::uint32_t failures(PieceIndex piece) const;
    /// `sender` had a part in a failure of it.
    [[nodiscard]] bool involved(PieceIndex piece, SenderId sender) const;

private:
    struct Attempt {
        std::vector<Sha1Digest> digests;
        std::vector<SenderId> senders;
    };
    struct Record {
        std::uint32_t failures = 0;
        std::deque<Attempt> attempts;
    };
    void remember(PieceIndex piece, Attempt attempt);
    void forget(PieceIndex piece);
    void forget_oldest_attempt(Record& record);

    std::unordered_map<PieceIndex, Record> records_;
    std::deque<PieceIndex> order_;  // of records_, oldest first
    std::size_t blocks_ = 0;
};

}  // namespace bt::swarm
