#include "bt/disk/storage.hpp"

#include <thread>

#include "unit/disk/fixture.hpp"

namespace bt::disk {
namespace {

using namespace test;
namespace fs = std::filesystem;

const std::vector<FileSpec> kMixed = {
    {"t/empty0", 0},       {"t/a", 10},       {"t/b/c", 0},    {"t/b/d", 1},
    {"t/.pad/5", 5, true}, {"t/b/e/f", 3000}, {"t/b/e/g", 2},  {"t/.pad/9", 9, true},
    {"t/h", 70'001},       {"t/i", 1},        {"t/empty1", 0},
};

TEST(Storage, WritesAndReadsPiecesThatSpanFilesPadsAndEmptyFiles) {
    for (const std::uint32_t piece_length : {7u, 100u, 4099u, 32768u, 1u << 20}) {
        SCOPED_TRACE(piece_length);
        const TemporaryFolder folder;
        const auto torrent = make_torrent(kMixed, piece_length);
        const auto storage = open_storage(torrent, folder.path());
        write_pieces(*storage, torrent, 1000);
        ASSERT_TRUE(storage->make_empty_files());
        expect_all_files(torrent, folder.path());
        ByteVector back(torrent.content.size(), std::byte{0xff});
        ASSERT_TRUE(storage->read(0, back));
        EXPECT_TRUE(back == torrent.content);
    }
}

TEST(Storage, ReadsAnyRange) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent(kMixed, 512, 3);
    const auto storage = open_storage(torrent, folder.path());
    write_pieces(*storage, torrent);
    Rng rng(42);
    for (int i = 0; i < 500; ++i) {
        const auto offset = random_below(rng, torrent.content.size());
        ByteVector out(random_below(rng, torrent.content.size() - offset + 1));
        ASSERT_TRUE(storage->read(offset, out));
        EXPECT_TRUE(std::equal(out.begin(), out.end(),
                               torrent.content.begin() + static_cast<std::ptrdiff_t>(offset)));
    }
}

TEST(Storage, GathersMoreBuffersThanOneCallTakes) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent({{"t", 5000}}, 5000);
    const auto storage = open_storage(torrent, folder.path());
    write_pieces(*storage, torrent, 3);
    expect_all_files(torrent, folder.path());
}

TEST(Storage, MakesTheOutputFolderWithItsParents) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent({{"t", 5}}, 16);
    const auto storage = open_storage(torrent, folder.path() / "a" / "b");
    EXPECT_TRUE(fs::is_directory(folder.path() / "a" / "b"));
    EXPECT_EQ(storage->target(), folder.path() / "a" / "b" / "t");
    EXPECT_GT(storage->free_space(), 0u);
}

TEST(Storage, DoesNotMakeTheOutputFolderToRead) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent({{"t", 5}}, 16);
    const auto storage = Storage::open(torrent.metainfo, folder.path() / "a", Access::read_only);
    ASSERT_FALSE(storage);
    EXPECT_EQ(storage.error().code, Errc::open_failed);
    EXPECT_FALSE(fs::exists(folder.path() / "a"));
}

TEST(Storage, SaysSoWhenTheOutputFolderCannotBeMade) {
    const TemporaryFolder folder;
    write_file(folder.path() / "file", "x");
    const auto torrent = make_torrent({{"t", 5}}, 16);
    const auto storage =
        Storage::open(torrent.metainfo, folder.path() / "file" / "a", Access::read_write);
    ASSERT_FALSE(storage);
    EXPECT_EQ(storage.error().code, Errc::mkdir_failed);
}

TEST(Storage, MakesNothingUntilItIsWrittenTo) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent(kMixed, 100);
    const auto storage = open_storage(torrent, folder.path());
    ASSERT_TRUE(storage->inspect());
    ByteVector out(100);
    const auto read = storage->read(0, out);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, Errc::open_failed);
    EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(Storage, WritesAFileSparse) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent({{"t", 8 << 20}}, 1 << 20);
    const auto storage = open_storage(torrent, folder.path());
    ASSERT_TRUE(storage->write(7 << 20, cut(torrent.piece(7), kBlockSize)));
    EXPECT_EQ(fs::file_size(folder.path() / "t"), 8u << 20);
    const auto states = storage->inspect();
    ASSERT_TRUE(states);
    EXPECT_LT(states->at(0).allocated, 2u << 20);
}

TEST(Storage, SaysThatAFileIsTooShort) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent({{"t/a", 100}, {"t/b", 100}}, 200);
    write_file(folder.path() / "t/a", torrent.file(0));
    write_file(folder.path() / "t/b", torrent.file(1).first(99));
    const auto storage = open_storage(torrent, folder.path(), Access::read_only);
    ByteVector out(200);
    const auto read = storage->read(0, out);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, Errc::io_failed);
    EXPECT_EQ(read.error().message, "'t/b' is shorter than it should be");
    EXPECT_TRUE(storage->read(0, MutableBytes(out).first(199)));
}

