// Peers that choke, refuse, fall silent or lie, through the facade.
#include "swarm_fixture.hpp"

namespace bt::swarm::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAreArray;

using SwarmFaults = SwarmTest;

// --- choke and reject ---

TEST_F(SwarmFaults, AChokeGivesBlocksBackToOthers) {
    start(2);
    const auto a = seed();
    const auto asked = requests_to(a);
    ASSERT_THAT(asked, SizeIs(8));
    tell(a, MessageId::choke);
    const auto b = seed();
    EXPECT_THAT(requests_to(b), Not(IsEmpty()));
    serve(b);
    EXPECT_TRUE(swarm->complete());
    EXPECT_EQ(count(a, MessageId::cancel), 0u) << "the choke has cancelled them";
}

TEST_F(SwarmFaults, WithFastAChokedPeersRequestsAreCancelledWhenGivenToAnother) {
    start(2);
    const auto a = seed(true);
    const auto asked = requests_to(a);
    tell(a, MessageId::choke);
    EXPECT_EQ(stats(a).outstanding, 8u) << "each is still to be answered";
    const auto b = seed();
    EXPECT_EQ(stats(a).outstanding, 8u - requests_to(b).size());
    serve(b);
    EXPECT_TRUE(swarm->complete());
    EXPECT_THAT(sent(a, MessageId::cancel), UnorderedElementsAreArray(asked));
}

TEST_F(SwarmFaults, WithFastABlockAfterAChokeIsStillWelcome) {
    start(2);
    const auto a = seed(true);
    const auto asked = requests_to(a);
    tell(a, MessageId::choke);
    for (const auto& request : asked)
        send_block(a, request);
    write_all();
    EXPECT_TRUE(swarm->complete());
    EXPECT_EQ(swarm->stats(now).wasted, 0u);
}

TEST_F(SwarmFaults, WithFastRequestsThatAreNeverRejectedAreForgotten) {
    start(2);
    const auto a = seed(true);
    tell(a, MessageId::choke);
    wait(30s);
    EXPECT_EQ(stats(a).outstanding, 0u);
    EXPECT_TRUE(closed.empty());
}

TEST_F(SwarmFaults, ARejectedBlockIsAskedOfAnother) {
    start(1);
    const auto a = seed(true);
    const auto asked = requests_to(a);
    forget_requests(a);
    tell(a, MessageId::reject_request, asked[1]);
    const auto b = seed();
    EXPECT_THAT(requests_to(b), Contains(asked[1]));
    EXPECT_THAT(requests_to(a), IsEmpty());
}

TEST_F(SwarmFaults, APeerThatRejectsEverythingIsNotAskedForEver) {
    start(100);
    const auto a = seed(true);
    std::size_t requests = 0;
    for (int i = 0; i < 600; ++i) {
        const auto asked = requests_to(a);
        requests += asked.size();
        forget_requests(a);
        for (const auto& request : asked)
            tell(a, MessageId::reject_request, request);
        wait(100ms);
    }
    EXPECT_LT(requests, 1000u);
    EXPECT_TRUE(stats(a).snubbed);
}

TEST_F(SwarmFaults, IgnoresRejectsOfWhatWasNotAsked) {
    start(2);
    const auto a = seed(true);
    tell(a, MessageId::reject_request, {PieceIndex(77), 0, 1});
    tell(a, MessageId::reject_request, {PieceIndex(1), 5, 1});
    EXPECT_THAT(closed, IsEmpty());
    serve(a);
    EXPECT_TRUE(swarm->complete());
}

TEST_F(SwarmFaults, AThousandChokesCostAHandfulOfRequestsEach) {
    start(100);
    const auto a = connect();
    tell(a, MessageId::have_all);
    for (int i = 0; i < 1000; ++i) {
        now += 1ms;
        tell(a, MessageId::unchoke);
        tell(a, MessageId::choke);
    }
    EXPECT_LE(requests_to(a).size(), 2100u);
}

TEST_F(SwarmFaults, UnchokesBeyondAnyReasonCloseThePeer) {
    start(100);
    const auto a = connect();
    tell(a, MessageId::have_all);
    for (int i = 0; i < 2000; ++i) {
        tell(a, MessageId::unchoke);
        tell(a, MessageId::choke);
    }
    EXPECT_TRUE(was_closed(a, CloseReason::protocol_error));
    EXPECT_EQ(stats(a).outstanding, 0u);
}

TEST_F(SwarmFaults, UnchokesNowAndThenAreAllowedForEver) {
    start(100);
    const auto a = connect();
    tell(a, MessageId::have_all);
    for (int i = 0; i < 5000; ++i) {
        now += 200ms;
        tell(a, MessageId::unchoke);
        tell(a, MessageId::choke);
    }
    EXPECT_THAT(closed, IsEmpty());
}

