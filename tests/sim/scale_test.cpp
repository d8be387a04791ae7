// The largest swarms in sight, without a net: the cost of deciding alone.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <vector>

#include "bt/core/rng.hpp"
#include "bt/swarm/swarm.hpp"

namespace bt::swarm {
namespace {

using namespace std::chrono_literals;
using wire::MessageId;
using Stopwatch = std::chrono::steady_clock;

class Scale : public ::testing::Test {
protected:
    void tell(PeerKey peer, MessageId id, BlockRequest block = {}, Bytes payload = {}) {
        wire::Message message;
        message.id = id;
        message.block = block;
        message.payload = payload;
        if (id == MessageId::piece) message.data = pool.acquire();
        swarm->on_message(peer, message, now);
    }
    /// Carries out what matters: blocks asked for come, pieces are good. Returns the blocks.
    std::size_t serve(std::size_t most) {
        std::size_t served = 0;
        std::vector<Action> actions;
        while (served < most) {
            actions.clear();
            swarm->take_actions(actions);
            if (actions.empty()) break;
            now += 10us;
            for (auto& action : actions) {
                if (auto* run = std::get_if<WriteRun>(&action)) {
                    const auto piece = run->piece;
                    run->blocks.clear();
                    swarm->on_piece_verified(piece, {}, now);
                }
                if (auto* park = std::get_if<ParkBlocks>(&action)) {
                    park->buffers.clear();
                    const std::vector<std::uint32_t> marks(park->blocks.size());
                    swarm->on_parked(park->piece, park->blocks, marks, now);
                }
                const auto* send = std::get_if<Send>(&action);
                if (send == nullptr || send->id != MessageId::request) continue;
                tell(send->peer, MessageId::piece, send->block);
                ++served;
            }
        }
        return served;
    }
    static double seconds(Stopwatch::time_point since) {
        return std::chrono::duration<double>(Stopwatch::now() - since).count();
    }

    BlockPool pool;
    std::unique_ptr<Swarm> swarm;
    TimePoint now = TimePoint{} + 1000s;
};

TEST_F(Scale, TwoHundredThousandPiecesAndFiveHundredPeers) {
    constexpr std::uint32_t kPieces = 200'000;
    constexpr std::uint32_t kPeers = 500;
    const metainfo::PieceLayout layout(kBlockSize, std::uint64_t{kPieces} * kBlockSize);
    swarm =
        std::make_unique<Swarm>(layout, Bitfield(kPieces), Bitfield(kPieces, true), Settings{}, 1);
    Rng rng(1);
    const auto start = Stopwatch::now();
    std::vector<PeerKey> peers;
    ByteVector bits((kPieces + 7) / 8);
    for (std::uint32_t i = 0; i < kPeers; ++i) {
        for (auto& byte : bits)
            byte = static_cast<std::byte>(rng());
        const auto peer = swarm->on_peer_connected({}, now);
        tell(peer, MessageId::bitfield, {}, bits);
        if (i % 4 == 0) tell(peer, MessageId::unchoke);
        peers.push_back(peer);
        now += 1ms;
    }
    const double joined = seconds(start);
    for (int i = 0; i < 200'000; ++i) {
        const PieceIndex piece(static_cast<std::uint32_t>(random_below(rng, kPieces)));
        tell(peers[random_below(rng, kPeers)], MessageId::have, {piece, 0, 0});
        if (i % 1000 == 0) {
            now += kTick;
            swarm->on_timeout(now);
        }
    }
    const double told = seconds(start);
    const auto served = serve(5'000);
    const double done = seconds(start);
    std::printf("    %u bitfields %.3f s, 200000 haves %.3f s, %zu blocks (a piece each) %.3f s\n",
                kPeers, joined, told - joined, served, done - told);
    EXPECT_GE(served, 5'000u);
    EXPECT_LT(done, 20);  // generous: an unoptimised build, on a busy machine
}

TEST_F(Scale, BulkFromOnePeer) {
    constexpr std::uint32_t kPieces = 256;
    const std::uint32_t length = 1u << 20;
    const metainfo::PieceLayout layout(length, std::uint64_t{kPieces} * length);
    swarm =
        std::make_unique<Swarm>(layout, Bitfield(kPieces), Bitfield(kPieces, true), Settings{}, 1);
    const auto peer = swarm->on_peer_connected({}, now);
    swarm->on_request_limit(peer, 2000);
    tell(peer, MessageId::have_all);
    tell(peer, MessageId::unchoke);
    const auto start = Stopwatch::now();
    const auto served = serve(1u << 20);
    std::printf("    %.0f ns a block\n", seconds(start) / static_cast<double>(served) * 1e9);
    EXPECT_EQ(served, kPieces * 64u);
    EXPECT_TRUE(swarm->complete());
}

TEST_F(Scale, AThousandIdlePeersCostLittle) {
    const metainfo::PieceLayout layout(kBlockSize, 1000 * kBlockSize);
    swarm = std::make_unique<Swarm>(layout, Bitfield(1000), Bitfield(1000, true), Settings{}, 1);
    for (int i = 0; i < 1000; ++i)
        tell(swarm->on_peer_connected({}, now), MessageId::have_all);
    const auto start = Stopwatch::now();
    constexpr int kTicks = 1000;
    for (int i = 0; i < kTicks; ++i) {
        now += kTick;
        swarm->on_timeout(now);
    }
    std::printf("    %.1f us a tick\n", seconds(start) / kTicks * 1e6);
    EXPECT_LT(seconds(start) / kTicks, to_seconds(kTick) / 20);
}

}  // namespace
}  // namespace bt::swarm
