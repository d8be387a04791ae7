// Serving others, through the facade.
#include "swarm_fixture.hpp"

namespace bt::swarm::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class SwarmUpload : public SwarmTest {
protected:
    /// We have it all.
    void seed_ourselves(std::uint32_t pieces, Settings settings = {}) {
        settings.seed_when_complete = true;
        layout = metainfo::PieceLayout(4 * kBlockSize, std::uint64_t{pieces} * 4 * kBlockSize);
        start(Bitfield(pieces, true), Bitfield(pieces, true), settings);
    }
    PeerKey leecher(bool fast = false) {
        const auto peer = connect(fast);
        tell(peer, MessageId::interested);
        return peer;
    }
    void rechoke() { wait(10s); }
};

TEST_F(SwarmUpload, UnchokesAtOnceWhileASlotIsFree) {
    seed_ourselves(3);
    std::vector<PeerKey> peers;
    for (int i = 0; i < 8; ++i)
        peers.push_back(leecher());
    for (std::size_t i = 0; i < peers.size(); ++i)
        EXPECT_EQ(count(peers[i], MessageId::unchoke), i < 5 ? 1u : 0u);
}

TEST_F(SwarmUpload, ServesAnUnchokedPeer) {
    seed_ourselves(3);
    const auto peer = leecher();
    tell(peer, MessageId::request, block(1, 2));
    EXPECT_THAT(serves, ElementsAre(Serve{peer, block(1, 2)}));
}

TEST_F(SwarmUpload, IgnoresRequestsOfAChokedPeerAndRejectsThemWithFast) {
    seed_ourselves(3);
    const auto plain = connect();
    const auto fast = connect(true);
    tell(plain, MessageId::request, block(1, 2));
    tell(fast, MessageId::request, block(1, 2));
    EXPECT_THAT(serves, IsEmpty());
    EXPECT_EQ(count(plain, MessageId::reject_request), 0u);
    EXPECT_THAT(sent(fast, MessageId::reject_request), ElementsAre(block(1, 2)));
}

TEST_F(SwarmUpload, NeverServesWhatDoesNotExist) {
    seed_ourselves(3);
    const auto peer = leecher(true);
    for (const auto& bad :
         {BlockRequest{PieceIndex(3), 0, kBlockSize}, BlockRequest{PieceIndex(0), 0, 0},
          BlockRequest{PieceIndex(0), 0, kBlockSize + 1},
          BlockRequest{PieceIndex(0), 4 * kBlockSize - 1, 2},
          BlockRequest{PieceIndex(0xffffffff), 0xffffffff, 0xffffffff}}) {
        tell(peer, MessageId::request, bad);
    }
    EXPECT_THAT(serves, IsEmpty());
    EXPECT_EQ(count(peer, MessageId::reject_request), 5u);
}

TEST_F(SwarmUpload, NeverServesWhatWeLack) {
    start(3);
    const auto peer = leecher();
    tell(peer, MessageId::request, block(1, 0));
    EXPECT_THAT(serves, IsEmpty());
}

TEST_F(SwarmUpload, TooManyBadRequestsCloseThePeer) {
    seed_ourselves(3);
    const auto peer = leecher();
    for (int i = 0; i < 100; ++i)
        tell(peer, MessageId::request, {PieceIndex(3), 0, kBlockSize});
    EXPECT_THAT(closed, IsEmpty());
    tell(peer, MessageId::request, {PieceIndex(3), 0, kBlockSize});
    EXPECT_TRUE(was_closed(peer, CloseReason::protocol_error));
}

TEST_F(SwarmUpload, ACancelStopsServing) {
    seed_ourselves(3);
    const auto peer = leecher(true);
    tell(peer, MessageId::request, block(1, 2));
    tell(peer, MessageId::cancel, block(1, 2));
    tell(peer, MessageId::cancel, {PieceIndex(9), 0, 1});
    EXPECT_THAT(stops, ElementsAre(StopServing{peer, block(1, 2), false, true}));
}

