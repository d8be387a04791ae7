// What a run leaves, and what the next one believes of it, on real files.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <chrono>
#include <csignal>

#include "unit/disk/fixture.hpp"

namespace bt::disk {
namespace {

using namespace test;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
namespace fs = std::filesystem;

/// Ten pieces of 32 KiB: a has 0-3, b has 3-4, c has 5-9.
class Resume : public ::testing::Test {
protected:
    static constexpr std::uint32_t kPiece = 32 * 1024;

    Resume()
        : torrent(make_torrent(
              {{"t/a", 3 * kPiece + 100}, {"t/b", 2 * kPiece - 100}, {"t/c", 5 * kPiece}},
              kPiece)) {}

    std::shared_ptr<Storage> claimed() {
        auto storage = open_storage(torrent, folder.path());
        const auto done = storage->claim();
        if (!done) throw std::runtime_error(done.error().message);
        return storage;
    }
    /// As a run begins that has nothing yet.
    std::shared_ptr<Storage> begun() {
        auto storage = claimed();
        const auto survey = storage->survey(true);
        EXPECT_TRUE(survey);
        EXPECT_TRUE(storage->begin(survey->verdict.trusted, survey->verdict));
        return storage;
    }
    void write(const std::shared_ptr<Storage>& storage, std::uint32_t piece) {
        const auto job = run_one(piece_job(torrent, storage, pool, piece));
        EXPECT_EQ(job.outcome, Outcome::done) << job.error.message;
    }
    /// What a run that begins now makes of it.
    Survey surveyed() {
        const auto survey = claimed()->survey(true);
        EXPECT_TRUE(survey);
        return *survey;
    }
    /// Whether the clock has moved on since they were written or not.
    static std::map<PieceIndex, ParkedBlocks> parked(const Survey& survey) {
        auto out = survey.verdict.parked;
        out.insert(survey.verdict.doubtful_parked.begin(), survey.verdict.doubtful_parked.end());
        return out;
    }
    [[nodiscard]] fs::path path(const char* file) const { return folder.path() / "t" / file; }
    [[nodiscard]] fs::path journal() const {
        return folder.path() / ('.' + to_hex(torrent.metainfo->info_hash) + ".bt");
    }

