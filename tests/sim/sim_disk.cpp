// SimNet: the disk of a node, which takes its time, keeps what is parked, and verifies.
#include <algorithm>
#include <utility>

#include "bt/crypto/sha1.hpp"
#include "sim/sim_net.hpp"

namespace bt::swarm::sim {
namespace {

constexpr Duration kDiskDelay = 2ms;

}  // namespace

void SimNet::perform(Node& node, WriteRun& action) {
    auto run = std::make_shared<WriteRun>(std::move(action));
    at(now_ + kDiskDelay, [this, &node, run] { verify(node, run); });
}

void SimNet::perform(Node& node, ParkBlocks& action) {
    auto blocks = std::make_shared<ParkBlocks>(std::move(action));
    at(now_ + kDiskDelay, [this, &node, blocks] { park(node, blocks); });
}

void SimNet::park(Node& node, const std::shared_ptr<ParkBlocks>& blocks) {
    std::vector<std::uint32_t> marks;
    for (std::size_t i = 0; i < blocks->blocks.size(); ++i) {
        const auto length = content_.layout.block(blocks->piece, blocks->blocks[i]).length;
        const auto bytes = blocks->buffers[i].bytes(length);
        node.parked[{blocks->piece, blocks->blocks[i]}].assign(bytes.begin(), bytes.end());
        marks.push_back(read_be<std::uint32_t>(crypto::sha1(bytes).data()));
    }
    node.parked_bytes += blocks->buffers.size() * kBlockSize;
    blocks->buffers.clear();
    node.swarm->on_parked(blocks->piece, blocks->blocks, marks, now_);
    carry_out(node);
}

void SimNet::verify(Node& node, std::shared_ptr<WriteRun> run) {
    std::vector<Sha1Digest> digests;
    std::uint32_t left = run->length;
    for (std::uint32_t i = 0; i < run->blocks.size(); ++i) {
        const auto number = run->begin / kBlockSize + i;
        const auto& block = run->blocks[i];
        const auto bytes = block ? block.bytes(std::min(left, kBlockSize))
                                 : Bytes(node.parked.at({run->piece, number}));
        left -= static_cast<std::uint32_t>(bytes.size());
        run->hash.update(bytes);
        digests.push_back(crypto::sha1(bytes));
    }
    run->blocks.clear();
    if (run->last) {
        node.parked.erase(node.parked.lower_bound({run->piece, 0}),
                          node.parked.lower_bound({PieceIndex(run->piece.value() + 1), 0}));
    }
    if (!run->last) {
        node.swarm->on_run_written(run->piece, run->hash, now_);
    } else if (run->hash.finish() == content_.digests[run->piece.value()]) {
        node.swarm->on_piece_verified(run->piece, run->want_digests ? digests : decltype(digests){},
                                      now_);
    } else {
        node.swarm->on_piece_failed(run->piece, digests, now_);
    }
    carry_out(node);
}

}  // namespace bt::swarm::sim
