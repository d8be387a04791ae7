// A whole Swarm, driven through its public face: what deciding costs. Peers answer in turn, a block
// at a time, the disk finds every piece good, and time is made up.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <variant>
#include <vector>

#include "bt/core/rng.hpp"
#include "bt/swarm/swarm.hpp"

namespace bt::swarm {
namespace {

using namespace std::chrono_literals;
using wire::MessageId;

constexpr std::uint32_t kManyPieces = 200'000;
constexpr std::uint32_t kManyPeers = 500;
constexpr Duration kBlockTime = 100us;  // 160 MB/s of all peers together

/// A swarm with its peers and its disk.
class Lab {
public:
    Lab(std::uint32_t pieces, std::uint32_t piece_length)
        : layout_(piece_length, std::uint64_t{pieces} * piece_length),
          swarm_(layout_, Bitfield(pieces), Bitfield(pieces, true), Settings{}, 1) {}

    void connect_seed() {
        const auto peer = connect();
        swarm_.on_request_limit(peer, 2000);
        tell(peer, MessageId::have_all);
        unchoke(peer);
    }
    /// Peers that have a random half of the pieces; one in four of them serves us.
    std::vector<PeerKey> connect_many(Rng& rng) {
        std::vector<PeerKey> peers;
        ByteVector bits((layout_.piece_count() + 7) / 8);
        for (std::uint32_t i = 0; i < kManyPeers; ++i) {
            for (auto& byte : bits)
                byte = static_cast<std::byte>(rng());
            peers.push_back(connect());
            tell(peers.back(), MessageId::bitfield, {}, bits);
            if (i % 4 == 0) unchoke(peers.back());
        }
        carry_out();
        return peers;
    }
    void tell(PeerKey peer, MessageId id, BlockRequest block = {}, Bytes payload = {}) {
        wire::Message message;
        message.id = id;
        message.block = block;
        message.payload = payload;
        if (id == MessageId::piece) message.data = pool_.acquire();
        swarm_.on_message(peer, message, now_);
    }
    /// Downloads this many blocks, or all there are; returns how many came.
    std::size_t download(std::size_t blocks) {
        std::size_t came = 0;
        while (came < blocks && !swarm_.complete())
            came += turn() ? 1 : 0;
        return came;
    }

private:
    PeerKey connect() { return swarm_.on_peer_connected({}, now_); }
    void unchoke(PeerKey peer) {
        asked_.resize(std::max<std::size_t>(asked_.size(), peer.slot + 1));
        serving_.push_back(peer);
        tell(peer, MessageId::unchoke);
        carry_out();
    }
    /// The next of the peers that serve us sends a block, if it was asked for one.
    bool turn() {
        now_ += kBlockTime;
        if (now_ >= next_tick_) {
            next_tick_ = now_ + kTick;
            swarm_.on_timeout(now_);
        }
        next_ = (next_ + 1) % serving_.size();
        const auto peer = serving_[next_];
        auto& asked = asked_[peer.slot];
        const bool sends = !asked.empty();
        if (sends) {
            const auto block = asked.front();
            asked.pop_front();
            tell(peer, MessageId::piece, block);
        }
        carry_out();
        return sends;
    }
    void carry_out() {
        actions_.clear();
        swarm_.take_actions(actions_);
        for (auto& action : actions_) {
            if (auto* run = std::get_if<WriteRun>(&action)) write(*run);
            if (auto* blocks = std::get_if<ParkBlocks>(&action)) park(*blocks);
            const auto* send = std::get_if<Send>(&action);
            if (send == nullptr) continue;
            if (send->id == MessageId::request) asked_[send->peer.slot].push_back(send->block);
            if (send->id == MessageId::cancel) std::erase(asked_[send->peer.slot], send->block);
        }
    }
    void park(ParkBlocks& blocks) {
        blocks.buffers.clear();
        const std::vector<std::uint32_t> marks(blocks.blocks.size());
        swarm_.on_parked(blocks.piece, blocks.blocks, marks, now_);
    }
    void write(WriteRun& run) {
        run.blocks.clear();
        if (run.last) {
            swarm_.on_piece_verified(run.piece, {}, now_);
        } else {
            swarm_.on_run_written(run.piece, run.hash, now_);
        }
    }

    BlockPool pool_;  // outlives the swarm and its actions
    metainfo::PieceLayout layout_;
    Swarm swarm_;
    TimePoint now_ = TimePoint{} + 1000s;
    TimePoint next_tick_ = now_ + kTick;
    std::vector<PeerKey> serving_;
    std::size_t next_ = 0;                         // of those, to send a block
    std::vector<std::deque<BlockRequest>> asked_;  // by the peer's slot
    std::vector<Action> actions_;
};

/// 256 MiB from one seed, from its unchoke to the last piece.
void one_peer(benchmark::State& state) {
    constexpr std::uint32_t kTotal = 256u << 20;
    const auto piece_length = static_cast<std::uint32_t>(state.range(0));
    std::size_t blocks = 0;
    for (auto _ : state) {
        Lab lab(kTotal / piece_length, piece_length);
        lab.connect_seed();
        blocks += lab.download(kTotal / kBlockSize);
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(blocks));
}
BENCHMARK(one_peer)
    ->Name("Swarm/one_peer/piece_length")
    ->Arg(1 << 20)
    ->Arg(32 << 10)
    ->Unit(benchmark::kMillisecond);

/// Rarest first at its widest: every block is a piece of its own, so that each costs a pick, and a
/// look at every peer once it is there.
void pick(benchmark::State& state) {
    Rng rng(1);
    Lab lab(kManyPieces, kBlockSize);
    lab.connect_many(rng);
    std::size_t blocks = 0;
    for (auto _ : state)
        blocks += lab.download(1000);
    state.SetItemsProcessed(static_cast<std::int64_t>(blocks));
}
// As many as leave pieces to pick from.
BENCHMARK(pick)
    ->Name("Swarm/pick/200000_pieces/500_peers")
    ->Iterations(100)
    ->Unit(benchmark::kMicrosecond);

/// One HAVE after the other, of a random piece from a random peer.
void have_flood(benchmark::State& state) {
    Rng rng(1);
    Lab lab(kManyPieces, kBlockSize);
    const auto peers = lab.connect_many(rng);
    for (auto _ : state) {
        const PieceIndex piece(static_cast<std::uint32_t>(random_below(rng, kManyPieces)));
        lab.tell(peers[random_below(rng, kManyPeers)], MessageId::have, {piece, 0, 0});
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(have_flood)->Name("Swarm/have_flood/200000_pieces/500_peers");

}  // namespace
}  // namespace bt::swarm
