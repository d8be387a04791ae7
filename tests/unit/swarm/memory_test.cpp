// What peers may make us hold, through the facade.
#include "swarm/download.hpp"
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
        settings.open_limit_bytes = 2 * kLimit;
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

TEST_F(SwarmMemory, WhatWaitsForAWithheldBlockWaitsOnDisk) {
    start(20, small(), kLarge);
    std::vector<PeerKey> league;
    for (int i = 0; i < 8; ++i)
        league.push_back(seed());
    for (int round = 0; round < 200; ++round) {
        for (const auto peer : league)
            static_cast<void>(serve_but_first(peer));
        ASSERT_LE(pool.bytes_in_use(), 3 * kLimit);
        ASSERT_THAT(runs, IsEmpty());
        while (!parks.empty())
            write_all();
        ASSERT_LE(pool.bytes_in_use(), kLimit / 2);
    }
    EXPECT_GE(swarm->stats(now).parked, 8u << 20) << "or it proves nothing";
}

TEST_F(SwarmMemory, BlocksThatWaitForLongDoSoOnDisk) {
    for (const std::uint32_t length : {16 * kBlockSize, kLarge}) {
        start(1, {}, length);
        const auto peer = seed();
        const auto asked = requests_to(peer);
        for (std::size_t i = 2; i < 5; ++i)
            send_block(peer, asked[i]);
        wait(Download::kRest - kTick);
        EXPECT_THAT(parks, IsEmpty());
        wait(kTick);
        ASSERT_THAT(parks, SizeIs(1));
        EXPECT_THAT(parks[0].blocks, ::testing::ElementsAre(2, 3, 4));
        parks.clear();
    }
}

TEST_F(SwarmMemory, ABeginningThatWaitsForLongIsWritten) {
    start(1, {}, kLarge);
    const auto peer = seed();
    const auto asked = requests_to(peer);
    for (std::size_t i = 0; i < 3; ++i)
        send_block(peer, asked[i]);
    wait(Download::kRest);
    EXPECT_THAT(parks, IsEmpty());
    ASSERT_THAT(runs, SizeIs(1));
    EXPECT_EQ(runs[0].length, 3 * kBlockSize);
}

TEST_F(SwarmMemory, AtTheEndAllThatWasGatheredIsPutBy) {
    start(3, {}, 4 * kBlockSize);
    const auto peer = seed();
    const auto asked = requests_to(peer);
    ASSERT_THAT(asked, SizeIs(12));
    for (const std::size_t i : {0u, 1u, 5u, 8u, 9u, 10u, 11u})
        send_block(peer, asked[i]);
    EXPECT_THAT(runs, SizeIs(1));
    swarm->put_by();
    collect();
    EXPECT_THAT(parks, SizeIs(2));
}

TEST_F(SwarmMemory, NobodyIsRobbedWhileTheDiskHoldsAllUp) {
    Settings settings;
    settings.buffer_limit_bytes = 32 * kBlockSize;
    start(4, settings, 4 * kBlockSize);
    const auto slow = connect();
    tell_bitfield(slow, "..xx");
    tell(slow, MessageId::unchoke);
    ASSERT_THAT(requests_to(slow), SizeIs(8));
    const auto fast = seed();
    const auto asked = requests_to(fast);
    ASSERT_THAT(asked, SizeIs(8));
    now += 1ms;
    for (const auto& block : asked)
        send_block(fast, block);
    ASSERT_THAT(runs, SizeIs(2)) << "a quarter of the buffers";
    wait(2s);
    EXPECT_EQ(count(slow, MessageId::cancel), 0u);
    write_all();
    wait(2s);
    EXPECT_GT(count(slow, MessageId::cancel), 0u);
}

TEST_F(SwarmMemory, NoMoreIsKeptThanTheDiskTakes) {
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
        write_all();
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
        while (!runs.empty() || !parks.empty())
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
