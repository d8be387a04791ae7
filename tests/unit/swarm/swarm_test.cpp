#include "bt/swarm/swarm.hpp"

#include "swarm_fixture.hpp"

namespace bt::swarm::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using SwarmBasics = SwarmTest;

TEST_F(SwarmBasics, IsInterestedInAPeerThatHasWhatWeNeed) {
    start(3);
    const auto peer = connect();
    tell_bitfield(peer, ".x.");
    EXPECT_EQ(count(peer, MessageId::interested), 1u);
}

TEST_F(SwarmBasics, IsNotInterestedInAPeerThatHasOnlyWhatIsNotWanted) {
    layout = metainfo::PieceLayout(kBlockSize, 3 * kBlockSize);
    Bitfield wanted(3);
    wanted.set(PieceIndex(0));
    start(Bitfield(3), wanted);
    const auto peer = connect();
    tell_bitfield(peer, ".xx");
    EXPECT_EQ(count(peer, MessageId::interested), 0u);
    tell(peer, MessageId::have, {PieceIndex(0), 0, 0});
    EXPECT_EQ(count(peer, MessageId::interested), 1u);
}

TEST_F(SwarmBasics, DoesNotRepeatTheInterestThatWentOutWithTheHandshake) {
    start(3);
    const auto peer = connect_told();
    tell_bitfield(peer, ".x.");
    EXPECT_EQ(count(peer, MessageId::interested), 0u);
    tell(peer, MessageId::unchoke);
    EXPECT_THAT(requests_to(peer), SizeIs(4));
}

TEST_F(SwarmBasics, TakesEarlyInterestBackFromAPeerThatHasNothing) {
    start(3);
    const auto peer = connect_told();
    tell(peer, MessageId::have_none);
    EXPECT_EQ(count(peer, MessageId::not_interested), 1u);
}

TEST_F(SwarmBasics, TakesEarlyInterestBackFromAPeerThatNeverSaysWhatItHas) {
    start(3);
    const auto silent = connect_told();
    const auto late = connect_told();
    wait(1s);
    tell(late, MessageId::have, {PieceIndex(1), 0, 0});
    wait(3s);
    EXPECT_EQ(count(silent, MessageId::not_interested), 1u);
    EXPECT_EQ(count(late, MessageId::not_interested), 0u);
    tell(silent, MessageId::have, {PieceIndex(0), 0, 0});
    EXPECT_EQ(count(silent, MessageId::interested), 1u);
}

TEST_F(SwarmBasics, RepeatsAnEarlyInterestThatHasNoEffect) {
    start(3);
    const auto deaf = connect_told();
    const auto heard = connect_told();
    for (const auto peer : {deaf, heard})
        tell(peer, MessageId::have_all);
    tell(heard, MessageId::unchoke);
    wait(30s);
    EXPECT_EQ(count(deaf, MessageId::interested), 1u);
    EXPECT_EQ(count(heard, MessageId::interested), 0u);
}

TEST_F(SwarmBasics, ALonePeerIsAskedForMuchAtOnce) {
    start(2500);
    EXPECT_THAT(requests_to(seed()), SizeIs(500)) << "as much as a peer without reqq takes";
}

TEST_F(SwarmBasics, ALonePeerIsNotAskedForMuchOfASmallTorrent) {
    start(250);
    EXPECT_THAT(requests_to(seed()), SizeIs(62)) << "a sixteenth";
}

TEST_F(SwarmBasics, OneOfManyPeersIsAskedForLittleAtOnce) {
    start(2500);
    std::vector<PeerKey> many;
    for (int i = 0; i < 20; ++i) {
        many.push_back(connect());
        tell(many.back(), MessageId::have_all);
    }
    tell(many.front(), MessageId::unchoke);
    EXPECT_THAT(requests_to(many.front()), SizeIs(32));
}