    const TemporaryFolder folder;
    const Torrent torrent;
    BlockPool pool;
};

TEST_F(Resume, BelievesWhatTheLastRunWrote) {
    auto storage = begun();
    for (const auto piece : {0u, 3u, 7u})
        write(storage, piece);
    storage.reset();
    const auto survey = surveyed();
    EXPECT_THAT(ones(survey.verdict.trusted), ElementsAre(0, 3, 7));
    EXPECT_THAT(ones(survey.verdict.durable), IsEmpty());
    EXPECT_THAT(ones(survey.verdict.suspects), IsEmpty());
}

TEST_F(Resume, KnowsWhatWasSynced) {
    auto storage = begun();
    write(storage, 0);
    ASSERT_TRUE(storage->sync());
    write(storage, 1);
    storage.reset();
    const auto survey = surveyed();
    EXPECT_THAT(ones(survey.verdict.trusted), ElementsAre(0, 1));
    EXPECT_THAT(ones(survey.verdict.durable), ElementsAre(0));
}

TEST_F(Resume, GoesOnOverSeveralRuns) {
    for (const auto piece : {4u, 9u, 1u}) {
        auto storage = begun();
        write(storage, piece);
        ASSERT_TRUE(storage->sync());
    }
    EXPECT_THAT(ones(surveyed().verdict.durable), ElementsAre(1, 4, 9));
}

TEST_F(Resume, HashesOnlyThePiecesOfAFileThatWasChanged) {
    auto storage = begun();
    for (std::uint32_t piece = 0; piece < 10; ++piece)
        write(storage, piece);
    storage.reset();
    struct stat before {};
    ASSERT_EQ(::stat(path("b").c_str(), &before), 0);
    write_file(path("b"), read_file(path("b")).replace(50, 1, "?"));
    const timespec times[] = {before.st_atim, before.st_mtim};  // as if it had not been touched
    ASSERT_EQ(::utimensat(AT_FDCWD, path("b").c_str(), times, 0), 0);
    const auto survey = surveyed();
    EXPECT_THAT(ones(survey.verdict.trusted), ElementsAre(0, 1, 2, 5, 6, 7, 8, 9));
    EXPECT_THAT(ones(survey.verdict.suspects), ElementsAre(3, 4));
}

TEST_F(Resume, AFileThatIsGoneIsFetchedAgain) {
    auto storage = begun();
    for (std::uint32_t piece = 0; piece < 10; ++piece)
        write(storage, piece);
    storage.reset();
    fs::remove(path("c"));
    const auto survey = surveyed();
    EXPECT_THAT(ones(survey.verdict.trusted), ElementsAre(0, 1, 2, 3, 4));
    EXPECT_THAT(ones(survey.verdict.suspects), IsEmpty()) << "there is nothing to hash";
}

TEST_F(Resume, ADamagedOrForeignStateMeansHashing) {
    auto storage = begun();
    for (std::uint32_t piece = 0; piece < 10; ++piece)
        write(storage, piece);
    storage.reset();
    const auto good = read_file(journal());
    auto damaged = good;
    damaged[10] = static_cast<char>(damaged[10] ^ 1);
    for (const auto& content : {damaged, std::string(5000, '\0'), std::string("started\n")}) {
        write_file(journal(), content);
        const auto survey = surveyed();
        EXPECT_TRUE(survey.verdict.trusted.none());
        EXPECT_TRUE(survey.verdict.suspects.all());
    }
    write_file(journal(), good);
    EXPECT_TRUE(surveyed().verdict.trusted.all());
}

TEST_F(Resume, DoesNotBelieveWhenToldNotTo) {
    auto storage = begun();
    write(storage, 0);
    const auto survey = storage->survey(false);
    ASSERT_TRUE(survey);
    EXPECT_TRUE(survey->verdict.trusted.none());
    EXPECT_THAT(ones(survey->verdict.suspects), ElementsAre(0));
}

TEST_F(Resume, AnotherWriterDuringTheRunTakesAwayWhatWasThere) {
    auto storage = begun();
    for (const auto piece : {5u, 6u})
        write(storage, piece);
    write_file(path("c"), read_file(path("c")).replace(0, 1, "?"));
    const auto confirmed = storage->confirm();
    ASSERT_TRUE(confirmed);
    EXPECT_EQ(*confirmed, "t/c");
    storage.reset();
    EXPECT_THAT(ones(surveyed().verdict.trusted), IsEmpty());
}

TEST_F(Resume, AFileThatAnotherHasWrittenIsHashedAlsoWhereItWasWrittenAfterwards) {
    auto storage = begun();
    write(storage, 5);
    write_file(path("c"), read_file(path("c")).replace(0, 1, "?"));
    write(storage, 7);
    storage.reset();  // killed before it looked again
    const auto verdict = surveyed().verdict;
    EXPECT_THAT(ones(verdict.trusted), IsEmpty());
    EXPECT_THAT(ones(verdict.suspects), ::testing::IsSupersetOf({5u, 7u}));
}

TEST_F(Resume, APieceThatIsStillInDoubtIsHashedByTheNextRunToo) {
    auto storage = begun();
    for (const auto piece : {0u, 7u})
        write(storage, piece);
    storage.reset();
    write_file(path("c"), read_file(path("c")).replace(0, 1, "?"));
    for (int run = 0; run < 2; ++run) {
        SCOPED_TRACE(run);
        storage = open_storage(torrent, folder.path());
        ASSERT_TRUE(storage->claim());
        const auto survey = storage->survey(true);
        ASSERT_TRUE(survey);
        EXPECT_THAT(ones(survey->verdict.trusted), ElementsAre(0));
        EXPECT_TRUE(survey->verdict.suspects.get(PieceIndex(7)));
        ASSERT_TRUE(storage->begin(survey->verdict.trusted, survey->verdict));
        storage.reset();
    }
}

TEST_F(Resume, APieceThatWasFoundGoodIsBelievedAndOwed) {
    auto storage = begun();
    write(storage, 7);
    storage.reset();
    write_file(path("c"), read_file(path("c")));
    storage = open_storage(torrent, folder.path());
    ASSERT_TRUE(storage->claim());
    const auto survey = storage->survey(true);
    ASSERT_TRUE(survey);
    ASSERT_TRUE(storage->begin(survey->verdict.trusted, survey->verdict));
    ASSERT_TRUE(storage->record_found(std::vector{PieceIndex(7)}));
    ASSERT_TRUE(storage->sync());
    storage.reset();
    const auto after = surveyed().verdict;
    EXPECT_THAT(ones(after.durable), ElementsAre(7));
    EXPECT_FALSE(after.suspects.get(PieceIndex(7)));
}

TEST_F(Resume, ConfirmsFilesThatNobodyTouched) {
    auto storage = begun();
    for (std::uint32_t piece = 0; piece < 10; ++piece)
        write(storage, piece);
    const auto confirmed = storage->confirm();
    ASSERT_TRUE(confirmed);
    EXPECT_EQ(*confirmed, std::nullopt);
}

TEST_F(Resume, SeesAFileThatTookThePlaceOfOurs) {
    auto storage = begun();
    write(storage, 5);
    const auto content = read_file(path("c"));
    write_file(path("other"), content);
    fs::rename(path("other"), path("c"));
    const auto confirmed = storage->confirm();
    ASSERT_TRUE(confirmed);
    EXPECT_EQ(*confirmed, "t/c");
}

TEST_F(Resume, AFailedStateFailsThePiece) {
    auto storage = begun();
    const auto code = in_child([&] {
        const rlimit limit{fs::file_size(journal()), RLIM_INFINITY};
        ::signal(SIGXFSZ, SIG_IGN);
        ::setrlimit(RLIMIT_FSIZE, &limit);
        const auto first = storage->record(std::vector{PieceIndex(1)});
        const auto second = storage->record(std::vector{PieceIndex(2)});
        if (first || second) return 1;
        // Of two workers, either may be heard first: both know the reason.
        return second.error().message == first.error().message ? 0 : 2;
    });
    EXPECT_EQ(code, 0);
    write(storage, 1);
    storage.reset();
    EXPECT_THAT(ones(surveyed().verdict.trusted), ElementsAre(1)) << "the state is still whole";
}

TEST_F(Resume, LeavesNothingWhenAllIsThere) {
    auto storage = begun();
    for (std::uint32_t piece = 0; piece < 10; ++piece)
        write(storage, piece);
    storage->finish();
    EXPECT_FALSE(fs::exists(journal()));
    expect_all_files(torrent, folder.path());
}

TEST_F(Resume, KeepsParkedBlocksUntilTheirPieceIsThereOrBad) {
    std::uint32_t first = 0;
    std::uint32_t mark = 0;
    {
        const auto storage = begun();
        for (const std::uint32_t piece : {2u, 6u, 8u}) {
            const auto park = run_one(park_job(torrent, storage, pool, piece, {1}));
            ASSERT_EQ(park.outcome, Outcome::done);
            mark = park.marks[0];
            if (piece == 2) first = mark;
        }
        write(storage, 6);
        auto bad = piece_job(torrent, storage, pool, 8);
        bad.blocks[0].data()[0] ^= std::byte{1};
        bad.blocks[1].reset();
        bad.parked.emplace(1, mark);
        EXPECT_EQ(run_one(std::move(bad)).outcome, Outcome::mismatch);
    }
    const auto survey = surveyed();
    EXPECT_THAT(ones(survey.verdict.trusted), ElementsAre(6));
    EXPECT_THAT(ones(survey.verdict.suspects), IsEmpty());
    EXPECT_EQ(parked(survey), (std::map<PieceIndex, ParkedBlocks>{{PieceIndex(2), {{1, first}}}}));
    {
        // The run after that knows of them too, and of what it gave up.
        const auto storage = begun();
        auto park = park_job(torrent, storage, pool, 2, {});
        park.given_up = {1};
        ASSERT_EQ(run_one(std::move(park)).outcome, Outcome::done);
        ASSERT_EQ(run_one(park_job(torrent, storage, pool, 9, {0, 1})).outcome, Outcome::done);
    }
    const auto later = surveyed();
    ASSERT_EQ(parked(later).size(), 1u);
    EXPECT_EQ(parked(later).at(PieceIndex(9)).size(), 2u);
}

/// 2 MiB pieces, written in runs.
TEST(ResumeOfALargePiece, GoesOnBehindWhatIsWritten) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent({{"t", 5u << 20}}, 2u << 20);
    BlockPool pool;
    {
        const auto storage = open_storage(torrent, folder.path());
        ASSERT_TRUE(storage->claim());
        const auto survey = storage->survey(true);
        ASSERT_TRUE(storage->begin(survey->verdict.trusted, survey->verdict));
        const auto job = run_one(piece_job(torrent, storage, pool, 1, 0, 1u << 20));
        ASSERT_EQ(job.outcome, Outcome::done);
    }
    const auto storage = open_storage(torrent, folder.path());
    ASSERT_TRUE(storage->claim());
    const auto survey = storage->survey(true);
    ASSERT_TRUE(survey);
    ASSERT_EQ(survey->verdict.prefixes.size(), 1u);
    const auto& [piece, prefix] = *survey->verdict.prefixes.begin();
    EXPECT_EQ(piece, PieceIndex(1));
    EXPECT_EQ(prefix.length, 1u << 20);
    ASSERT_TRUE(storage->begin(survey->verdict.trusted, survey->verdict));
    auto rest = piece_job(torrent, storage, pool, 1, 1u << 20, 1u << 20);
    rest.hash = prefix.hash;
    EXPECT_EQ(run_one(std::move(rest)).outcome, Outcome::done);
}

TEST(ResumeOfALargePiece, ABeginningThatAnotherHasOverwrittenIsNotBelieved) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent({{"t", 2u << 20}}, 2u << 20);
    BlockPool pool;
    auto storage = open_storage(torrent, folder.path());
    ASSERT_TRUE(storage->claim());
    const auto survey = storage->survey(true);
    ASSERT_TRUE(storage->begin(survey->verdict.trusted, survey->verdict));
    const auto first = run_one(piece_job(torrent, storage, pool, 0, 0, 1u << 20));
    ASSERT_EQ(first.outcome, Outcome::done);
    write_file(folder.path() / "t", read_file(folder.path() / "t").replace(0, 1, "?"));
    auto rest = piece_job(torrent, storage, pool, 0, 1u << 20, 1u << 20);
    rest.hash = first.hash;
    ASSERT_EQ(run_one(std::move(rest)).outcome, Outcome::done);
    const auto disturbed = storage->confirm();
    ASSERT_TRUE(disturbed);
    EXPECT_EQ(*disturbed, "t");
    const auto again = storage->survey(true);
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->verdict.trusted.none());
    EXPECT_TRUE(again->verdict.suspects.get(PieceIndex(0)));
}

