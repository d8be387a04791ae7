#include "cli/file_tree.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace bt::cli {
namespace {

metainfo::Metainfo torrent(std::vector<std::pair<std::string, std::uint64_t>> files) {
    metainfo::Metainfo out;
    for (auto& [path, length] : files)
        out.files.push_back({std::move(path), length, 0, false});
    return out;
}

TEST(FileTree, ShowsWhatLiesInOneFolderTogether) {
    const auto tree = file_tree(
        torrent({{"t/a/1", 1024}, {"t/b", 5}, {"t/a/2", 2048}, {"t/a/c/3", 0}, {"t/ba", 1}}));
    EXPECT_EQ(tree,
              "      3.0 KiB  t/\n"
              "      3.0 KiB    a/\n"
              "1     1.0 KiB      1\n"
              "3     2.0 KiB      2\n"
              "          0 B      c/\n"
              "4         0 B        3\n"
              "2         5 B    b\n"
              "5         1 B    ba\n");
}

TEST(FileTree, OfOneFileIsALine) {
    EXPECT_EQ(file_tree(torrent({{"film.mkv", 3}})), "1         3 B  film.mkv\n");
}

TEST(FileTree, LeavesPadsOutAndKeepsTheIndexes) {
    auto padded = torrent({{"t/a", 1}, {"t/.pad/1", 7}, {"t/b", 2}});
    padded.files[1].pad = true;
    EXPECT_EQ(file_tree(padded),
              "          3 B  t/\n"
              "1         1 B    a\n"
              "3         2 B    b\n");
}

TEST(FileTree, EscapesNames) {
    const auto tree = file_tree(torrent({{"t\x1b[2J/\xff", 1}}));
    EXPECT_EQ(tree.find_first_of("\x1b\xff"), std::string::npos);
    EXPECT_EQ(std::count(tree.begin(), tree.end(), '\n'), 2);
}

TEST(FileTree, IsAsDeepAsATorrentCanBe) {
    std::string path;
    for (std::size_t i = 1; i < metainfo::kMaxPathDepth; ++i)
        path += "d/";
    const auto tree = file_tree(torrent({{path + "f", 1}}));
    EXPECT_EQ(std::count(tree.begin(), tree.end(), '\n'),
              static_cast<std::ptrdiff_t>(metainfo::kMaxPathDepth));
}

}  // namespace
}  // namespace bt::cli
