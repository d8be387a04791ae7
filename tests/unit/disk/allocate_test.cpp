// Space that is reserved before a download begins.
#include <sys/stat.h>

#include "unit/disk/fixture.hpp"

namespace bt::disk {
namespace {

using namespace test;

class Allocate : public ::testing::Test {
protected:
    static constexpr std::uint32_t kPiece = 32 * 1024;

    Allocate()
        : torrent(make_torrent({{"t/a", 8 * kPiece}, {"t/b", 4 * kPiece}, {"t/none", 0}}, kPiece)) {
    }

    [[nodiscard]] std::uint64_t held(const char* name) const {
        struct stat status {};
        if (::stat((folder.path() / "t" / name).c_str(), &status) != 0) return 0;
        return static_cast<std::uint64_t>(status.st_blocks) * 512;
    }

    const TemporaryFolder folder;
    const Torrent torrent;
};

TEST_F(Allocate, ReservesWhatFilesWillTakeAndDoesNotLengthenThem) {
    const auto storage = open_storage(torrent, folder.path());
    const auto able = storage->allocate();
    ASSERT_TRUE(able);
    if (!*able) GTEST_SKIP() << "the file system cannot";
    EXPECT_GE(held("a"), 8 * kPiece);
    EXPECT_GE(held("b"), 4 * kPiece);
    EXPECT_EQ(std::filesystem::file_size(folder.path() / "t" / "a"), 0u);
    write_pieces(*storage, torrent);
    ASSERT_TRUE(storage->make_empty_files());
    expect_all_files(torrent, folder.path());
}

TEST_F(Allocate, LeavesFilesAloneThatAreNotWanted) {
    const auto opened =
        Storage::open(torrent.metainfo, folder.path(), Access::read_write, {true, false, true});
    ASSERT_TRUE(opened && (*opened)->allocate());
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "t" / "b"));
}

TEST_F(Allocate, HidesNoChangeByOthers) {
    auto storage = open_storage(torrent, folder.path());
    write_pieces(*storage, torrent);
    storage = open_storage(torrent, folder.path());
    ASSERT_TRUE(storage->claim());
    auto survey = storage->survey(true);
    ASSERT_TRUE(survey);
    const auto path = folder.path() / "t" / "a";
    write_file(path, read_file(path).replace(0, 1, "?"));
    ASSERT_TRUE(storage->allocate());
    survey->verdict.suspects = Bitfield(12);  // all were hashed, before the change
    ASSERT_TRUE(storage->begin(Bitfield(12, true), survey->verdict));
    const auto disturbed = storage->confirm();
    ASSERT_TRUE(disturbed);
    EXPECT_EQ(*disturbed, "t/a");
    const auto again = storage->survey(true);
    ASSERT_TRUE(again);
    EXPECT_FALSE(again->verdict.trusted.get(PieceIndex(0)));
    EXPECT_TRUE(again->verdict.suspects.get(PieceIndex(0)));
}

TEST_F(Allocate, WhatOthersChangedBeforeIsNotSaidToBeThere) {
    auto storage = open_storage(torrent, folder.path());
    write_pieces(*storage, torrent);
    storage = open_storage(torrent, folder.path());
    ASSERT_TRUE(storage->claim());
    auto survey = storage->survey(true);
    ASSERT_TRUE(survey);
    const auto path = folder.path() / "t" / "a";
    write_file(path, read_file(path).replace(0, 1, "?"));
    ASSERT_TRUE(storage->allocate());
    survey->verdict.suspects = Bitfield(12);
    ASSERT_TRUE(storage->begin(Bitfield(12, true), survey->verdict));
    storage = open_storage(torrent, folder.path());  // killed
    ASSERT_TRUE(storage->claim());
    const auto again = storage->survey(true);
    ASSERT_TRUE(again);
    EXPECT_FALSE(again->verdict.trusted.get(PieceIndex(0)));
    EXPECT_TRUE(again->verdict.trusted.get(PieceIndex(11)));
}

TEST_F(Allocate, IsNoChangeByOthers) {
    const auto storage = open_storage(torrent, folder.path());
    ASSERT_TRUE(storage->claim());
    const auto survey = storage->survey(true);
    ASSERT_TRUE(survey && storage->allocate());
    ASSERT_TRUE(storage->begin(Bitfield(12), survey->verdict));
    write_pieces(*storage, torrent);
    const auto disturbed = storage->confirm();
    ASSERT_TRUE(disturbed);
    EXPECT_FALSE(*disturbed) << **disturbed;
}

}  // namespace
}  // namespace bt::disk
