#include "cli/tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/cli/temporary_folder.hpp"

namespace bt::cli {
namespace {

using testing::ElementsAre;

TEST(Tree, OfOneFileIsThatFile) {
    const test::TemporaryFolder folder;
    const auto tree = Tree::scan(folder.write("a.txt", "12345"));
    ASSERT_TRUE(tree) << tree.error().message;
    EXPECT_TRUE(tree->single_file);
    EXPECT_EQ(tree->name, "a.txt");
    EXPECT_EQ(tree->length, 5u);
}

TEST(Tree, OfAFolderIsSortedByPath) {
    const test::TemporaryFolder folder;
    folder.write("t/b/z", "1");
    folder.write("t/b/a", "22");
    folder.write("t/a", "333");
    folder.write("t/.hidden", "");
    const auto tree = Tree::scan(folder.path() / "t" / "");
    ASSERT_TRUE(tree) << tree.error().message;
    EXPECT_FALSE(tree->single_file);
    EXPECT_EQ(tree->name, "t");
    EXPECT_EQ(tree->length, 6u);
    ASSERT_EQ(tree->files.size(), 4u);
    EXPECT_THAT(tree->files[0].path, ElementsAre(".hidden"));
    EXPECT_THAT(tree->files[1].path, ElementsAre("a"));
    EXPECT_THAT(tree->files[2].path, ElementsAre("b", "a"));
    EXPECT_THAT(tree->files[3].path, ElementsAre("b", "z"));
}

TEST(Tree, LeavesSymbolicLinksOut) {
    const test::TemporaryFolder folder;
    folder.write("t/a", "1");
    std::filesystem::create_directory_symlink("..", folder.path() / "t" / "loop");
    std::filesystem::create_symlink("a", folder.path() / "t" / "link");
    const auto tree = Tree::scan(folder.path() / "t");
    ASSERT_TRUE(tree) << tree.error().message;
    EXPECT_EQ(tree->files.size(), 1u);
    EXPECT_THAT(tree->skipped, testing::UnorderedElementsAre("loop", "link"));
}

TEST(Tree, WithoutDataIsRefused) {
    const test::TemporaryFolder folder;
    EXPECT_EQ(Tree::scan(folder.path()).error().code, Errc::torrent);
    EXPECT_EQ(Tree::scan(folder.write("empty", "")).error().code, Errc::torrent);
    EXPECT_EQ(Tree::scan(folder.path() / "none").error().code, Errc::not_found);
}

}  // namespace
}  // namespace bt::cli
