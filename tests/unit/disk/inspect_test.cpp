// Storage before the first byte: what is there, what can be good, what is in the way.
#include "bt/disk/storage.hpp"
#include "unit/disk/fixture.hpp"

namespace bt::disk {
namespace {

using namespace test;
namespace fs = std::filesystem;

struct Looked {
    std::shared_ptr<Storage> storage;
    std::vector<FileState> files;
};

Looked look(const Torrent& torrent, const fs::path& folder) {
    Looked out{open_storage(torrent, folder), {}};
    auto files = out.storage->inspect();
    if (!files) throw std::runtime_error(files.error().message);
    out.files = std::move(*files);
    return out;
}

/// "x" for a piece that may be there, "." for one that cannot.
std::string present(const Torrent& torrent, const fs::path& folder) {
    const auto looked = look(torrent, folder);
    const auto pieces = looked.storage->present(looked.files);
    std::string out;
    for (std::uint32_t i = 0; i < pieces.size(); ++i)
        out += pieces.get(PieceIndex(i)) ? 'x' : '.';
    return out;
}

std::optional<std::string> intruder(const Torrent& torrent, const fs::path& folder,
                                    const std::vector<std::uint32_t>& have = {}) {
    const auto looked = look(torrent, folder);
    Bitfield pieces(torrent.metainfo->layout.piece_count());
    for (const auto piece : have)
        pieces.set(PieceIndex(piece));
    return looked.storage->intruder(looked.files, pieces);
}

TEST(StorageInspect, TellsFilesFromOtherThings) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent(
        {{"t/a", 5}, {"t/b", 5}, {"t/c", 5}, {"t/d", 5}, {"t/no/e", 5}, {"t/no/f", 5}}, 16);
    write_file(folder.path() / "t/a", "12345678");
    fs::create_directory(folder.path() / "t/b");
    fs::create_symlink("a", folder.path() / "t/c");
    const auto files = look(torrent, folder.path()).files;
    EXPECT_TRUE(files[0].exists);
    EXPECT_EQ(files[0].size, 8u);
    EXPECT_FALSE(files[0].foreign);
    EXPECT_TRUE(files[1].foreign);
    EXPECT_TRUE(files[2].foreign);
    for (const int missing : {3, 4, 5}) {
        EXPECT_FALSE(files[static_cast<std::size_t>(missing)].exists);
        EXPECT_FALSE(files[static_cast<std::size_t>(missing)].foreign);
    }
}

TEST(StorageInspect, FindsNoPieceWhereThereIsNothing) {
    const TemporaryFolder folder;
    EXPECT_EQ(present(make_torrent({{"t", 30}}, 10), folder.path()), "...");
}

TEST(StorageInspect, FindsAllPiecesOfWholeFiles) {
    const TemporaryFolder folder;
    const auto torrent =
        make_torrent({{"t/a", 5}, {"t/p", 7, true}, {"t/e", 0}, {"t/b", 1000}}, 64);
    write_all_files(torrent, folder.path());
    EXPECT_EQ(present(torrent, folder.path()),
              std::string(torrent.metainfo->layout.piece_count(), 'x'));
}

TEST(StorageInspect, LeavesOutPiecesThatAShortFileDoesNotReach) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent({{"t/a", 25}, {"t/b", 15}}, 10);
    write_file(folder.path() / "t/a", torrent.file(0).first(20));
    write_file(folder.path() / "t/b", torrent.file(1));
    EXPECT_EQ(present(torrent, folder.path()), "xx.x");
    write_file(folder.path() / "t/a", torrent.file(0).first(19));
    EXPECT_EQ(present(torrent, folder.path()), "x..x");
}

TEST(StorageInspect, LeavesOutPiecesThatAreHoles) {
    const TemporaryFolder folder;
    constexpr std::uint32_t kPiece = 1 << 20;
    const auto torrent = make_torrent({{"t/a", 4 * kPiece}, {"t/b", 4 * kPiece}}, kPiece);
    {
        const auto storage = open_storage(torrent, folder.path());
        for (const std::uint32_t i : {1u, 3u, 6u, 7u}) {
            const auto piece = torrent.piece(i);
            ASSERT_TRUE(storage->write(std::uint64_t{i} * kPiece, {&piece, 1}));
        }
    }
    EXPECT_EQ(present(torrent, folder.path()), ".x.x..xx");
}

