// Storage of a torrent of which some files are not wanted.
#include <gmock/gmock.h>

#include "unit/disk/fixture.hpp"

namespace bt::disk {
namespace {

using namespace test;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
namespace fs = std::filesystem;

/// Ten pieces of 32 KiB: a has 0-3, b has 3-4, c has 4-9.
class SelectedStorage : public ::testing::Test {
protected:
    static constexpr std::uint32_t kPiece = 32 * 1024;

    SelectedStorage()
        : torrent(make_torrent(
              {{"t/a", 3 * kPiece + 100}, {"t/b", kPiece + 100}, {"t/c", 6 * kPiece - 200}},
              kPiece)) {}

    /// A run that begins while these files are wanted, and has what earlier ones left.
    std::shared_ptr<Storage> begun(metainfo::Selection selection) {
        auto storage =
            Storage::open(torrent.metainfo, folder.path(), Access::read_write, selection);
        if (!storage || !(*storage)->claim()) throw std::runtime_error("no storage");
        auto found = (*storage)->survey(true);
        EXPECT_TRUE(found);
        survey = std::move(*found);
        have = survey.verdict.trusted;
        for (const auto piece : ones(survey.verdict.suspects)) {
            if (is_good(*storage, piece)) have.set(PieceIndex(piece));
        }
        intruder = (*storage)->started() ? (*storage)->intruder(survey, have)
                                         : (*storage)->intruder(survey.files, have);
        EXPECT_TRUE((*storage)->begin(have, survey.verdict));
        return *storage;
    }
    static bool is_good(const std::shared_ptr<Storage>& storage, std::uint32_t piece) {
        CheckJob job;
        job.storage = storage;
        job.first = PieceIndex(piece);
        job.good.resize(1);
        return run_one(std::move(job)).good[0];
    }
    void write(const std::shared_ptr<Storage>& storage, std::initializer_list<std::uint32_t> all) {
        for (const auto piece : all) {
            const auto job = run_one(piece_job(torrent, storage, pool, piece));
            EXPECT_EQ(job.outcome, Outcome::done) << job.error.message;
        }
    }
    [[nodiscard]] fs::path path(const char* file) const { return folder.path() / "t" / file; }
    [[nodiscard]] fs::path parts() const {
        return folder.path() / metainfo::parts_name(torrent.metainfo->info_hash);
    }
    [[nodiscard]] bool is_whole(const char* name, std::size_t index) const {
        return read_file(path(name)) == as_text(torrent.file(index));
    }