TEST_F(SwarmFaults, TooManyRejectsOfWhatWasNotAskedCloseThePeer) {
    start(2);
    const auto a = connect(true);
    for (int i = 0; i < 1000; ++i)
        tell(a, MessageId::reject_request, block(0, 0));
    EXPECT_THAT(closed, IsEmpty());
    tell(a, MessageId::reject_request, block(0, 0));
    EXPECT_TRUE(was_closed(a, CloseReason::protocol_error));
}

TEST_F(SwarmFaults, APeerMaySayAnewWhatItHasButNotForEver) {
    start(2);
    const auto a = connect(true);
    for (int i = 0; i < 50; ++i) {
        tell(a, MessageId::have_all);
        tell(a, MessageId::have_none);
    }
    EXPECT_THAT(closed, IsEmpty());
    EXPECT_EQ(stats(a).pieces, 0u);
    tell(a, MessageId::have_all);
    EXPECT_TRUE(was_closed(a, CloseReason::protocol_error));
}

// --- silence ---

TEST_F(SwarmFaults, ASilentPeersBlocksGoToOthers) {
    start(2);
    const auto mute = seed();
    const auto asked = requests_to(mute);
    wait(9s);
    EXPECT_TRUE(stats(mute).snubbed);
    EXPECT_EQ(count(mute, MessageId::cancel), 0u) << "nobody else needs them yet";
    const auto other = seed();
    serve(other);
    EXPECT_TRUE(swarm->complete());
    EXPECT_THAT(sent(mute, MessageId::cancel), UnorderedElementsAreArray(asked));
}

TEST_F(SwarmFaults, LateBlocksAreAcceptedWhileTheyAreOfUse) {
    start(2);
    const auto slow = seed();
    const auto asked = requests_to(slow);
    wait(9s);
    for (const auto& request : asked)
        send_block(slow, request);
    write_all();
    EXPECT_TRUE(swarm->complete());
    EXPECT_EQ(swarm->stats(now).wasted, 0u);
    EXPECT_EQ(swarm->stats(now).requests, 8u);
}

TEST_F(SwarmFaults, LateBlocksOfNoUseAreWasteAndNoFault) {
    start(10);
    const auto slow = seed();
    const auto asked = requests_to(slow);
    ASSERT_GT(asked.size(), 10u);
    wait(9s);
    const auto fast = seed();
    wait(1s);
    serve(fast);
    if (!swarm->complete()) {
        for (const auto& request : asked)
            send_block(slow, request);
        EXPECT_GT(swarm->stats(now).wasted, 0u);
    }
    EXPECT_FALSE(was_closed(slow, CloseReason::protocol_error));
}

TEST_F(SwarmFaults, ASnubbedPeerIsTrustedAgainAfterTwoTimelyBlocks) {
    start(20);
    const auto peer = seed();
    const auto asked = requests_to(peer);
    wait(9s);
    ASSERT_TRUE(stats(peer).snubbed);
    send_block(peer, asked[0]);
    now += 50ms;
    send_block(peer, asked[1]);
    EXPECT_FALSE(stats(peer).snubbed);
    forget_requests(peer);
    for (std::size_t i = 2; i < asked.size(); ++i)
        send_block(peer, asked[i]);
    serve(peer);
    EXPECT_TRUE(swarm->complete());
}

TEST_F(SwarmFaults, APeerThatGivesNothingForAMinuteMakesRoom) {
    start(20);
    const auto mute = seed();
    wait(59s);
    EXPECT_FALSE(was_closed(mute, CloseReason::useless));
    wait(20s);
    EXPECT_TRUE(was_closed(mute, CloseReason::useless));
}

TEST_F(SwarmFaults, APeerThatGivesNothingStaysIfNobodyWaits) {
    start(20);
    swarm->set_slots_wanted(false);
    const auto mute = seed();
    wait(200s);
    EXPECT_THAT(closed, IsEmpty());
    EXPECT_FALSE(was_closed(mute, CloseReason::useless));
}

TEST_F(SwarmFaults, PeersThatChokeForEverMakeRoomOneByOne) {
    start(20);
    std::vector<PeerKey> mute;
    for (int i = 0; i < 5; ++i)
        mute.push_back(connect());
    tell(mute[1], MessageId::have_all);
    const auto giver = connect();
    tell(giver, MessageId::have, {PieceIndex(7), 0, 0});
    tell(giver, MessageId::unchoke);
    serve(giver);
    wait(119s);
    EXPECT_THAT(closed, IsEmpty());
    wait(2s);
    EXPECT_THAT(closed, SizeIs(::testing::Le(3u)));
    wait(10s);
    for (const auto peer : mute)
        EXPECT_TRUE(was_closed(peer, CloseReason::useless));
    EXPECT_FALSE(was_closed(giver, CloseReason::useless));
}