TEST_F(SwarmBasics, AsksForNothingWhileChoked) {
    start(3);
    const auto peer = connect();
    tell(peer, MessageId::have_all);
    wait(1s);
    EXPECT_THAT(requests_to(peer), IsEmpty());
    tell(peer, MessageId::unchoke);
    EXPECT_THAT(requests_to(peer), Not(IsEmpty()));
}

TEST_F(SwarmBasics, AsksOnlyForPiecesThatThePeerHas) {
    start(8);
    const auto peer = connect();
    tell_bitfield(peer, "..x....x");
    tell(peer, MessageId::unchoke);
    ASSERT_THAT(requests_to(peer), SizeIs(8));
    for (const auto& request : requests_to(peer))
        EXPECT_THAT((std::vector<std::uint32_t>{2, 7}), Contains(request.piece.value()));
}

TEST_F(SwarmBasics, DownloadsEverythingFromOneSeed) {
    start(20);
    const auto peer = seed();
    serve(peer);
    EXPECT_TRUE(swarm->complete());
    EXPECT_THAT(pieces_done, SizeIs(20));
    EXPECT_EQ(swarm->stats(now).wasted, 0u);
    EXPECT_EQ(swarm->stats(now).wanted_left, 0u);
    EXPECT_EQ(swarm->stats(now).verified, layout.total_length());
    EXPECT_EQ(swarm->stats(now).requests, 80u);
}

TEST_F(SwarmBasics, DownloadsATorrentOfOneByte) {
    layout = metainfo::PieceLayout(1, 1);
    start(Bitfield(1), Bitfield(1, true));
    const auto peer = seed();
    EXPECT_THAT(requests_to(peer), ElementsAre(BlockRequest{PieceIndex(0), 0, 1}));
    serve(peer);
    EXPECT_TRUE(swarm->complete());
}

TEST_F(SwarmBasics, ATorrentWithoutPiecesIsComplete) {
    layout = metainfo::PieceLayout(kBlockSize, 0);
    start(Bitfield(0), Bitfield(0));
    EXPECT_TRUE(swarm->complete());
    const auto peer = connect();
    tell(peer, MessageId::have_all);
    wait(1s);
    EXPECT_EQ(swarm->stats(now).wanted_left, 0u);
}

TEST_F(SwarmBasics, DownloadsPiecesLargerThanTheWholePieceLimitInRuns) {
    const std::uint32_t length = 9u << 20;
    start(1, {}, length);
    const auto peer = seed();
    std::uint32_t at = 0;
    for (int guard = 0; !swarm->complete() && guard < 1000; ++guard) {
        const auto asked = requests_to(peer);
        forget_requests(peer);
        for (const auto& request : asked)
            send_block(peer, request);
        for (const auto& run : runs) {
            EXPECT_EQ(run.begin, at);
            EXPECT_LE(run.length, 1u << 20);
            EXPECT_EQ(run.blocks.size(), (run.length + kBlockSize - 1) / kBlockSize);
            at = run.begin + run.length;
            EXPECT_EQ(run.last, at == length);
        }
        now += 1ms;
        write_all();
        wait(100ms);
    }
    EXPECT_TRUE(swarm->complete());
}

TEST_F(SwarmBasics, HandsASmallPieceToTheDiskInOneRun) {
    start(1);
    const auto peer = seed();
    for (const auto& request : requests_to(peer))
        send_block(peer, request);
    ASSERT_THAT(runs, SizeIs(1));
    EXPECT_EQ(runs[0].begin, 0u);
    EXPECT_EQ(runs[0].length, 4 * kBlockSize);
    EXPECT_TRUE(runs[0].last);
    EXPECT_FALSE(swarm->complete());
    write_all();
    EXPECT_TRUE(swarm->complete());
}

TEST_F(SwarmBasics, TellsOthersOfANewPieceButNotThoseWhoHaveIt) {
    start(2);
    const auto giver = connect();
    tell_bitfield(giver, "x.");
    const auto other = connect();
    const auto seeder = connect();
    tell(seeder, MessageId::have_all);
    tell(giver, MessageId::unchoke);
    serve(giver);
    wait(200ms);
    EXPECT_THAT(sent(other, MessageId::have), ElementsAre(BlockRequest{PieceIndex(0), 0, 0}));
    EXPECT_EQ(count(giver, MessageId::have), 0u);
    EXPECT_EQ(count(seeder, MessageId::have), 0u);
}

