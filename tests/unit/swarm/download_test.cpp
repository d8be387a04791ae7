// Getting the pieces, through the facade.
#include "swarm_fixture.hpp"

namespace bt::swarm::test {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::SizeIs;

using SwarmDownload = SwarmTest;

// --- endgame and stealing ---

TEST_F(SwarmDownload, InEndgameABlockThatArrivesIsCancelledElsewhere) {
    start(1);
    const auto slow = seed();
    const auto asked = requests_to(slow);
    wait(2s);  // it takes its time
    const auto fast = seed();
    wait(500ms);
    const auto again = requests_to(fast);
    ASSERT_THAT(again, Not(IsEmpty()));
    EXPECT_TRUE(swarm->stats(now).endgame);
    serve(fast);
    EXPECT_THAT(sent(slow, MessageId::cancel), IsSupersetOf(again));
    EXPECT_THAT(asked, IsSupersetOf(again));
}

TEST_F(SwarmDownload, IsNotInEndgameWhileAPieceIsMissing) {
    start(2);
    const auto peer = connect();
    tell_bitfield(peer, "x.");
    tell(peer, MessageId::unchoke);
    EXPECT_FALSE(swarm->stats(now).endgame);
}

TEST_F(SwarmDownload, NoBlockHasMoreHoldersThanAllowed) {
    start(1, {}, 64 * kBlockSize);
    for (int i = 0; i < 10; ++i)
        seed();
    for (int i = 0; i < 100; ++i) {
        wait(100ms);
        std::uint32_t outstanding = 0;
        for (std::uint32_t slot = 0; slot < 10; ++slot) {
            const auto peer = swarm->peer_stats({slot, 1}, now);
            if (peer && !peer->snubbed) outstanding += peer->outstanding;
        }
        EXPECT_LE(outstanding, 64u * 2);
    }
}

// --- what nobody asked for ---

TEST_F(SwarmDownload, BlocksThatNobodyAskedForCloseThePeer) {
    start(20);
    const auto peer = connect();
    tell(peer, MessageId::have_all);
    for (std::uint32_t i = 0; i < 10; ++i)
        send_block(peer, block(i, 0));
    EXPECT_THAT(closed, IsEmpty());
    EXPECT_EQ(swarm->stats(now).wasted, 10u * kBlockSize);
    send_block(peer, block(10, 0));
    EXPECT_TRUE(was_closed(peer, CloseReason::protocol_error));
    EXPECT_EQ(swarm->stats(now).wasted, 11u * kBlockSize);
}

TEST_F(SwarmDownload, BlocksOutsideTheTorrentCloseThePeer) {
    start(3);
    for (const auto& bad :
         {BlockRequest{PieceIndex(3), 0, kBlockSize}, BlockRequest{PieceIndex(0xffffffff), 0, 1},
          BlockRequest{PieceIndex(0), 4 * kBlockSize, 1}, BlockRequest{PieceIndex(0), 0, 0},
          BlockRequest{PieceIndex(0), 0xffffffff, 2}}) {
        const auto peer = seed();
        send_block(peer, bad);
        EXPECT_TRUE(was_closed(peer, CloseReason::protocol_error));
    }
}

TEST_F(SwarmDownload, ABlockOfTheWrongSizeIsNotStored) {
    start(1);
    const auto peer = seed();
    send_block(peer, {PieceIndex(0), 0, kBlockSize - 1});
    send_block(peer, {PieceIndex(0), 1, kBlockSize});
    EXPECT_EQ(swarm->stats(now).wasted, 2u * kBlockSize - 1);
    serve(peer);
    EXPECT_TRUE(swarm->complete());
}

// --- what peers have ---

TEST_F(SwarmDownload, AHaveOutsideTheTorrentClosesThePeer) {
    start(3);
    const auto peer = connect();
    tell(peer, MessageId::have, {PieceIndex(3), 0, 0});
    EXPECT_TRUE(was_closed(peer, CloseReason::protocol_error));
}

TEST_F(SwarmDownload, ABitfieldOfTheWrongSizeClosesThePeer) {
    start(9);
    for (const auto& art : {"xxxxxxxx", "xxxxxxxxxxxxxxxxx", "xxxxxxxxxx"}) {
        const auto peer = connect();
        tell_bitfield(peer, art);
        EXPECT_TRUE(was_closed(peer, CloseReason::protocol_error)) << art;
    }
}

TEST_F(SwarmDownload, TheLastWordOnWhatAPeerHasCounts) {
    start(3);
    const auto peer = connect();
    tell_bitfield(peer, "x..");
    tell(peer, MessageId::have_all);
    EXPECT_TRUE(stats(peer).seed);
    tell(peer, MessageId::have_none);
    EXPECT_EQ(stats(peer).pieces, 0u);
    EXPECT_EQ(count(peer, MessageId::not_interested), 1u);
    tell_bitfield(peer, ".x.");
    tell(peer, MessageId::unchoke);
    EXPECT_THAT(requests_to(peer), Each(Field(&BlockRequest::piece, PieceIndex(1))));
    EXPECT_THAT(requests_to(peer), SizeIs(4));
}

TEST_F(SwarmDownload, APeerBecomesASeedHaveByHave) {
    start(3);
    const auto peer = connect();
    for (std::uint32_t i = 0; i < 3; ++i)
        tell(peer, MessageId::have, {PieceIndex(i), 0, 0});
    EXPECT_TRUE(stats(peer).seed);
    EXPECT_EQ(swarm->stats(now).seeds, 1u);
    tell(peer, MessageId::unchoke);
    serve(peer);
    EXPECT_TRUE(swarm->complete());
}

TEST_F(SwarmDownload, TakesPiecesInOrderInSequentialMode) {
    Settings settings;
    settings.sequential = true;
    start(10, settings);
    const auto peer = seed();
    std::uint32_t last = 0;
    for (const auto& request : requests_to(peer)) {
        EXPECT_GE(request.piece.value(), last);
        last = request.piece.value();
    }
    serve(peer);
    for (std::uint32_t i = 0; i < 10; ++i)
        EXPECT_EQ(pieces_done[i].value(), i);
}

TEST_F(SwarmDownload, DownloadsOnlyWhatIsWanted) {
    layout = metainfo::PieceLayout(kBlockSize, 4 * kBlockSize);
    Bitfield wanted(4);
    wanted.set(PieceIndex(1));
    wanted.set(PieceIndex(3));
    start(Bitfield(4), wanted);
    EXPECT_EQ(swarm->stats(now).wanted_left, 2u * kBlockSize);
    const auto peer = seed();
    serve(peer);
    EXPECT_TRUE(swarm->complete());
    EXPECT_THAT(pieces_done, testing::UnorderedElementsAre(PieceIndex(1), PieceIndex(3)));
    EXPECT_TRUE(was_closed(peer, CloseReason::both_complete));
}

// --- BEP 6 ---

TEST_F(SwarmDownload, AsksForAllowedFastPiecesWhileChoked) {
    start(5);
    const auto peer = connect(true);
    tell(peer, MessageId::have_all);
    tell(peer, MessageId::allowed_fast, {PieceIndex(3), 0, 0});
    EXPECT_THAT(requests_to(peer), SizeIs(4));
    EXPECT_THAT(requests_to(peer), Each(Field(&BlockRequest::piece, PieceIndex(3))));
    serve(peer);
    EXPECT_THAT(pieces_done, ElementsAre(PieceIndex(3)));
}

TEST_F(SwarmDownload, AChokeLeavesAllowedFastRequestsAlone) {
    start(1);
    const auto peer = connect(true);
    tell(peer, MessageId::have_all);
    tell(peer, MessageId::allowed_fast, {PieceIndex(0), 0, 0});
    tell(peer, MessageId::unchoke);
    tell(peer, MessageId::choke);
    EXPECT_EQ(stats(peer).outstanding, 4u);
    const auto other = seed();
    EXPECT_EQ(count(peer, MessageId::cancel), requests_to(other).size());
    serve(peer);
}

TEST_F(SwarmDownload, AFloodOfFastMessagesIsHarmless) {
    start(100);
    const auto peer = connect(true);
    for (std::uint32_t i = 0; i < 1000; ++i) {
        tell(peer, MessageId::allowed_fast, {PieceIndex(i * 7919), 0, 0});
        tell(peer, MessageId::suggest_piece, {PieceIndex(i * 7919), 0, 0});
        tell(peer, MessageId::allowed_fast, {PieceIndex(i % 100), 0, 0});
        tell(peer, MessageId::suggest_piece, {PieceIndex(i % 100), 0, 0});
    }
    tell(peer, MessageId::have_all);
    EXPECT_THAT(closed, IsEmpty());
}

TEST_F(SwarmDownload, FollowsASuggestion) {
    start(100);
    const auto peer = connect(true);
    tell(peer, MessageId::have_all);
    tell(peer, MessageId::suggest_piece, {PieceIndex(42), 0, 0});
    tell(peer, MessageId::unchoke);
    EXPECT_EQ(requests_to(peer)[0].piece, PieceIndex(42));
}

}  // namespace
}  // namespace bt::swarm::test