TEST(Storage, EscapesNamesInMessages) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent({{"t\x1b[31m", 100}}, 200);
    const auto storage = open_storage(torrent, folder.path());
    ByteVector out(100);
    EXPECT_EQ(storage->read(0, out).error().message,
              "cannot open 't\\x1b[31m': No such file or directory");
}

TEST(Storage, RefusesPathsThatLeadElsewhere) {
    const TemporaryFolder folder;
    const std::string with_nul("a\0b", 3);
    for (const std::string& path :
         {std::string("../x"), std::string("a/../../x"), std::string("/x"), std::string("a//x"),
          std::string("a/./x"), std::string(".."), std::string(), std::string("a/"), with_nul}) {
        SCOPED_TRACE(path);
        const auto torrent = make_torrent({{path, 5}}, 16);
        const auto storage = Storage::open(torrent.metainfo, folder.path(), Access::read_write);
        ASSERT_FALSE(storage);
        EXPECT_EQ(storage.error().code, Errc::torrent);
    }
}

TEST(Storage, FollowsNoSymlinkInPlaceOfAFile) {
    const TemporaryFolder folder;
    const TemporaryFolder outside;
    write_file(outside.path() / "canary", "untouched");
    fs::create_directory(folder.path() / "t");
    fs::create_symlink(outside.path() / "canary", folder.path() / "t/a");
    fs::create_symlink(outside.path() / "new", folder.path() / "t/b");
    const auto torrent = make_torrent({{"t/a", 9}, {"t/b", 9}}, 9);
    const auto storage = open_storage(torrent, folder.path());
    ByteVector out(9);
    for (const std::uint64_t offset : {0u, 9u}) {
        EXPECT_EQ(storage->write(offset, cut(torrent.bytes(offset, 9), 9)).error().code,
                  Errc::in_the_way);
        EXPECT_EQ(storage->read(offset, out).error().code, Errc::in_the_way);
    }
    EXPECT_EQ(read_file(outside.path() / "canary"), "untouched");
    EXPECT_FALSE(fs::exists(outside.path() / "new"));
}

TEST(Storage, FollowsNoSymlinkInPlaceOfAFolder) {
    const TemporaryFolder folder;
    const TemporaryFolder outside;
    write_file(outside.path() / "canary", "untouched");
    fs::create_directory(folder.path() / "t");
    fs::create_directory_symlink(outside.path(), folder.path() / "t/sub");
    const auto torrent = make_torrent({{"t/sub/canary", 9}, {"t/sub/deep/er", 9}}, 9);
    const auto storage = open_storage(torrent, folder.path());
    const auto write = storage->write(0, cut(torrent.file(0), 9));
    EXPECT_EQ(write.error().code, Errc::in_the_way);
    EXPECT_EQ(write.error().message, "'t/sub' is in the way: it is no folder");
    EXPECT_EQ(storage->write(9, cut(torrent.file(1), 9)).error().code, Errc::in_the_way);
    EXPECT_EQ(read_file(outside.path() / "canary"), "untouched");
    EXPECT_FALSE(fs::exists(outside.path() / "deep"));
    const auto states = storage->inspect();
    ASSERT_TRUE(states);
    EXPECT_TRUE(states->at(0).foreign);
    EXPECT_TRUE(states->at(1).foreign);
}

TEST(Storage, IsNotLedAstrayByAFolderThatBecomesASymlinkMeanwhile) {
    const TemporaryFolder folder;
    const TemporaryFolder outside;
    const auto torrent = make_torrent({{"t/s/a", 9}, {"t/s/b", 9}}, 9);
    const auto storage = open_storage(torrent, folder.path());
    ASSERT_TRUE(storage->write(0, cut(torrent.file(0), 9)));
    fs::rename(folder.path() / "t/s", folder.path() / "t/moved");
    fs::create_directory_symlink(outside.path(), folder.path() / "t/s");
    (void)storage->write(9, cut(torrent.file(1), 9));
    EXPECT_TRUE(fs::is_empty(outside.path()));
    storage->close_files();
    EXPECT_EQ(storage->write(9, cut(torrent.file(1), 9)).error().code, Errc::in_the_way);
    EXPECT_TRUE(fs::is_empty(outside.path()));
}

TEST(Storage, DoesNotHangOnAFifo) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent({{"t", 9}}, 9);
    ASSERT_EQ(::mkfifo((folder.path() / "t").c_str(), 0600), 0);
    const auto storage = open_storage(torrent, folder.path());
    ByteVector out(9);
    EXPECT_EQ(storage->read(0, out).error().code, Errc::in_the_way);
    EXPECT_EQ(storage->write(0, cut(torrent.file(0), 9)).error().code, Errc::in_the_way);
}

