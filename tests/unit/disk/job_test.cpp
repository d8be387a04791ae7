#include "bt/disk/job.hpp"

#include "unit/disk/fixture.hpp"

namespace bt::disk {
namespace {

using namespace test;
namespace fs = std::filesystem;

std::vector<Sha1Digest> digests_of(Bytes piece) {
    std::vector<Sha1Digest> out;
    while (!piece.empty()) {
        const auto block = piece.first(std::min<std::size_t>(piece.size(), kBlockSize));
        out.push_back(crypto::sha1(block));
        piece = piece.subspan(block.size());
    }
    return out;
}

CheckJob check(const Torrent& torrent, const fs::path& folder, std::uint32_t first,
               std::uint32_t count) {
    CheckJob job;
    job.storage = open_storage(torrent, folder, Access::read_only);
    job.first = PieceIndex(first);
    job.good.assign(count, false);
    return run_one(std::move(job));
}

TEST(PieceJob, WritesAPieceThatIsGood) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent({{"t/a", 50'000}, {"t/b", 3}}, 50'001);
    const auto storage = open_storage(torrent, folder.path());
    BlockPool pool;
    for (const std::uint32_t piece : {1u, 0u}) {
        const auto job = run_one(piece_job(torrent, storage, pool, piece));
        EXPECT_EQ(job.outcome, Outcome::done);
        EXPECT_TRUE(job.digests.empty());
    }
    expect_all_files(torrent, folder.path());
}

TEST(PieceJob, WritesNothingOfAPieceThatIsBadAndGivesTheDigestsOfItsBlocks) {
    const TemporaryFolder folder;
    auto torrent = make_torrent({{"t", 50'000}}, 50'000);
    const auto storage = open_storage(torrent, folder.path());
    BlockPool pool;
    torrent.content[20'000] ^= std::byte{1};
    const auto job = run_one(piece_job(torrent, storage, pool, 0));
    EXPECT_EQ(job.outcome, Outcome::mismatch);
    EXPECT_EQ(job.digests, digests_of(torrent.piece(0)));
    EXPECT_EQ(job.blocks.size(), 4u) << "the buffers come home";
    EXPECT_FALSE(fs::exists(folder.path() / "t"));
}

TEST(PieceJob, GivesDigestsOfAGoodPieceWhenTheyAreWanted) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent({{"t", 50'000}}, 50'000);
    BlockPool pool;
    auto job = piece_job(torrent, open_storage(torrent, folder.path()), pool, 0);
    job.want_digests = true;
    job = run_one(std::move(job));
    EXPECT_EQ(job.outcome, Outcome::done);
    EXPECT_EQ(job.digests, digests_of(torrent.piece(0)));
}

/// Runs piece 0 in runs of `run` bytes and returns the last.
PieceJob in_runs(const Torrent& torrent, const std::shared_ptr<Storage>& storage, BlockPool& pool,
                 std::uint32_t run) {
    const auto size = static_cast<std::uint32_t>(torrent.piece(0).size());
    crypto::Sha1 hash;
    for (std::uint32_t begin = 0;; begin += run) {
        auto job = piece_job(torrent, storage, pool, 0, begin, std::min(run, size - begin));
        job.hash = hash;
        job = run_one(std::move(job));
        if (job.last) return job;
        EXPECT_EQ(job.outcome, Outcome::done);
        hash = job.hash;
    }
}

TEST(PieceJob, VerifiesAPieceThatComesInRuns) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent({{"t/a", 1'500'000}, {"t/b", 1'600'001}}, 3'000'001);
    BlockPool pool;
    const auto job = in_runs(torrent, open_storage(torrent, folder.path()), pool, 32 * kBlockSize);
    EXPECT_EQ(job.outcome, Outcome::done);
    EXPECT_TRUE(read_file(folder.path() / "t/a") == as_text(torrent.file(0)));
}

TEST(PieceJob, ReadsEarlierRunsBackForTheDigestsOfABadPiece) {
    const TemporaryFolder folder;
    auto torrent = make_torrent({{"t/a", 1'500'000}, {"t/b", 1'600'001}}, 3'000'001);
    torrent.content[17'000] ^= std::byte{1};
    BlockPool pool;
    const auto job = in_runs(torrent, open_storage(torrent, folder.path()), pool, 32 * kBlockSize);
    EXPECT_EQ(job.outcome, Outcome::mismatch);
    EXPECT_EQ(job.digests, digests_of(torrent.piece(0)));
}

TEST(PieceJob, GivesNoDigestsWhenEarlierRunsCannotBeReadBack) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent({{"t", 100'000}}, 100'000);
    const auto storage = open_storage(torrent, folder.path());
    BlockPool pool;
    auto job = piece_job(torrent, storage, pool, 0, 2 * kBlockSize, 100'000 - 2 * kBlockSize);
    job = run_one(std::move(job));  // its hash lacks the beginning
    EXPECT_EQ(job.outcome, Outcome::mismatch);
    EXPECT_TRUE(job.digests.empty());
}

TEST(PieceJob, GivesNoDigestsWhenTheDiskGivesBackOtherBytes) {
    const TemporaryFolder folder;
    auto torrent = make_torrent({{"t", 100'000}}, 100'000);
    torrent.content[90'000] ^= std::byte{1};
    const auto storage = open_storage(torrent, folder.path());
    BlockPool pool;
    auto first = run_one(piece_job(torrent, storage, pool, 0, 0, 2 * kBlockSize));
    ASSERT_EQ(first.outcome, Outcome::done);
    write_file(folder.path() / "t", read_file(folder.path() / "t").replace(5, 1, "?"));
    auto last = piece_job(torrent, storage, pool, 0, 2 * kBlockSize, 100'000 - 2 * kBlockSize);
    last.hash = first.hash;
    last = run_one(std::move(last));
    EXPECT_EQ(last.outcome, Outcome::mismatch);
    EXPECT_TRUE(last.digests.empty());
}

TEST(PieceJob, FailsWithTheReasonWhenItCannotWrite) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent({{"t", 100}}, 100);
    fs::create_directory(folder.path() / "t");
    BlockPool pool;
    const auto job = run_one(piece_job(torrent, open_storage(torrent, folder.path()), pool, 0));
    EXPECT_EQ(job.outcome, Outcome::failed);
    EXPECT_EQ(job.error.code, Errc::in_the_way);
}

TEST(PieceJob, SeveralAtATimeHaveEachTheirOwnOutcome) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent({{"t", 7 * kBlockSize + 9}}, kBlockSize);
    const auto storage = open_storage(torrent, folder.path());
    BlockPool blocks;
    std::vector<PieceJob> jobs;
    for (std::uint32_t i = 0; i < 8; ++i)
        jobs.push_back(piece_job(torrent, storage, blocks, i));
    jobs[2].blocks[0].data()[0] ^= std::byte{1};
    std::vector<PieceJob*> all;
    for (auto& job : jobs)
        all.push_back(&job);
    run(all);
    for (std::uint32_t i = 0; i < 8; ++i)
        EXPECT_EQ(jobs[i].outcome, i == 2 ? Outcome::mismatch : Outcome::done) << i;
    const auto verdicts = check(torrent, folder.path(), 0, 8).good;
    EXPECT_EQ(verdicts, (std::vector<bool>{true, true, false, true, true, true, true, true}));
}

TEST(ParkJob, BlocksWaitAtTheirPlaceForTheRestOfThePiece) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent({{"t/a", 30'000}, {"t/b", 70'001}}, 100'001);
    const auto storage = open_storage(torrent, folder.path());
    BlockPool pool;
    auto park = run_one(park_job(torrent, storage, pool, 0, {1, 3, 4, 6}));
    ASSERT_EQ(park.outcome, Outcome::done) << park.error.message;
    ASSERT_EQ(park.marks.size(), 4u);
    park.buffers.clear();
    auto job = piece_job(torrent, storage, pool, 0);
    leave_out(job, park);
    job = run_one(std::move(job));
    EXPECT_EQ(job.outcome, Outcome::done) << job.error.message;
    expect_all_files(torrent, folder.path());
}

TEST(ParkJob, BlocksThatWereBadWhenTheyCameMakeTheirPieceBad) {
    const TemporaryFolder folder;
    auto torrent = make_torrent({{"t", 50'000}}, 50'000);
    torrent.content[5] ^= std::byte{1};
    const auto storage = open_storage(torrent, folder.path());
    BlockPool pool;
    const auto park = run_one(park_job(torrent, storage, pool, 0, {0, 2}));
    auto job = piece_job(torrent, storage, pool, 0);
    leave_out(job, park);
    job = run_one(std::move(job));
    EXPECT_EQ(job.outcome, Outcome::mismatch);
    EXPECT_EQ(job.digests, digests_of(torrent.piece(0)));
}

TEST(ParkJob, BlocksThatAnotherHasChangedOrCutAreNoEvidence) {
    for (const bool cut : {false, true}) {
        const TemporaryFolder folder;
        const auto torrent = make_torrent({{"t", 50'000}}, 50'000);
        const auto storage = open_storage(torrent, folder.path());
        BlockPool pool;
        const auto park = run_one(park_job(torrent, storage, pool, 0, {0, 2}));
        auto job = piece_job(torrent, storage, pool, 0);
        leave_out(job, park);
        const auto before = read_file(folder.path() / "t");
        write_file(folder.path() / "t",
                   cut ? before.substr(0, 40'000) : std::string(before).replace(5, 1, "?"));
        const auto after = read_file(folder.path() / "t");
        job = run_one(std::move(job));
        EXPECT_EQ(job.outcome, Outcome::altered);
        EXPECT_TRUE(job.digests.empty());
        EXPECT_EQ(read_file(folder.path() / "t"), after) << "nothing is written";
    }
}

TEST(ParkJob, ARunOfALargePieceTakesThemInToo) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent({{"t", 3'000'001}}, 3'000'001);
    const auto storage = open_storage(torrent, folder.path());
    BlockPool pool;
    constexpr std::uint32_t kRun = 32 * kBlockSize;
    const auto park = run_one(park_job(torrent, storage, pool, 0, {33, 34, 60}));
    auto first = run_one(piece_job(torrent, storage, pool, 0, 0, kRun));
    auto second = piece_job(torrent, storage, pool, 0, kRun, kRun);
    second.hash = first.hash;
    leave_out(second, park);
    second = run_one(std::move(second));
    ASSERT_EQ(second.outcome, Outcome::done);
    auto last = piece_job(torrent, storage, pool, 0, 2 * kRun, 3'000'001 - 2 * kRun);
    last.hash = second.hash;
    EXPECT_EQ(run_one(std::move(last)).outcome, Outcome::done);
    expect_all_files(torrent, folder.path());
}

TEST(ParkJob, FailsWithTheReasonWhenItCannotWrite) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent({{"t", 50'000}}, 50'000);
    fs::create_directory(folder.path() / "t");
    BlockPool pool;
    const auto job = run_one(park_job(torrent, open_storage(torrent, folder.path()), pool, 0, {1}));
    EXPECT_EQ(job.outcome, Outcome::failed);
    EXPECT_EQ(job.error.code, Errc::in_the_way);
    EXPECT_EQ(job.buffers.size(), 1u) << "the buffers come home";
}

TEST(ReadJob, ReadsABlock) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent({{"t/a", 30'000}, {"t/b", 30'000}}, 40'000);
    write_all_files(torrent, folder.path());
    BlockPool pool;
    ReadJob job;
    job.storage = open_storage(torrent, folder.path(), Access::read_only);
    job.block = {PieceIndex(0), kBlockSize, kBlockSize};
    job.buffer = pool.acquire();
    job = run_one(std::move(job));
    ASSERT_EQ(job.outcome, Outcome::done);
    EXPECT_EQ(as_text(job.buffer.bytes(kBlockSize)),
              as_text(torrent.bytes(kBlockSize, kBlockSize)));
}

TEST(ReadJob, FailsWithTheReason) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent({{"t", 100}}, 100);
    BlockPool pool;
    ReadJob job;
    job.storage = open_storage(torrent, folder.path(), Access::read_only);
    job.block = {PieceIndex(0), 0, 100};
    job.buffer = pool.acquire();
    job = run_one(std::move(job));
    EXPECT_EQ(job.outcome, Outcome::failed);
    EXPECT_EQ(job.error.code, Errc::open_failed);
}

TEST(CheckJob, FindsTheParkedBlocksThatAreAsTheyWere) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent({{"t/a", 30'000}, {"t/b", 70'001}}, 100'001);
    BlockPool pool;
    const auto park =
        run_one(park_job(torrent, open_storage(torrent, folder.path()), pool, 0, {0, 1, 2, 6}));
    auto changed = read_file(folder.path() / "t/a");
    changed[kBlockSize] = static_cast<char>(changed[kBlockSize] ^ 1);
    write_file(folder.path() / "t/a", changed);
    auto job = CheckJob{};
    job.storage = open_storage(torrent, folder.path(), Access::read_only);
    job.parked.emplace();
    for (std::size_t i = 0; i < park.blocks.size(); ++i)
        job.parked->emplace(park.blocks[i], park.marks[i]);
    job.good.resize(1);
    job = run_one(std::move(job));
    EXPECT_EQ(job.outcome, Outcome::done);
    const ParkedBlocks left{{0, park.marks[0]}, {2, park.marks[2]}, {6, park.marks[3]}};
    EXPECT_EQ(*job.parked, left);
}

TEST(CheckJob, FindsTheGoodPieces) {
    for (const std::uint32_t piece_length : {1000u, 65'537u, (1u << 20) + 1, 3u << 20}) {
        SCOPED_TRACE(piece_length);
        const TemporaryFolder folder;
        auto torrent =
            make_torrent({{"t/a", 3'000'000}, {"t/e", 0}, {"t/b", 4'000'000}}, piece_length);
        const auto count = torrent.metainfo->layout.piece_count();
        torrent.content[piece_length + 5] ^= std::byte{1};
        torrent.content.back() ^= std::byte{1};
        write_all_files(torrent, folder.path());
        const auto job = check(torrent, folder.path(), 0, count);
        EXPECT_EQ(job.outcome, Outcome::done);
        EXPECT_EQ(job.bytes, torrent.content.size());
        for (std::uint32_t i = 0; i < count; ++i)
            EXPECT_EQ(job.good[i], i != 1 && i != count - 1) << i;
    }
}

TEST(CheckJob, ChecksARangeOfPieces) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent({{"t", 100'000}}, 1000);
    write_all_files(torrent, folder.path());
    const auto job = check(torrent, folder.path(), 90, 10);
    EXPECT_EQ(job.good, std::vector<bool>(10, true));
    EXPECT_EQ(job.bytes, 10'000u);
}

TEST(CheckJob, CallsUnreadablePiecesNotGoodAndGoesOn) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent({{"t/a", 2000}, {"t/b", 1000}, {"t/c", 2000}}, 1000);
    write_all_files(torrent, folder.path());
    fs::remove(folder.path() / "t/b");
    fs::resize_file(folder.path() / "t/c", 1999);
    const auto job = check(torrent, folder.path(), 0, 5);
    EXPECT_EQ(job.outcome, Outcome::done);
    EXPECT_EQ(job.good, (std::vector<bool>{true, true, false, true, false}));
}

StorageJob storage_job(StorageJob::Kind kind, std::shared_ptr<Storage> storage) {
    StorageJob job;
    job.kind = kind;
    job.storage = std::move(storage);
    return job;
}

TEST(StorageJob, SurveysAndTellsWhichPiecesCanBeThere) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent({{"t/a", 10}, {"t/b", 10}}, 10);
    write_file(folder.path() / "t/b", torrent.file(1));
    const auto job =
        run_one(storage_job(StorageJob::Kind::survey, open_storage(torrent, folder.path())));
    ASSERT_EQ(job.outcome, Outcome::done);
    EXPECT_EQ(job.survey.files[1].size, 10u);
    EXPECT_FALSE(job.survey.verdict.suspects.get(PieceIndex(0)));
    EXPECT_TRUE(job.survey.verdict.suspects.get(PieceIndex(1)));
}

TEST(StorageJob, ClearsAndMakesEmptyFiles) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent({{"t/a", 10}, {"t/e/e", 0}}, 10);
    write_file(folder.path() / "t/a", "other");
    const auto storage = open_storage(torrent, folder.path());
    auto job = run_one(storage_job(StorageJob::Kind::survey, storage));
    job.kind = StorageJob::Kind::clear;
    job.have = Bitfield(1);
    EXPECT_EQ(run_one(std::move(job)).outcome, Outcome::done);
    EXPECT_FALSE(fs::exists(folder.path() / "t/a"));
    for (const auto kind : {StorageJob::Kind::make_empty_files, StorageJob::Kind::sync,
                            StorageJob::Kind::confirm, StorageJob::Kind::finish})
        EXPECT_EQ(run_one(storage_job(kind, storage)).outcome, Outcome::done);
    EXPECT_TRUE(fs::is_regular_file(folder.path() / "t/e/e"));
}

TEST(StorageJob, FailsWithTheReason) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent({{"t/a", 10}, {"t/e/e", 0}}, 10);
    write_file(folder.path() / "t/e", "x");
    const auto job = run_one(
        storage_job(StorageJob::Kind::make_empty_files, open_storage(torrent, folder.path())));
    EXPECT_EQ(job.outcome, Outcome::failed);
    EXPECT_EQ(job.error.code, Errc::in_the_way);
}

}  // namespace
}  // namespace bt::disk
