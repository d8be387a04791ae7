#include "bt/metainfo/metainfo.hpp"

#include <gtest/gtest.h>

#include <string>

#include "unit/metainfo/torrent_text.hpp"

namespace bt::metainfo {
namespace {

TEST(Metainfo, ReadsAFolderOfFiles) {
    const auto torrent =
        parse_info(folder(file(60, {"a.txt"}) + file(0, {"empty"}) + file(40, {"sub", "b"}), 100));
    ASSERT_TRUE(torrent) << torrent.error().message;
    EXPECT_FALSE(torrent->single_file);
    EXPECT_EQ(paths(*torrent), (Strings{"top/a.txt", "top/empty", "top/sub/b"}));
    EXPECT_EQ(torrent->files[2].offset, 60u);
    EXPECT_EQ(torrent->payload_length(), 100u);
}

TEST(Metainfo, RefusesBadLengths) {
    Info info;
    info.length = integer(-1);
    EXPECT_EQ(refusal(parse_info(info)), "'length' is out of range");
    info.length = integer(static_cast<std::int64_t>(kMaxTotalLength) + 1);
    EXPECT_EQ(refusal(parse_info(info)), "'length' is out of range");
    info.length = "le";
    EXPECT_EQ(refusal(parse_info(info)), "it has neither 'files' nor 'length'");
    info.length = "";
    EXPECT_EQ(refusal(parse_info(info)), "it has neither 'files' nor 'length'");
}

TEST(Metainfo, RefusesBadFiles) {
    const auto with = [](std::string files) { return refusal(parse_info(folder(files, 64))); };
    EXPECT_EQ(with(""), "'files' holds no file");
    EXPECT_EQ(with("i1e"), "file 1 is no dictionary");
    EXPECT_EQ(with(file(1, {"a"}) + "d4:pathl1:aee"), "'length' of file 2 is missing or no number");
    EXPECT_EQ(with("d6:lengthle4:pathl1:aee"), "'length' of file 1 is missing or no number");
    EXPECT_EQ(with(file(-1, {"a"})), "'length' of file 1 is out of range");
    EXPECT_EQ(with(file(INT64_MAX, {"a"})), "'length' of file 1 is out of range");
    EXPECT_EQ(with("d6:lengthi1ee"), "'path' of file 1 is missing or no list of strings");
    EXPECT_EQ(with("d6:lengthi1e4:path1:ae"), "'path' of file 1 is missing or no list of strings");
    EXPECT_EQ(with("d6:lengthi1e4:pathli1eee"),
              "'path' of file 1 is missing or no list of strings");
    Info info;
    info.files = "4:list";
    EXPECT_EQ(refusal(parse_info(info)), "'files' holds no file");
}

TEST(Metainfo, RefusesATotalThatIsTooLarge) {
    const auto half = static_cast<std::int64_t>(kMaxTotalLength / 2 + 1);
    EXPECT_EQ(refusal(parse_info(folder(file(half, {"a"}) + file(half, {"b"}), 0))),
              "its files together are larger than 256 TiB");
}

TEST(Metainfo, FilesCountWhenThereIsALengthToo) {
    auto info = folder(file(64, {"a"}), 64);
    info.length = integer(5);
    const auto torrent = parse_info(info);
    ASSERT_TRUE(torrent);
    EXPECT_FALSE(torrent->single_file);
    EXPECT_EQ(torrent->layout.total_length(), 64u);
}

TEST(Metainfo, ATorrentWithoutBytesHasItsFilesAndNoPieces) {
    for (const auto& pieces : {hashes(0), hashes(1)}) {
        auto info = folder(file(0, {"a"}) + file(0, {"b"}), 0);
        info.pieces = pieces;
        const auto torrent = parse_info(info);
        ASSERT_TRUE(torrent) << torrent.error().message;
        EXPECT_EQ(torrent->files.size(), 2u);
        EXPECT_EQ(torrent->layout.piece_count(), 0u);
        EXPECT_TRUE(torrent->piece_hashes.empty());
    }
    auto info = folder(file(0, {"a"}), 0);
    info.pieces = hashes(2);
    EXPECT_EQ(refusal(parse_info(info)), "it has 2 piece hashes for 0 pieces");
}

TEST(Metainfo, NamesAndPathsAreMadeSafe) {
    const auto torrent =
        parse_info(folder(file(1, {"..", "..", "etc", "passwd"}) + file(1, {"/abs/olute"}) +
                              file(1, {"a\x1b", "\xff"}) + file(1, {"", ""}) + file(1, {"d", ""}),
                          5));
    ASSERT_TRUE(torrent) << torrent.error().message;
    EXPECT_EQ(paths(*torrent),
              (Strings{"top/_/_/etc/passwd", "top/abs_olute", "top/a_/_", "top/_.1", "top/d"}));
}

TEST(Metainfo, EqualPathsAreToldApart) {
    const auto torrent =
        parse_info(folder(file(1, {"a.txt"}) + file(1, {"a.txt"}) + file(1, {"a.txt", "b"}), 3));
    ASSERT_TRUE(torrent);
    EXPECT_EQ(paths(*torrent), (Strings{"top/a.txt", "top/a.1.txt", "top/a.2.txt/b"}));
}

TEST(Metainfo, LimitsTheDepthOfAPath) {
    EXPECT_TRUE(parse_info(folder(file(1, Strings(kMaxPathDepth, "d")), 1)));
    EXPECT_EQ(refusal(parse_info(folder(file(1, Strings(kMaxPathDepth + 1, "d")), 1))),
              "'path' of file 1 is deeper than 100 folders");
}

TEST(Metainfo, TheInfoHashStandsInForAnUnusableName) {
    for (const auto* name : {"", "..", ".", "/", "//\\", "\x01\x02", "\xe2\x80\xae", "../.."}) {
        SCOPED_TRACE(name);
        Info info;
        info.name = str(name);
        const auto torrent = parse_info(info);
        ASSERT_TRUE(torrent);
        EXPECT_EQ(torrent->name, to_hex(torrent->info_hash));
        EXPECT_EQ(torrent->files[0].path, torrent->name);
    }
    Info info;
    info.name = str("_");
    EXPECT_EQ(parse_info(info)->name, "_");
}

TEST(Metainfo, PrefersNamesInUtf8) {
    auto info = folder(
        "d6:lengthi1e4:pathl1:\xe9"
        "e10:path.utf-8l2:\xc3\xa9"
        "ee",
        1);
    info.more = "10:name.utf-8" + str("t\xc3\xb6p");
    const auto torrent = parse_info(info);
    ASSERT_TRUE(torrent);
    EXPECT_EQ(paths(*torrent), Strings{"t\xc3\xb6p/\xc3\xa9"});
    info.more = "10:name.utf-8" + str("\xff");
    EXPECT_EQ(parse_info(info)->name, "top");
}

TEST(Metainfo, PadFilesCountForHashingOnly) {
    const auto pad = file(4, {".pad", "4"}, "4:attr1:p");
    const auto torrent = parse_info(
        folder(file(60, {"a"}) + pad + file(60, {"b"}) + pad + "d4:attr1:p6:lengthi64ee", 192));
    ASSERT_TRUE(torrent) << torrent.error().message;
    EXPECT_EQ(torrent->layout.total_length(), 192u);
    EXPECT_EQ(torrent->payload_length(), 120u);
    EXPECT_EQ(paths(*torrent),
              (Strings{"top/a", "top/.pad/4", "top/b", "top/.pad/4", "top/.pad/64"}));
    EXPECT_TRUE(torrent->files[1].pad && torrent->files[3].pad && torrent->files[4].pad);
    EXPECT_FALSE(torrent->files[2].pad);
}

TEST(Metainfo, ASymbolicLinkIsNotMade) {
    const auto torrent =
        parse_info(folder("d4:attr1:l4:pathl4:linke12:symlink pathl2:..6:passwdee" +
                              file(1, {"a"}) + file(5, {"big"}, "4:attr1:l"),
                          6));
    ASSERT_TRUE(torrent) << torrent.error().message;
    EXPECT_TRUE(torrent->files[0].pad);
    EXPECT_EQ(torrent->files[0].length, 0u);
    // One with bytes of its own is a plain file: its bytes are part of the pieces.
    EXPECT_FALSE(torrent->files[2].pad);
}

}  // namespace
}  // namespace bt::metainfo
