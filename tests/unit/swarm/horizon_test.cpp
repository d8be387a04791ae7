// Pieces beyond the horizon: nobody is asked for them until it moves on.
#include "swarm_fixture.hpp"

namespace bt::swarm::test {
namespace {

using ::testing::Each;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

class SwarmHorizon : public SwarmTest {
protected:
    /// Four pieces, of which two may be asked for.
    void SetUp() override {
        start(4);
        move_to(2);
    }
    void move_to(std::uint32_t end) {
        swarm->set_horizon(PieceIndex(end), now);
        collect();
    }
};

TEST_F(SwarmHorizon, AsksForNothingBeyondIt) {
    const auto peer = seed();
    serve(peer);
    EXPECT_THAT(pieces_done, UnorderedElementsAre(PieceIndex(0), PieceIndex(1)));
    wait(90s);
    EXPECT_THAT(requests_to(peer), IsEmpty());
    EXPECT_FALSE(swarm->complete());
    EXPECT_EQ(swarm->stats(now).wanted_left, 2u * 4 * kBlockSize);
}

TEST_F(SwarmHorizon, GoesOnAtOnceWhenItMoves) {
    const auto peer = seed();
    serve(peer);
    move_to(3);
    EXPECT_THAT(requests_to(peer), Not(IsEmpty()));
    EXPECT_THAT(requests_to(peer), Each(Field(&BlockRequest::piece, PieceIndex(2))));
    serve(peer);
    move_to(4);
    serve(peer);
    EXPECT_TRUE(swarm->complete());
}

TEST_F(SwarmHorizon, AnEarlierOneChangesNothing) {
    const auto peer = seed();
    move_to(4);
    move_to(1);
    serve(peer);
    EXPECT_TRUE(swarm->complete());
}

TEST_F(SwarmHorizon, OneBehindTheEndIsNone) {
    const auto peer = seed();
    move_to(1000);
    serve(peer);
    EXPECT_TRUE(swarm->complete());
}

TEST_F(SwarmHorizon, IsNoEndgameWhileSomethingIsHeldBack) {
    const auto peer = seed();
    EXPECT_FALSE(swarm->stats(now).endgame);
    serve(peer);
    EXPECT_FALSE(swarm->stats(now).endgame);
    move_to(4);
    EXPECT_TRUE(swarm->stats(now).endgame);
}

TEST_F(SwarmHorizon, ClosesNobodyForWhatIsNotAskedFor) {
    swarm->set_slots_wanted(true);
    const auto peer = seed();
    serve(peer);
    for (int minute = 0; minute < 5; ++minute)
        wait(60s);
    EXPECT_THAT(closed, IsEmpty());
    move_to(4);
    serve(peer);
    EXPECT_TRUE(swarm->complete());
}

TEST_F(SwarmHorizon, HoldsForPiecesThatWereInDoubt) {
    start(4);
    Bitfield doubtful(4);
    doubtful.set(PieceIndex(3));
    swarm->doubt(doubtful);
    move_to(2);
    const auto peer = seed();
    swarm->on_doubt_settled(PieceIndex(3), false, now);
    collect();
    serve(peer);
    EXPECT_THAT(pieces_done, UnorderedElementsAre(PieceIndex(0), PieceIndex(1)));
    move_to(4);
    serve(peer);
    EXPECT_TRUE(swarm->complete());
}

}  // namespace
}  // namespace bt::swarm::test