/// 1 TiB in 100,000 pieces, all but one of them there.
TEST(ResumeOfALargeTorrent, IsAtOnce) {
    const TemporaryFolder folder;
    auto metainfo = std::make_shared<metainfo::Metainfo>();
    metainfo->name = "t";
    metainfo->layout = metainfo::PieceLayout(10'995'117, 1ull << 40);
    ASSERT_EQ(metainfo->layout.piece_count(), 100'000u);
    metainfo->piece_hashes.resize(100'000);
    metainfo->files = {{"t", 1ull << 40, 0, false}};
    write_file(folder.path() / "t", "");
    fs::resize_file(folder.path() / "t", 1ull << 40);
    const auto open = [&] {
        auto storage = Storage::open(metainfo, folder.path(), Access::read_write).value();
        EXPECT_TRUE(storage->claim());
        return storage;
    };
    Bitfield have(100'000, true);
    have.clear(PieceIndex(50'000));
    {
        const auto storage = open();
        const auto survey = storage->survey(false);
        ASSERT_TRUE(survey);
        ASSERT_TRUE(storage->begin(have, survey->verdict));
    }
    const auto began = std::chrono::steady_clock::now();
    const auto storage = open();
    const auto survey = storage->survey(true);
    ASSERT_TRUE(survey);
    EXPECT_EQ(survey->verdict.trusted, have);
    EXPECT_TRUE(survey->verdict.suspects.none());
    ASSERT_TRUE(storage->begin(have, survey->verdict));
    const auto took = std::chrono::steady_clock::now() - began;
    RecordProperty("milliseconds", static_cast<int>(took / std::chrono::milliseconds(1)));
    EXPECT_LT(took, std::chrono::seconds(1)) << "loose, for sanitizers and a busy machine";
}

}  // namespace
}  // namespace bt::disk
