#include "swarm_fixture.hpp"

namespace bt::swarm {
namespace {

using namespace test;

class DownloadLimit : public SwarmTest {
protected:
    [[nodiscard]] std::size_t asked() const {
        std::size_t sum = 0;
        for (const auto& send : sends)
            sum += send.id == MessageId::request ? 1 : 0;
        return sum;
    }
};

TEST_F(DownloadLimit, NoMoreIsAskedForThanComesInSomeSeconds) {
    start(200);
    swarm->set_rate_limit(100 * 1024);
    for (int i = 0; i < 50; ++i)
        seed();
    wait(1s);
    EXPECT_GT(asked(), 10u);
    EXPECT_LE(asked() * kBlockSize, 3 * 100 * 1024 + kBlockSize);
}

TEST_F(DownloadLimit, AtTheLowestSeveralPeersAreAskedForABlockEach) {
    start(200);
    swarm->set_rate_limit(1);
    std::vector<PeerKey> peers;
    for (int i = 0; i < 50; ++i)
        peers.push_back(seed());
    wait(1s);
    EXPECT_EQ(asked(), 4u);
    for (const auto peer : peers)
        EXPECT_LE(requests_to(peer).size(), 1u);
}

TEST_F(DownloadLimit, OnePeerGetsNoMoreThanHalfOfWhatMayBeAskedFor) {
    start(200);
    swarm->set_rate_limit(160 * 1024);  // 30 blocks
    const auto peer = seed();
    EXPECT_EQ(requests_to(peer).size(), 3u);  // it has not shown that it sends
    send_block(peer, requests_to(peer)[0]);
    wait(100ms);
    EXPECT_LE(requests_to(peer).size(), 1u + 15u);
    EXPECT_GT(requests_to(peer).size(), 3u);
}

TEST_F(DownloadLimit, APeerThatWeDoNotReadIsNotSnubbed) {
    start(200);
    swarm->set_rate_limit(1024);
    const auto held = seed();
    const auto silent = seed();
    swarm->on_held(held, now);
    wait(60s);
    EXPECT_FALSE(swarm->peer_stats(held, now)->snubbed);
    EXPECT_TRUE(swarm->peer_stats(silent, now)->snubbed);
    swarm->on_released(held, now);
    wait(1s);
    EXPECT_FALSE(swarm->peer_stats(held, now)->snubbed);
    wait(10s);  // it has its time after that, and no more
    EXPECT_TRUE(swarm->peer_stats(held, now)->snubbed);
}

TEST_F(DownloadLimit, WhatASnubbedPeerHoldsIsAskedOfOthers) {
    start(200);
    swarm->set_rate_limit(1);
    for (int i = 0; i < 4; ++i)
        seed();
    const auto waiting = seed();
    wait(1s);
    EXPECT_TRUE(requests_to(waiting).empty());
    wait(10s);
    EXPECT_FALSE(requests_to(waiting).empty());
}

TEST_F(DownloadLimit, WhileItHoldsPeersBackNothingIsAskedForTwice) {
    start(1);
    swarm->set_rate_limit(10 * 1024);
    const auto slow = seed();
    wait(1s);
    swarm->on_held(slow, now);
    const auto other = seed();
    forget_requests(other);
    wait(6s);
    EXPECT_EQ(swarm->stats(now).duplicates, 0u);
    EXPECT_EQ(count(slow, MessageId::cancel), 0u);
}

TEST_F(DownloadLimit, TheHeldMayLeaveAtAnyTime) {
    start(10);
    swarm->set_rate_limit(1024);
    const auto peer = seed();
    swarm->on_held(peer, now);
    swarm->on_held(peer, now);
    swarm->on_peer_disconnected(peer, now);
    swarm->on_released(peer, now);
    swarm->on_held(peer, now);
    EXPECT_FALSE(swarm->expects_blocks(peer));
}

TEST_F(DownloadLimit, BlocksAreExpectedOfThoseWhoWereAsked) {
    start(10);
    const auto peer = connect();
    EXPECT_FALSE(swarm->expects_blocks(peer));
    tell(peer, MessageId::have_all);
    tell(peer, MessageId::unchoke);
    EXPECT_TRUE(swarm->expects_blocks(peer));
    serve(peer);
    EXPECT_FALSE(swarm->expects_blocks(peer));
}

}  // namespace
}  // namespace bt::swarm
