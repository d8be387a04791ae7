#include "bt/resume/state.hpp"

#include <gmock/gmock.h>

#include <chrono>

#include "unit/resume/fixture.hpp"

namespace bt::resume {
namespace {

using namespace test;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Judgement : public ::testing::Test {
protected:
    Judgement() : torrent(small_torrent()), state(torrent), files(whole_files(torrent)) {
        state.epoch = epoch(1);
        state.stamps = files;
        state.written = field(10, {0, 1, 4, 5, 6, 9});
        state.durable = field(10, {0, 4});
        state.last_time = 2000;
    }
    [[nodiscard]] Verdict judged(const Epoch& now) const {
        return judge(state, torrent, files, now);
    }

    metainfo::Metainfo torrent;
    State state;
    std::vector<std::optional<FileStamp>> files;
};

TEST_F(Judgement, TheSameKernelIsBelievedInAllThatWasWritten) {
    const auto verdict = judged(epoch(1));
    EXPECT_THAT(ones(verdict.trusted), ElementsAre(0, 1, 4, 5, 6, 9));
    EXPECT_THAT(ones(verdict.durable), ElementsAre(0, 4));
    EXPECT_THAT(ones(verdict.suspects), IsEmpty());
    EXPECT_FALSE(verdict.reread);
}

TEST_F(Judgement, AfterAnotherBootOnlyWhatWasSyncedIsBelieved) {
    const auto verdict = judged(epoch(2));
    EXPECT_THAT(ones(verdict.trusted), ElementsAre(0, 4));
    EXPECT_THAT(ones(verdict.suspects), ElementsAre(1, 5, 6, 9));
}

TEST_F(Judgement, AfterAnotherMountOnlyWhatWasSyncedIsBelieved) {
    EXPECT_THAT(ones(judged(epoch(1, 2)).trusted), ElementsAre(0, 4));
}

TEST_F(Judgement, AChangedFileHasItsOwnPiecesHashedAndNoOthers) {
    for (int change = 0; change < 4; ++change) {
        SCOPED_TRACE(change);
        files = whole_files(torrent);
        auto& b = *files[2];
        if (change == 0) ++b.size;
        if (change == 1) ++b.modified;
        if (change == 2) ++b.changed;
        if (change == 3) ++b.inode;
        const auto verdict = judged(epoch(1));
        EXPECT_THAT(ones(verdict.trusted), ElementsAre(0, 1, 6, 9));
        EXPECT_THAT(ones(verdict.suspects), ElementsAre(4, 5));
    }
}

TEST_F(Judgement, AFileThatIsGoneTakesItsPiecesAlong) {
    files[0].reset();
    const auto verdict = judged(epoch(1));
    EXPECT_THAT(ones(verdict.trusted), ElementsAre(4, 5, 6, 9));
    EXPECT_THAT(ones(verdict.suspects), ElementsAre(0, 1, 2, 3));
}

TEST_F(Judgement, AFileThatAppearedIsHashed) {
    state.stamps[3].reset();
    state.written = field(10, {0});
    EXPECT_THAT(ones(judged(epoch(1)).suspects), ElementsAre(5, 6, 7, 8, 9));
}

TEST_F(Judgement, AStampThatHadNotSettledProvesNothing) {
    state.stamps[2]->settled = false;
    EXPECT_THAT(ones(judged(epoch(1)).suspects), ElementsAre(4, 5));
}

TEST_F(Judgement, AfterAPowerCutTheLastUnrecordedWritesChangeNothing) {
    files[0]->modified = files[0]->changed = state.last_time + kUnrecordedTime;
    EXPECT_THAT(ones(judged(epoch(2)).trusted), ElementsAre(0, 4));
    ++files[0]->changed;
    EXPECT_THAT(ones(judged(epoch(2)).trusted), ElementsAre(4));
}

TEST_F(Judgement, ADurablePieceMustStillBeWithinItsFile) {
    files[2]->size = 1000;
    EXPECT_THAT(ones(judged(epoch(2)).trusted), ElementsAre(0));
}

TEST_F(Judgement, ASyncInDoubtLeavesOnlyWhatWasDurableBefore) {
    state.sync_in_doubt = true;
    const auto verdict = judged(epoch(1));
    EXPECT_THAT(ones(verdict.trusted), ElementsAre(0, 4));
    EXPECT_THAT(ones(verdict.suspects), ElementsAre(1, 5, 6, 9));
    EXPECT_TRUE(verdict.reread);
}

TEST_F(Judgement, APrefixIsGoneOnInTheSameKernelOnly) {
    state.prefixes[PieceIndex(7)] = {kBlockSize, crypto::Sha1()};
    EXPECT_EQ(judged(epoch(1)).prefixes.count(PieceIndex(7)), 1u);
    EXPECT_TRUE(judged(epoch(2)).prefixes.empty());
    state.sync_in_doubt = true;
    EXPECT_TRUE(judged(epoch(1)).prefixes.empty());
}

TEST_F(Judgement, APrefixInAChangedFileIsInDoubt) {
    state.prefixes[PieceIndex(7)] = {kBlockSize, crypto::Sha1()};
    ++files[3]->modified;
    const auto verdict = judged(epoch(1));
    EXPECT_TRUE(verdict.prefixes.empty());
    EXPECT_EQ(verdict.doubtful_prefixes.count(PieceIndex(7)), 1u);
    EXPECT_TRUE(verdict.suspects.get(PieceIndex(7)));
}

TEST_F(Judgement, ParkedBlocksAreGoneOnWithInTheSameKernelAndElseWorthALook) {
    const ParkedBlocks blocks{{1, 77}};
    state.parked[PieceIndex(7)] = blocks;
    state.parked[PieceIndex(9)] = blocks;  // which is there as a whole
    const std::map<PieceIndex, ParkedBlocks> one{{PieceIndex(7), blocks}};
    EXPECT_EQ(judged(epoch(1)).parked, one);
    EXPECT_EQ(judged(epoch(1)).doubtful_parked.size(), 0u);
    const auto expect_doubt = [&](std::uint8_t boot) {
        EXPECT_EQ(judged(epoch(boot)).parked.size(), 0u);
        EXPECT_EQ(judged(epoch(boot)).doubtful_parked, one);
    };
    expect_doubt(2);
    state.sync_in_doubt = true;
    expect_doubt(1);
    state.sync_in_doubt = false;
    ++files[3]->modified;
    expect_doubt(1);
}

TEST_F(Judgement, ParkedBlocksBeyondTheEndOfTheirFileAreInDoubt) {
    state.parked[PieceIndex(8)] = {{0, 1}};
    files[3]->size = state.stamps[3]->size = 3 * 32'768;  // of c, which begins within 5
    EXPECT_EQ(judged(epoch(1)).parked.size(), 1u);
    files[3]->size = state.stamps[3]->size = 3 * 32'768 - 1;
    EXPECT_EQ(judged(epoch(1)).doubtful_parked.size(), 1u);
}

TEST_F(Judgement, WhatAnEarlierRunHadNotHashedYetIsASuspectStill) {
    state.doubtful = field(10, {2});
    EXPECT_THAT(ones(judged(epoch(1)).suspects), ElementsAre(2));
    EXPECT_THAT(ones(judged(epoch(2)).suspects), ElementsAre(1, 2, 5, 6, 9));
}

TEST_F(Judgement, WithoutAStateEverythingIsASuspect) {
    const auto verdict = judge_unknown(torrent);
    EXPECT_TRUE(verdict.trusted.none());
    EXPECT_TRUE(verdict.suspects.all());
}

// 1 TiB in 100,000 pieces is to start within 0.2 s; the bound here is loose, for sanitizers.
TEST(JudgementOfALargeTorrent, TakesNoTimeToSpeakOf) {
    metainfo::Metainfo torrent;
    torrent.layout = metainfo::PieceLayout(11'000'000, 1ull << 40);
    torrent.piece_hashes.resize(torrent.layout.piece_count());
    torrent.files = {{"t", 1ull << 40, 0, false}};
    State state(torrent);
    state.written = state.durable = Bitfield(torrent.layout.piece_count(), true);
    state.stamps = whole_files(torrent);
    JournalWriter writer(torrent);
    const auto bytes = writer.begin(state);
    const auto began = std::chrono::steady_clock::now();
    const auto read = read_journal(bytes, torrent);
    ASSERT_TRUE(read);
    EXPECT_TRUE(judge(*read, torrent, state.stamps, state.epoch).trusted.all());
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(1));
}

}  // namespace
}  // namespace bt::resume
