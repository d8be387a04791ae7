// Pieces that may be on disk, and are hashed while the others are fetched.
#include "swarm_fixture.hpp"

namespace bt::swarm::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::Not;

class SwarmDoubt : public SwarmTest {
protected:
    /// Four pieces; 1 and 2 are in doubt.
    void SetUp() override {
        start(4);
        Bitfield doubtful(4);
        doubtful.set(PieceIndex(1));
        doubtful.set(PieceIndex(2));
        swarm->doubt(doubtful);
    }
    void settle(std::uint32_t piece, bool there) {
        swarm->on_doubt_settled(PieceIndex(piece), there, now);
        collect();
    }
};

TEST_F(SwarmDoubt, AsksNobodyForPiecesThatMayBeThere) {
    const auto peer = seed();
    serve(peer);
    EXPECT_THAT(pieces_done, ::testing::UnorderedElementsAre(PieceIndex(0), PieceIndex(3)));
    wait(5s);
    EXPECT_THAT(requests_to(peer), IsEmpty());
    EXPECT_FALSE(swarm->complete());
    EXPECT_EQ(swarm->stats(now).wanted_left, 2u * 4 * kBlockSize);
}

TEST_F(SwarmDoubt, APieceThatIsThereIsHadAndTold) {
    const auto peer = connect();
    settle(1, true);
    wait(kTick);
    EXPECT_TRUE(swarm->have().get(PieceIndex(1)));
    EXPECT_THAT(pieces_done, ElementsAre(PieceIndex(1)));
    EXPECT_THAT(sent(peer, MessageId::have),
                ElementsAre(Field(&BlockRequest::piece, PieceIndex(1))));
}

TEST_F(SwarmDoubt, APieceThatIsNotThereIsFetched) {
    const auto peer = seed();
    serve(peer);
    settle(1, true);
    settle(2, false);
    wait(kTick);
    EXPECT_THAT(requests_to(peer), Contains(Field(&BlockRequest::piece, PieceIndex(2))));
    serve(peer);
    EXPECT_TRUE(swarm->complete());
}

TEST_F(SwarmDoubt, IsCompleteWithTheLastThatWasFoundThere) {
    const auto peer = seed();
    serve(peer);
    settle(1, true);
    EXPECT_FALSE(swarm->complete());
    settle(2, true);
    EXPECT_TRUE(swarm->complete());
    EXPECT_THAT(closed, Contains(Field(&Disconnect::reason, CloseReason::both_complete)));
}

TEST_F(SwarmDoubt, IsInterestedInAPeerOnlyOnceItsPieceIsKnownToBeMissing) {
    const auto peer = connect();
    tell_bitfield(peer, ".x..");
    EXPECT_THAT(sent(peer, MessageId::interested), IsEmpty());
    settle(1, false);
    EXPECT_THAT(sent(peer, MessageId::interested), Not(IsEmpty()));
}

TEST_F(SwarmDoubt, ASecondVerdictHasNoEffect) {
    settle(1, true);
    settle(1, false);
    settle(0, true);
    EXPECT_TRUE(swarm->have().get(PieceIndex(1)));
    EXPECT_FALSE(swarm->have().get(PieceIndex(0)));
    EXPECT_EQ(swarm->stats(now).wanted_left, 3u * 4 * kBlockSize);
}

}  // namespace
}  // namespace bt::swarm::test
