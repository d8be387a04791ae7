// What peers may make us hold, through the facade.
#include "swarm_fixture.hpp"

namespace bt::swarm::test {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::uint32_t kLarge = 256 * kBlockSize;  // 4 MiB: written in runs
constexpr std::size_t kLimit = 2u << 20;

class SwarmMemory : public SwarmTest {
protected:
    static Settings small() {
        Settings settings;
        settings.buffer_limit_bytes = kLimit;
        return settings;
    }
    /// Answers what a peer has been asked for, but for the first block of each piece.
    std::size_t serve_but_first(PeerKey peer) {
        std::size_t served = 0;
        const auto asked = requests_to(peer);
        forget_requests(peer);
        for (const auto& block : asked) {
            if (block.begin == 0) continue;
            send_block(peer, block);
            ++served;
        }
        now += 1ms;
        return served;
    }
};

TEST_F(SwarmMemory, AWithheldFirstBlockStopsThePieceAtTheLimit) {
    start(20, small(), kLarge);
    std::vector<PeerKey> league;
    for (int i = 0; i < 8; ++i)
        league.push_back(seed());
    for (int round = 0; round < 200; ++round) {
        for (const auto peer : league)
            static_cast<void>(serve_but_first(peer));
        ASSERT_LE(pool.bytes_in_use(), 3 * kLimit);
    }
    EXPECT_GE(pool.bytes_in_use(), kLimit) << "or it proves nothing";
    EXPECT_THAT(runs, IsEmpty());
}

TEST_F(SwarmMemory, AnHonestPeerIsAskedForWhatTheOthersKeepBack) {
    start(20, small(), kLarge);
    std::vector<PeerKey> league;
    for (int i = 0; i < 8; ++i)
        league.push_back(seed());
    for (int round = 0; round < 50; ++round) {
        for (const auto peer : league)
            static_cast<void>(serve_but_first(peer));
    }
    const auto honest = seed();
    const auto began = now;
    while (!swarm->complete() && now - began < 120s) {
        const auto asked = requests_to(honest);
        forget_requests(honest);
        for (const auto& block : asked)
            send_block(honest, block);
        for (const auto peer : league)
            static_cast<void>(serve_but_first(peer));
        while (!runs.empty())
            write_all();
        wait(kTick);
        ASSERT_LE(pool.bytes_in_use(), 3 * kLimit);
    }
    EXPECT_TRUE(swarm->complete());
    EXPECT_LT(now - began, 60s);
}

TEST_F(SwarmMemory, LateBlocksAreDroppedWhileMemoryIsShort) {
    // Each has been asked for pieces that nobody else has, kept silent until it was given up, and
    // sends all of it then.
    constexpr std::uint32_t kPieces = 60;
    start(kPieces, small(), 8 * kBlockSize);
    std::vector<PeerKey> league;
    std::vector<std::vector<BlockRequest>> promised;
    for (std::uint32_t i = 0; i < kPieces; ++i) {
        const auto peer = connect();
        tell(peer, MessageId::have, {PieceIndex(i), 0, 0});
        tell(peer, MessageId::unchoke);
        league.push_back(peer);
        if (i % 8 == 7) wait(40s);
    }
    wait(80s);
    for (const auto peer : league)
        promised.push_back(requests_to(peer));
    for (std::size_t i = 0; i < league.size(); ++i) {
        // All but one block, so that no piece is ever whole.
        for (const auto& block : promised[i]) {
            if (block.begin > 0) send_block(league[i], block);
            ASSERT_LE(pool.bytes_in_use(), 3 * kLimit);
        }
    }
}

TEST_F(SwarmMemory, AConvictedPeersOtherBlocksAreForgotten) {
    start(3);
    const auto liar = seed();
    const auto asked = requests_to(liar);
    ASSERT_THAT(asked, SizeIs(12));
    for (std::size_t i = 0; i < 6; ++i)  // a piece and a half
        send_block(liar, asked[i]);
    ASSERT_THAT(runs, SizeIs(1));
    const auto bad = runs[0].piece;
    runs.clear();
    swarm->on_piece_failed(bad, std::vector<Sha1Digest>(4), now);
    collect();
    EXPECT_TRUE(was_closed(liar, CloseReason::bad_data));
    EXPECT_EQ(pool.bytes_in_use(), 0u);
    EXPECT_EQ(swarm->stats(now).wasted, 6u * kBlockSize);
    swarm->on_peer_disconnected(liar, now);
    const auto honest = seed();
    serve(honest);
    EXPECT_TRUE(swarm->complete());
    EXPECT_EQ(swarm->stats(now).hash_failures, 1u) << "one liar costs one piece";
}

TEST_F(SwarmMemory, APieceIsNotLeftToOneWhoKeptABlockBackWhileAnotherServes) {
    start(1, {}, 16 * kBlockSize);
    const auto keeper = seed();
    const auto asked = requests_to(keeper);
    ASSERT_THAT(asked, SizeIs(16));
    for (std::size_t i = 1; i < asked.size(); ++i) {
        now += 10ms;
        send_block(keeper, asked[i]);
    }
    forget_requests(keeper);
    const auto honest = seed();
    for (int i = 0; i < 300 && requests_to(honest).empty(); ++i)
        wait(kTick);
    EXPECT_THAT(requests_to(honest), Contains(asked[0]));
    EXPECT_THAT(requests_to(keeper), IsEmpty());
}

TEST_F(SwarmMemory, ASlowDiskStopsRequestsOfLargePieces) {
    start(20, small(), kLarge);
    std::vector<PeerKey> peers;
    for (int i = 0; i < 4; ++i)
        peers.push_back(seed());
    for (int round = 0; round < 200; ++round) {
        for (const auto peer : peers) {
            const auto asked = requests_to(peer);
            forget_requests(peer);
            for (const auto& block : asked)
                send_block(peer, block);
        }
        now += 1ms;
    }
    for (const auto peer : peers)
        EXPECT_THAT(requests_to(peer), IsEmpty());
    while (!runs.empty())
        write_all();
    for (int round = 0; round < 2000 && !swarm->complete(); ++round) {
        for (const auto peer : peers) {
            const auto asked = requests_to(peer);
            forget_requests(peer);
            for (const auto& block : asked)
                send_block(peer, block);
        }
        write_all();
        now += 1ms;
    }
    EXPECT_TRUE(swarm->complete()) << "and goes on when the disk has caught up, without a tick";
}

}  // namespace
}  // namespace bt::swarm::test