TEST_F(SwarmFaults, PeersThatChokeForEverStayIfNobodyWaits) {
    start(20);
    swarm->set_slots_wanted(false);
    static_cast<void>(connect());
    wait(300s);
    EXPECT_THAT(closed, IsEmpty());
}

TEST_F(SwarmFaults, ALateTickSnubsNobody) {
    start(20);
    const auto peer = seed();
    wait(200ms);
    now += 60s;
    swarm->on_timeout(now);
    collect();
    EXPECT_FALSE(stats(peer).snubbed);
}

// --- lies ---

TEST_F(SwarmFaults, TheOnlySenderOfABadPieceIsBannedAtOnce) {
    start(1);
    const auto liar = seed();
    for (const auto& request : requests_to(liar))
        send_block(liar, request);
    ASSERT_THAT(runs, SizeIs(1));
    runs.clear();
    swarm->on_piece_failed(PieceIndex(0), std::vector<Sha1Digest>(4), now);
    collect();
    EXPECT_THAT(closed, ElementsAre(Disconnect{liar, CloseReason::bad_data, true}));
    EXPECT_EQ(swarm->stats(now).hash_failures, 1u);
    EXPECT_EQ(swarm->stats(now).wasted, 4u * kBlockSize);
    const auto honest = seed();
    serve(honest);
    EXPECT_TRUE(swarm->complete());
}

TEST_F(SwarmFaults, ALiarThatHasHungUpIsBannedByAddress) {
    start(1);
    const auto liar = connect(false, 99);
    tell(liar, MessageId::have_all);
    tell(liar, MessageId::unchoke);
    for (const auto& request : requests_to(liar))
        send_block(liar, request);
    swarm->on_peer_disconnected(liar, now);
    runs.clear();
    swarm->on_piece_failed(PieceIndex(0), std::vector<Sha1Digest>(4), now);
    collect();
    EXPECT_THAT(closed, IsEmpty());
    EXPECT_THAT(banned, ElementsAre(IpAddress::v4({10, 0, 0, 99})));
}

TEST_F(SwarmFaults, ASharedBadPieceConvictsTheLiarOnceItIsGood) {
    start(1);
    const auto liar = seed();
    const auto asked = requests_to(liar);
    ASSERT_THAT(asked, SizeIs(4));
    send_block(liar, asked[0]);
    send_block(liar, asked[1]);
    tell(liar, MessageId::choke);
    const auto honest = seed();
    forget_requests(honest);
    send_block(honest, asked[2]);
    send_block(honest, asked[3]);
    ASSERT_THAT(runs, SizeIs(1));
    EXPECT_FALSE(runs[0].want_digests);
    runs.clear();
    std::vector<Sha1Digest> digests(4);
    digests[1][0] = std::byte{1};
    swarm->on_piece_failed(PieceIndex(0), digests, now);
    collect();
    EXPECT_THAT(closed, IsEmpty()) << "nobody is banned on suspicion";

    wait(200ms);
    for (const auto& request : requests_to(honest))
        send_block(honest, request);
    ASSERT_THAT(runs, SizeIs(1));
    EXPECT_TRUE(runs[0].want_digests);
    runs.clear();
    swarm->on_piece_verified(PieceIndex(0), std::vector<Sha1Digest>(4), now);
    collect();
    EXPECT_THAT(closed, Contains(Disconnect{liar, CloseReason::bad_data, true}));
    EXPECT_FALSE(was_closed(honest, CloseReason::bad_data));
}

TEST_F(SwarmFaults, ASuspectPieceIsFetchedFromOneCleanPeer) {
    start(1);
    const auto a = seed();
    const auto asked = requests_to(a);
    send_block(a, asked[0]);
    tell(a, MessageId::choke);
    const auto b = seed();
    for (std::size_t i = 1; i < asked.size(); ++i)
        send_block(b, asked[i]);
    ASSERT_THAT(runs, SizeIs(1));
    const auto clean = seed();
    tell(a, MessageId::unchoke);
    for (const auto peer : {a, b, clean})
        forget_requests(peer);
    runs.clear();
    swarm->on_piece_failed(PieceIndex(0), std::vector<Sha1Digest>(4), now);
    collect();
    EXPECT_THAT(requests_to(clean), Not(IsEmpty()));
    EXPECT_THAT(requests_to(a), IsEmpty());
    EXPECT_THAT(requests_to(b), IsEmpty());
}

}  // namespace
}  // namespace bt::swarm::test