TEST(Storage, RefusesAFolderInPlaceOfAFileAndAFileInPlaceOfAFolder) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent({{"t/a", 9}, {"t/b/c", 9}}, 9);
    fs::create_directories(folder.path() / "t/a");
    write_file(folder.path() / "t/b", "x");
    const auto storage = open_storage(torrent, folder.path());
    EXPECT_EQ(storage->write(0, cut(torrent.file(0), 9)).error().code, Errc::in_the_way);
    EXPECT_EQ(storage->write(9, cut(torrent.file(1), 9)).error().code, Errc::in_the_way);
    const auto states = storage->inspect();
    ASSERT_TRUE(states);
    EXPECT_TRUE(states->at(0).foreign);
    EXPECT_TRUE(states->at(1).foreign);
}

TEST(Storage, FollowsASymlinkThatTheUserNamesAsOutputFolder) {
    const TemporaryFolder folder;
    fs::create_directory(folder.path() / "real");
    fs::create_directory_symlink(folder.path() / "real", folder.path() / "link");
    const auto torrent = make_torrent({{"t", 9}}, 9);
    const auto storage = open_storage(torrent, folder.path() / "link");
    ASSERT_TRUE(storage->write(0, cut(torrent.file(0), 9)));
    EXPECT_TRUE(fs::exists(folder.path() / "real/t"));
}

TEST(Storage, ReachesPathsLongerThanTheSystemTakesAtOnce) {
    const TemporaryFolder folder;
    std::string path;
    for (int i = 0; i < 60; ++i)
        path += std::string(200, 'd') + '/';
    const auto torrent = make_torrent({{path + "file", 9}}, 9);
    {
        const auto storage = open_storage(torrent, folder.path());
        ASSERT_TRUE(storage->write(0, cut(torrent.file(0), 9)));
        storage->close_files();
        ByteVector out(9);
        ASSERT_TRUE(storage->read(0, out));
        EXPECT_TRUE(out == torrent.content);
    }
}

TEST(Storage, SaysSoWhenANameIsTooLong) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent({{std::string(300, 'n'), 9}, {"z", 1}}, 9);
    const auto storage = open_storage(torrent, folder.path());
    const auto states = storage->inspect();
    ASSERT_TRUE(states);
    EXPECT_FALSE(states->at(0).exists);
    EXPECT_EQ(storage->write(0, cut(torrent.piece(0), 9)).error().code, Errc::create_failed);
}

TEST(Storage, TakesWritesAndReadsOfSeveralThreads) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent(many_files(1500), 777);
    const auto storage = open_storage(torrent, folder.path());
    const auto count = torrent.metainfo->layout.piece_count();
    std::atomic<int> failures = 0;
    {
        std::vector<std::jthread> threads;
        for (std::uint32_t thread = 0; thread < 4; ++thread) {
            threads.emplace_back([&, thread] {
                for (auto i = thread; i < count; i += 4) {
                    const auto offset = torrent.metainfo->layout.piece_offset(PieceIndex(i));
                    const auto piece = torrent.piece(i);
                    if (!storage->write(offset, cut(piece, 100))) ++failures;
                    ByteVector back(piece.size());
                    if (!storage->read(offset, back)) ++failures;
                    if (!std::equal(back.begin(), back.end(), piece.begin())) ++failures;
                    if (i % 200 == thread) storage->close_files();
                }
            });
        }
    }
    EXPECT_EQ(failures, 0);
    expect_all_files(torrent, folder.path());
}

TEST(Storage, MakesWhatItWroteDurable) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent(many_files(100), 777);
    const auto storage = open_storage(torrent, folder.path());
    EXPECT_TRUE(storage->sync()) << "nothing to do";
    ASSERT_TRUE(storage->write(0, cut(torrent.piece(0), 100)));
    EXPECT_TRUE(storage->sync()) << "file by file";
    write_pieces(*storage, torrent);
    EXPECT_TRUE(storage->sync()) << "all at once";
}

TEST(Storage, TellsOfAFileThatIsGone) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent({{"t", 9}}, 9);
    const auto storage = open_storage(torrent, folder.path());
    ASSERT_TRUE(storage->write(0, cut(torrent.piece(0), 9)));
    storage->close_files();
    fs::remove(folder.path() / "t");
    ASSERT_TRUE(storage->sync());
    EXPECT_FALSE(fs::exists(folder.path() / "t"));
    const auto confirmed = storage->confirm();
    ASSERT_TRUE(confirmed);
    EXPECT_EQ(*confirmed, "t");
}

}  // namespace
}  // namespace bt::disk
