#include "swarm/endgame.hpp"

#include <algorithm>

namespace bt::swarm {
namespace {

using namespace std::chrono_literals;

// A cancel is in time when it gets there before the block leaves.
constexpr Duration kCancelSlack = 300ms;
constexpr std::size_t kOnTheirWay = 1;  // requests at the head that a cancel does not stop
constexpr Duration kLongOverdue = 2s;

bool holds(const Block& block, const Peer& peer) {
    const auto end = block.holder.begin() + block.holders;
    return std::find(block.holder.begin(), end, peer.slot()) != end;
}

}  // namespace

Endgame::Endgame(std::uint64_t total_bytes)
    : max_duplicate_bytes_(std::max(kMinDuplicateBytes, total_bytes / 200)) {}

std::optional<Endgame::Theft> Endgame::find(const Peer& thief, const PeerTable& peers,
                                            const PieceManager& manager, Twice twice,
                                            TimePoint now) const {
    const auto mine = thief.pipeline.expected_next();
    const bool last = manager.missing_bytes() <= std::uint64_t{kLastBlocks} * kBlockSize;
    const auto max_holders = last ? kMaxHolders : kEndgameHolders;
    std::optional<Theft> best;
    auto latest = mine + kMargin;
    for (auto* victim : peers.all()) {
        const auto& queue = victim->pipeline;
        if (victim == &thief || queue.size() == 0 || !victim->serving()) continue;
        if (queue.expected(queue.size() - 1, now) <= latest) continue;
        const auto stop = queue.size() - std::min<std::size_t>(queue.size(), kLookBack);
        for (std::size_t i = queue.size(); i-- > stop;) {
            const auto expected = queue.expected(i, now);
            if (expected <= latest) break;
            const auto& request = queue[i];
            const auto& open = manager.at(request.slot);
            const auto& block = open.blocks[request.block];
            if (!thief.pieces.get(open.piece) || holds(block, thief)) continue;
            if (open.exclusive && expected <= mine + kExclusiveMargin) continue;
            const auto theft = judge(*victim, i, expected, block, max_holders, twice);
            if (!theft) continue;
            best = theft;
            latest = expected;
            break;
        }
    }
    return best;
}

std::optional<Endgame::Theft> Endgame::judge(Peer& victim, std::size_t position, Duration expected,
                                             const Block& block, std::uint8_t max_holders,
                                             Twice twice) const {
    const auto& queue = victim.pipeline;
    Theft theft{&victim, queue[position].slot, queue[position].block, true, false, false};
    if (position >= kOnTheirWay && expected > queue.round_trip() + kCancelSlack) return theft;
    if (twice == Twice::no) return std::nullopt;
    theft.again = true;
    const bool last = max_holders == kMaxHolders;  // too little to need a budget
    if (twice == Twice::overdue || (spent() && !last)) {
        theft.overdue = true;
        return expected > kLongOverdue ? std::optional(theft) : std::nullopt;
    }
    theft.move = block.holders >= max_holders;
    return theft;
}

}  // namespace bt::swarm