TEST_F(SwarmBasics, LosesInterestWhenThePeerHasNothingMore) {
    start(2);
    const auto peer = connect();
    tell_bitfield(peer, "x.");
    tell(peer, MessageId::unchoke);
    serve(peer);
    EXPECT_EQ(count(peer, MessageId::not_interested), 1u);
}

TEST_F(SwarmBasics, WhenCompleteDropsPeersThatAreCompleteToo) {
    start(1);
    const auto seeder = seed();
    const auto leecher = connect();
    serve(seeder);
    EXPECT_TRUE(was_closed(seeder, CloseReason::both_complete));
    EXPECT_FALSE(was_closed(leecher, CloseReason::both_complete));
    tell(leecher, MessageId::have, {PieceIndex(0), 0, 0});
    EXPECT_TRUE(was_closed(leecher, CloseReason::both_complete));
}

TEST_F(SwarmBasics, StopsOpeningPiecesWhenTheBuffersAreFull) {
    Settings settings;
    settings.buffer_limit_bytes = 8 * kBlockSize;
    settings.open_limit_bytes = 16 * kBlockSize;
    start(100, settings);
    const auto peer = seed();
    for (int i = 0; i < 10; ++i) {
        const auto asked = requests_to(peer);
        forget_requests(peer);
        for (const auto& request : asked)
            send_block(peer, request);
        now += 1ms;
    }
    EXPECT_THAT(requests_to(peer), IsEmpty());
    const auto buffered = runs.size();
    EXPECT_GE(buffered, 2u);
    EXPECT_LE(buffered, 4u);
    write_all();
    EXPECT_THAT(requests_to(peer), Not(IsEmpty()));
    serve(peer);
    EXPECT_TRUE(swarm->complete());
}

TEST_F(SwarmBasics, DownloadsPiecesLargerThanTheBufferLimit) {
    Settings settings;
    settings.buffer_limit_bytes = kBlockSize;
    start(5, settings);
    const auto a = seed();
    const auto b = seed();
    for (int i = 0; i < 100 && !swarm->complete(); ++i) {
        serve(a);
        serve(b);
        wait(100ms);
    }
    EXPECT_TRUE(swarm->complete());
}

TEST_F(SwarmBasics, IgnoresKeysOfTheGone) {
    start(3);
    const auto peer = seed();
    swarm->on_peer_disconnected(peer, now);
    swarm->on_peer_disconnected(peer, now);
    tell(peer, MessageId::have_all);
    EXPECT_FALSE(swarm->peer_stats(peer, now).has_value());
    const auto next = connect();
    EXPECT_NE(next, peer);
    EXPECT_EQ(stats(next).pieces, 0u);
}

TEST_F(SwarmBasics, IgnoresVerdictsOnPiecesThatAreNotBeingVerified) {
    start(3);
    swarm->on_piece_verified(PieceIndex(1), {}, now);
    swarm->on_piece_failed(PieceIndex(1), {}, now);
    swarm->on_run_written(PieceIndex(1), {}, now);
    collect();
    EXPECT_THAT(pieces_done, IsEmpty());
    EXPECT_EQ(swarm->stats(now).hash_failures, 0u);
}

TEST_F(SwarmBasics, ReturnsTheBlocksOfAPeerThatHangsUp) {
    start(1);
    const auto first = seed();
    ASSERT_THAT(requests_to(first), SizeIs(4));
    const auto second = seed();
    swarm->on_peer_disconnected(first, now);
    collect();
    serve(second);
    EXPECT_TRUE(swarm->complete());
    EXPECT_EQ(swarm->stats(now).wasted, 0u);
}

}  // namespace
}  // namespace bt::swarm::test