TEST_F(SwarmUpload, AChokeStopsServingEverything) {
    Settings settings;
    settings.regular_slots = 1;
    settings.optimistic_slots = 0;
    seed_ourselves(3, settings);
    const auto slow = leecher();
    const auto fast = leecher(true);
    for (int i = 0; i < 100; ++i) {
        swarm->on_uploaded(fast, 100'000, now);
        wait(100ms);
    }
    EXPECT_EQ(count(slow, MessageId::choke), 1u);
    EXPECT_EQ(count(fast, MessageId::unchoke), 1u);
    EXPECT_THAT(stops, Contains(StopServing{slow, {}, true, false}));
}

TEST_F(SwarmUpload, WhileDownloadingThoseWhoGiveGetTheSlots) {
    Settings settings;
    settings.regular_slots = 1;
    settings.optimistic_slots = 0;
    start(100, settings);
    const auto taker = leecher();
    const auto giver = seed();
    tell(giver, MessageId::interested);
    EXPECT_EQ(count(taker, MessageId::unchoke), 1u);
    for (int i = 0; i < 30; ++i) {
        const auto asked = requests_to(giver);
        forget_requests(giver);
        for (std::size_t k = 0; k < std::min<std::size_t>(2, asked.size()); ++k)
            send_block(giver, asked[k]);
        wait(100ms);
    }
    rechoke();
    EXPECT_EQ(count(taker, MessageId::choke), 1u);
    EXPECT_EQ(count(giver, MessageId::unchoke), 1u);
}

TEST_F(SwarmUpload, AFreedSlotIsGivenToOneWhoWaits) {
    Settings settings;
    settings.regular_slots = 1;
    settings.optimistic_slots = 0;
    seed_ourselves(3, settings);
    wait(100ms);
    const auto first = leecher();
    const auto second = leecher();
    EXPECT_EQ(count(second, MessageId::unchoke), 0u);
    swarm->on_peer_disconnected(first, now);
    wait(200ms);
    EXPECT_EQ(count(second, MessageId::unchoke), 1u);
}

TEST_F(SwarmUpload, ChangingItsMindAThousandTimesChangesNothing) {
    seed_ourselves(3);
    const auto peer = connect();
    wait(100ms);
    for (int i = 0; i < 1000; ++i) {
        tell(peer, MessageId::interested);
        tell(peer, MessageId::not_interested);
    }
    EXPECT_EQ(count(peer, MessageId::unchoke), 1u);
    EXPECT_EQ(count(peer, MessageId::choke), 0u);
    rechoke();
    EXPECT_EQ(count(peer, MessageId::choke), 1u);
}

TEST_F(SwarmUpload, GrantsAllowedFastPiecesAndServesThem) {
    seed_ourselves(100);
    const auto peer = connect(true);
    swarm->grant_allowed_fast(peer, InfoHash{}, 5);
    collect();
    const auto granted = sent(peer, MessageId::allowed_fast);
    ASSERT_THAT(granted, SizeIs(5));
    tell(peer, MessageId::request, {granted[0].piece, 0, kBlockSize});
    EXPECT_THAT(serves, SizeIs(1));
}

TEST_F(SwarmUpload, GrantsNothingWithoutTheFastExtension) {
    seed_ourselves(100);
    const auto peer = connect(false);
    swarm->grant_allowed_fast(peer, InfoHash{}, 5);
    collect();
    EXPECT_THAT(sends, IsEmpty());
}

TEST_F(SwarmUpload, ASeedIsNeverInterestedAndKeepsLeechers) {
    seed_ourselves(3);
    const auto peer = leecher();
    tell_bitfield(peer, "xx.");
    tell(peer, MessageId::unchoke);
    wait(100s);
    EXPECT_EQ(count(peer, MessageId::interested), 0u);
    EXPECT_THAT(requests_to(peer), IsEmpty());
    EXPECT_THAT(closed, IsEmpty());
    tell(peer, MessageId::have, {PieceIndex(2), 0, 0});
    EXPECT_TRUE(was_closed(peer, CloseReason::both_complete));
}

TEST_F(SwarmUpload, ASeedSurvivesEveryMessage) {
    seed_ourselves(3);
    const auto peer = connect(true);
    for (const auto id :
         {MessageId::choke, MessageId::unchoke, MessageId::have, MessageId::request,
          MessageId::cancel, MessageId::suggest_piece, MessageId::have_none,
          MessageId::reject_request, MessageId::allowed_fast, MessageId::keep_alive}) {
        tell(peer, id, block(1, 1));
    }
    send_block(peer, block(0, 0));
    EXPECT_EQ(swarm->stats(now).wasted, std::uint64_t{kBlockSize});
    EXPECT_THAT(closed, IsEmpty());
}

}  // namespace
}  // namespace bt::swarm::test
