// Large pieces of which the first part is on disk since an earlier run.
#include "swarm_fixture.hpp"

namespace bt::swarm::test {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::uint32_t kBlocks = 128;  // of a piece: 2 MiB, written in runs
constexpr std::uint32_t kPrefixBlocks = 64;
constexpr std::uint32_t kPrefix = kPrefixBlocks * kBlockSize;

class SwarmResume : public SwarmTest {
protected:
    void SetUp() override {
        hash.update(as_bytes("what is there"));
        start(2, {}, kBlocks * kBlockSize);
        swarm->resume_prefix(PieceIndex(1), kPrefix, hash);
    }
    /// The peer sends what it is asked for and the disk takes it, but for the last run of piece 1.
    void serve_until_last(PeerKey peer) {
        for (int guard = 0; guard < 1000; ++guard) {
            const auto asked = requests_to(peer);
            forget_requests(peer);
            for (const auto& block : asked) {
                if (block.piece == PieceIndex(1)) got.push_back(block);
                send_block(peer, block);
            }
            const auto last = [](const WriteRun& r) { return r.piece == PieceIndex(1) && r.last; };
            if (std::erase_if(runs, last) > 0) return;
            write_all();
            now += 1ms;
        }
        FAIL() << "never submitted";
    }

    crypto::Sha1 hash;
    std::vector<BlockRequest> got;  // of piece 1
};

TEST_F(SwarmResume, CountsThePrefixAsMissingUntilThePieceIsVerified) {
    EXPECT_EQ(swarm->stats(now).wanted_left, 2u * kBlocks * kBlockSize);
    EXPECT_EQ(swarm->stats(now).downloaded, 0u);
    EXPECT_FALSE(swarm->have().get(PieceIndex(1)));
}

TEST_F(SwarmTest, FetchesASmallPieceAsAWholeWhateverIsThere) {
    start(2, {}, 4 * kBlockSize);
    swarm->resume_prefix(PieceIndex(1), kBlockSize, crypto::Sha1());
    serve(seed());
    EXPECT_TRUE(swarm->complete());
    EXPECT_EQ(swarm->stats(now).requests, 8u);
}

TEST_F(SwarmResume, FetchesOnlyTheRest) {
    const auto peer = seed();
    serve(peer);
    EXPECT_TRUE(swarm->complete());
    const auto stats = swarm->stats(now);
    EXPECT_EQ(stats.requests, 2u * kBlocks - kPrefixBlocks);
    EXPECT_EQ(stats.wasted, 0u);
}

TEST_F(SwarmResume, TheFirstRunGoesOnFromTheHashOfThePrefix) {
    const auto peer = seed();
    std::vector<WriteRun> first;
    for (int guard = 0; guard < 1000 && first.empty(); ++guard) {
        const auto asked = requests_to(peer);
        forget_requests(peer);
        for (const auto& block : asked)
            send_block(peer, block);
        for (auto& run : runs) {
            if (run.piece == PieceIndex(1)) first.push_back(std::move(run));
        }
        std::erase_if(runs, [](const WriteRun& r) { return r.piece == PieceIndex(1); });
        write_all();
        now += 1ms;
    }
    ASSERT_THAT(first, SizeIs(1));
    EXPECT_EQ(first[0].begin, kPrefix);
    EXPECT_EQ(first[0].hash.finish(), hash.finish());
    for (std::uint32_t i = 0; i < first[0].blocks.size(); ++i)
        EXPECT_TRUE(first[0].blocks[i]);
}

TEST_F(SwarmResume, ABadPrefixIsNobodysFault) {
    const auto honest = seed();
    serve_until_last(honest);
    got.clear();
    std::vector<Sha1Digest> digests(kBlocks);
    digests[3][0] = std::byte{1};  // on disk it is another than it ought to be
    swarm->on_piece_failed(PieceIndex(1), digests, now);
    collect();
    EXPECT_THAT(closed, IsEmpty());
    EXPECT_THAT(banned, IsEmpty());
    EXPECT_EQ(swarm->stats(now).hash_failures, 1u);

    serve_until_last(honest);
    EXPECT_THAT(got, SizeIs(kBlocks)) << "all of it is fetched again";
    swarm->on_piece_verified(PieceIndex(1), std::vector<Sha1Digest>(kBlocks), now);
    collect();
    EXPECT_FALSE(was_closed(honest, CloseReason::bad_data));
    EXPECT_THAT(banned, IsEmpty());
}

TEST_F(SwarmResume, WhoSpoiltTheRestIsFoundOutOnceThePieceIsGood) {
    const auto liar = seed();
    serve_until_last(liar);
    std::vector<Sha1Digest> digests(kBlocks);
    digests[kPrefixBlocks + 3][0] = std::byte{1};
    swarm->on_piece_failed(PieceIndex(1), digests, now);
    collect();
    EXPECT_THAT(closed, IsEmpty()) << "it may as well be the prefix";
    const auto honest = seed();
    tell(liar, MessageId::choke);
    wait(200ms);
    serve_until_last(honest);
    swarm->on_piece_verified(PieceIndex(1), std::vector<Sha1Digest>(kBlocks), now);
    collect();
    EXPECT_TRUE(was_closed(liar, CloseReason::bad_data));
    EXPECT_FALSE(was_closed(honest, CloseReason::bad_data));
}

TEST_F(SwarmTest, FetchesOnlyWhatIsNotParked) {
    start(3, {}, 4 * kBlockSize);
    swarm->resume_parked(PieceIndex(1), {{0, 1}, {3, 2}});
    serve(seed());
    EXPECT_TRUE(swarm->complete());
    EXPECT_EQ(swarm->stats(now).requests, 10u);
    EXPECT_EQ(swarm->stats(now).wasted, 0u);
}

TEST_F(SwarmTest, VerifiesAPieceThatWasParkedAsAWhole) {
    start(1, {}, 4 * kBlockSize);
    swarm->resume_parked(PieceIndex(0), {{0, 1}, {1, 2}, {2, 3}, {3, 4}});
    collect();
    ASSERT_THAT(runs, SizeIs(1));
    EXPECT_THAT(runs[0].parked, SizeIs(4));
    swarm->on_piece_failed(PieceIndex(0), std::vector<Sha1Digest>(4), now);
    serve(seed());
    EXPECT_TRUE(swarm->complete()) << "bad, it is fetched as a whole";
    EXPECT_EQ(swarm->stats(now).requests, 4u);
}

TEST_F(SwarmResume, BlocksParkedBehindAPrefixAreNotFetched) {
    swarm->resume_parked(PieceIndex(1), {{3, 1}, {kPrefixBlocks + 3, 2}});
    serve(seed());
    EXPECT_TRUE(swarm->complete());
    EXPECT_EQ(swarm->stats(now).requests, 2u * kBlocks - kPrefixBlocks - 1);
}

TEST_F(SwarmTest, NobodyIsBlamedForWhatAnotherProgramChanged) {
    Settings settings;
    settings.buffer_limit_bytes = 4 * kBlockSize;
    start(1, settings, 4 * kBlockSize);
    const auto peer = seed();
    const auto asked = requests_to(peer);
    ASSERT_THAT(asked, SizeIs(4));
    forget_requests(peer);
    for (std::size_t i = 1; i < 4; ++i)
        send_block(peer, asked[i]);
    ASSERT_THAT(parks, SizeIs(1)) << "half of the buffers are full";
    write_all();
    send_block(peer, asked[0]);
    ASSERT_THAT(runs, SizeIs(1));
    ASSERT_THAT(runs[0].parked, ::testing::Not(IsEmpty()));
    runs.clear();
    swarm->on_piece_altered(PieceIndex(0), now);
    collect();
    EXPECT_THAT(closed, IsEmpty());
    EXPECT_THAT(requests_to(peer), SizeIs(4));
    EXPECT_EQ(swarm->stats(now).hash_failures, 0u);
    serve(peer);
    EXPECT_TRUE(swarm->complete());
}

TEST_F(SwarmResume, WithoutAPeerForItThePrefixStays) {
    // Neither age nor want of memory makes it go: it takes none.
    const auto peer = connect();
    tell_bitfield(peer, "x.");
    tell(peer, MessageId::unchoke);
    serve(peer);
    wait(60s);
    const auto other = connect();
    tell_bitfield(other, ".x");
    tell(other, MessageId::unchoke);
    serve(other);
    EXPECT_TRUE(swarm->complete());
    EXPECT_EQ(swarm->stats(now).wasted, 0u);
}

}  // namespace
}  // namespace bt::swarm::test