TEST(StorageInspect, KeepsAPieceOfWhichOnlyAPartIsAHole) {
    const TemporaryFolder folder;
    constexpr std::uint32_t kPiece = 1 << 20;
    const auto torrent = make_torrent({{"t", 3 * kPiece}}, kPiece);
    {
        const auto storage = open_storage(torrent, folder.path());
        const auto part = torrent.bytes(kPiece + 300'000, 100);
        ASSERT_TRUE(storage->write(kPiece + 300'000, {&part, 1}));
    }
    fs::resize_file(folder.path() / "t", 3 * kPiece);
    EXPECT_EQ(present(torrent, folder.path()), ".x.");
}

TEST(StorageInspect, KeepsAHoleWhereZerosBelong) {
    const TemporaryFolder folder;
    constexpr std::uint32_t kPiece = 1 << 18;
    const auto torrent = make_torrent({{"t", 4 * kPiece + 9}}, kPiece, 1, {1, 4});
    write_file(folder.path() / "t", "");
    fs::resize_file(folder.path() / "t", 4 * kPiece + 9);
    EXPECT_EQ(present(torrent, folder.path()), ".x..x");
}

TEST(StorageInspect, KeepsAPieceOfPadsOnly) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent({{"t/a", 10}, {"t/p", 10, true}}, 10);
    EXPECT_EQ(present(torrent, folder.path()), ".x");
}

TEST(StorageIntruder, IsNoMissingNorEmptyFile) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent({{"t/a", 10}, {"t/e", 0}, {"t/b", 10}}, 10);
    EXPECT_EQ(intruder(torrent, folder.path()), std::nullopt);
    write_file(folder.path() / "t/a", "");
    write_file(folder.path() / "t/e", "");
    EXPECT_EQ(intruder(torrent, folder.path()), std::nullopt);
}

TEST(StorageIntruder, IsAFileWithoutAGoodPiece) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent({{"t/a", 10}, {"t/b", 25}}, 10);
    write_file(folder.path() / "t/b", "something else");
    EXPECT_EQ(intruder(torrent, folder.path()), "t/b");
    EXPECT_EQ(intruder(torrent, folder.path(), {0}), "t/b");
    for (const std::uint32_t piece : {1u, 2u, 3u})
        EXPECT_EQ(intruder(torrent, folder.path(), {piece}), std::nullopt) << piece;
}

TEST(StorageIntruder, IsAFileThatShouldBeEmpty) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent({{"t/a", 10}, {"t/e", 0}}, 10);
    write_file(folder.path() / "t/e", "x");
    EXPECT_EQ(intruder(torrent, folder.path(), {0}), "t/e");
}

TEST(StorageIntruder, IsAFolderOrASymlink) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent({{"t/a", 10}, {"t/b", 10}}, 10);
    fs::create_directories(folder.path() / "t/b");
    EXPECT_EQ(intruder(torrent, folder.path()), "t/b");
    fs::create_symlink("nowhere", folder.path() / "t/a");
    EXPECT_EQ(intruder(torrent, folder.path()), "t/a");
}

TEST(StorageClear, RemovesIntrudersAndNothingElse) {
    const TemporaryFolder folder;
    const TemporaryFolder outside;
    write_file(outside.path() / "canary", "untouched");
    const auto torrent = make_torrent({{"t/a", 10},
                                       {"t/b", 10},
                                       {"t/c", 10},
                                       {"t/d/x/e", 10},
                                       {"t/f/g", 10},
                                       {"t/h", 10},
                                       {"t/none", 10}},
                                      10);
    write_file(folder.path() / "t/a", torrent.file(0));
    write_file(folder.path() / "t/b", "other");
    fs::create_hard_link(folder.path() / "t/b", folder.path() / "kept");
    fs::create_symlink(outside.path() / "canary", folder.path() / "t/c");
    fs::create_directory_symlink(outside.path(), folder.path() / "t/d");
    write_file(folder.path() / "t/f", "file in place of a folder");
    fs::create_directory(folder.path() / "t/h");
    write_file(folder.path() / "t/own", "not of the torrent");

    const auto looked = look(torrent, folder.path());
    Bitfield have(7);
    have.set(PieceIndex(0));
    const auto cleared = looked.storage->clear(looked.files, have);
    ASSERT_TRUE(cleared) << cleared.error().message;

    EXPECT_EQ(read_file(folder.path() / "t/a"), as_text(torrent.file(0)));
    EXPECT_EQ(read_file(folder.path() / "t/own"), "not of the torrent");
    EXPECT_EQ(read_file(folder.path() / "kept"), "other") << "a hard link elsewhere";
    EXPECT_EQ(read_file(outside.path() / "canary"), "untouched");
    EXPECT_EQ(intruder(torrent, folder.path(), {0}), std::nullopt);
    for (std::uint32_t i = 0; i < 7; ++i) {
        const auto piece = torrent.piece(i);
        EXPECT_TRUE(looked.storage->write(i * 10, {&piece, 1})) << i;
    }
    expect_all_files(torrent, folder.path());
}

TEST(StorageClear, LeavesAFolderThatIsNotEmpty) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent({{"t", 10}}, 10);
    write_file(folder.path() / "t/precious", "x");
    const auto looked = look(torrent, folder.path());
    const auto cleared = looked.storage->clear(looked.files, Bitfield(1));
    ASSERT_FALSE(cleared);
    EXPECT_EQ(cleared.error().code, Errc::in_the_way);
    EXPECT_TRUE(fs::exists(folder.path() / "t/precious"));
}

TEST(StorageClear, ShortensAFileOfOursThatIsTooLong) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent({{"t", 10}}, 10);
    write_file(folder.path() / "t", std::string(as_text(torrent.file(0))) + "tail");
    EXPECT_EQ(intruder(torrent, folder.path(), {0}), std::nullopt);
    const auto looked = look(torrent, folder.path());
    ASSERT_TRUE(looked.storage->clear(looked.files, Bitfield(1, true)));
    expect_all_files(torrent, folder.path());
}

}  // namespace
}  // namespace bt::disk