    const TemporaryFolder folder;
    const Torrent torrent;
    BlockPool pool;
    Survey survey;
    Bitfield have;
    std::optional<std::string> intruder;
};

const metainfo::Selection kOnlyA{true, false, false};
const metainfo::Selection kOnlyB{false, true, false};
const metainfo::Selection kAll{true, true, true};

TEST_F(SelectedStorage, SkippedFilesAreNotMade) {
    const auto storage = begun(kOnlyB);
    write(storage, {3, 4});
    EXPECT_TRUE(is_whole("b", 1));
    EXPECT_FALSE(fs::exists(path("a")));
    EXPECT_FALSE(fs::exists(path("c")));
    EXPECT_EQ(fs::file_size(parts()), 2 * kPiece);
    EXPECT_TRUE(is_good(storage, 3));
    EXPECT_TRUE(is_good(storage, 4));
}

TEST_F(SelectedStorage, ThePartsFileGoesWhenAllIsThere) {
    const auto storage = begun(kOnlyB);
    write(storage, {3, 4});
    storage->finish();
    EXPECT_THAT(std::vector<fs::path>(fs::directory_iterator(folder.path()), {}),
                ElementsAre(folder.path() / "t"));
}

TEST_F(SelectedStorage, ALaterRunBelievesWhatLiesInThePartsFile) {
    write(begun(kOnlyB), {3});
    const auto storage = begun(kOnlyB);
    EXPECT_THAT(ones(survey.verdict.trusted), ElementsAre(3));
    EXPECT_TRUE(is_good(storage, 3));
}

TEST_F(SelectedStorage, AChangedPartsFileIsHashedAgain) {
    write(begun(kOnlyB), {3});
    write_file(parts(), "nonsense");
    const auto storage = begun(kOnlyB);
    EXPECT_THAT(ones(survey.verdict.trusted), IsEmpty());
    EXPECT_THAT(ones(have), IsEmpty());
    write(storage, {3});
    EXPECT_TRUE(is_good(storage, 3));
}

TEST_F(SelectedStorage, APieceWhoseBytesLieInThePartsFileIsMissingFromAFileThatIsWantedNow) {
    write(begun(kOnlyA), {0, 1, 2, 3});
    begun(kAll);
    EXPECT_THAT(ones(survey.verdict.trusted), ElementsAre(0, 1, 2));
    EXPECT_THAT(ones(have), ElementsAre(0, 1, 2));
    EXPECT_FALSE(intruder) << *intruder;
}

TEST_F(SelectedStorage, APieceIsNotClaimedForASkippedFileOnly) {
    write(begun(kOnlyA), {3});
    begun(kOnlyB);
    EXPECT_THAT(ones(have), IsEmpty());  // b is not there
    write_file(path("b"), Bytes(torrent.content).subspan(0, 100));
    begun(kOnlyB);
    EXPECT_THAT(ones(have), IsEmpty());
}

TEST_F(SelectedStorage, ASkippedFileThatIsThereIsReadAndNeverWritten) {
    write_all_files(torrent, folder.path());
    fs::last_write_time(path("a"), fs::file_time_type::min() + std::chrono::hours(24 * 365 * 200));
    const auto before = fs::last_write_time(path("a"));
    const auto storage = begun(kOnlyB);
    EXPECT_THAT(ones(have), ElementsAre(3, 4));
    EXPECT_FALSE(fs::exists(parts()));
    EXPECT_TRUE(storage->sync());
    const auto disturbed = storage->confirm();
    ASSERT_TRUE(disturbed);
    EXPECT_FALSE(*disturbed) << **disturbed;
    EXPECT_TRUE(is_whole("a", 0));
    EXPECT_EQ(fs::last_write_time(path("a")), before);
}

TEST_F(SelectedStorage, WhatSkippedFilesGaveIsLookedAtAgainByALaterRun) {
    write_all_files(torrent, folder.path());
    begun(kOnlyB);
    begun(kOnlyB);
    EXPECT_THAT(ones(survey.verdict.trusted), IsEmpty());
    EXPECT_THAT(ones(have), ElementsAre(3, 4));
    fs::remove(path("a"));
    begun(kOnlyB);
    EXPECT_THAT(ones(have), ElementsAre(4));
}

TEST_F(SelectedStorage, ASkippedFileOfOtherContentIsNotInTheWay) {
    write_file(path("a"), "mine");
    fs::create_directories(path("c") / "folder");
    const auto storage = begun(kOnlyB);
    EXPECT_FALSE(intruder) << *intruder;
    write(storage, {3, 4});
    EXPECT_TRUE(is_whole("b", 1));
    EXPECT_EQ(read_file(path("a")), "mine");
}

TEST_F(SelectedStorage, AFileThatNoRunWroteToIsAStrangerOnceItIsWanted) {
    write(begun(kOnlyB), {3});
    write_file(path("a"), "mine");
    begun(kAll);
    EXPECT_EQ(intruder, "t/a");
}

TEST_F(SelectedStorage, AFileOfAnEarlierRunStaysOursWhileItIsSkipped) {
    auto storage = begun(kAll);
    const auto part = torrent.piece(3).first(kPiece / 2);
    ASSERT_TRUE(storage->write(3 * kPiece, {{part}}));  // no piece of b is whole
    write(storage, {0});
    storage->settle();
    storage.reset();
    begun({true, false, true});
    begun(kAll);
    EXPECT_FALSE(intruder) << *intruder;
    EXPECT_THAT(ones(have), ElementsAre(0));
}

TEST_F(SelectedStorage, FilesOfAnotherNameAreStrangers) {
    write(begun(kAll), {3});
    auto renamed = *torrent.metainfo;
    for (auto& file : renamed.files)
        file.path = "other" + file.path.substr(1);
    write_file(folder.path() / "other" / "a", "mine");
    auto storage = Storage::open(std::make_shared<metainfo::Metainfo>(renamed), folder.path(),
                                 Access::read_write);
    ASSERT_TRUE(storage && (*storage)->claim());
    const auto found = (*storage)->survey(true);
    ASSERT_TRUE(found);
    EXPECT_EQ((*storage)->intruder(*found, Bitfield(10)), "other/a");
}

TEST_F(SelectedStorage, SelectionsThatChangeNeverClaimWhatIsNotThere) {
    const auto seed = std::random_device{}();
    SCOPED_TRACE(seed);
    Rng rng(seed);
    for (int run = 0; run < 25; ++run) {
        metainfo::Selection selection{rng() % 2 == 0, rng() % 2 == 0, true};
        auto storage = begun(selection);
        for (const auto piece : ones(have)) {
            ASSERT_TRUE(is_good(storage, piece)) << "run " << run << " piece " << piece;
            for (const auto& slice :
                 metainfo::slices(torrent.metainfo->files, std::uint64_t{piece} * kPiece, kPiece)) {
                const auto i = slice.file.value();
                if (!selection[i]) continue;
                const auto content = read_file(folder.path() / torrent.metainfo->files[i].path);
                ASSERT_EQ(content.substr(slice.offset, slice.length),
                          as_text(torrent.file(i).subspan(slice.offset, slice.length)));
            }
        }
        const auto wanted = metainfo::wanted_pieces(storage->metainfo());
        for (int i = 0; i < 2; ++i) {
            const auto piece = static_cast<std::uint32_t>(rng() % 10);
            if (wanted.get(PieceIndex(piece))) write(storage, {piece});
        }
        if (rng() % 3 == 0) storage->settle();
        if (rng() % 4 == 0) fs::remove(path(rng() % 2 == 0 ? "a" : "b"));
        if (rng() % 6 == 0) fs::remove(parts());
    }
}

}  // namespace
}  // namespace bt::disk
