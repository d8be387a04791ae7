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

std::vector<std::string> paths(const Tree& tree) {
    std::vector<std::string> out;
    for (const auto& file : tree.files)
        out.push_back(tree.place(file).lexically_relative(tree.parent / tree.name).native());
    return out;
}

TEST(Tree, IsSortedByBytesWhateverTheLanguage) {
    const test::TemporaryFolder folder;
    for (const auto* const name : {"t/z", "t/\xc3\xa9", "t/a-b", "t/a/b", "t/Z", "t/\xff"})
        folder.write(name, "1");
    const auto tree = Tree::scan(folder.path() / "t");
    ASSERT_TRUE(tree) << tree.error().message;
    // By parts: "a" comes before "a-b", although '/' comes behind '-'.
    EXPECT_THAT(paths(*tree), ElementsAre("Z", "a/b", "a-b", "z", "\xc3\xa9", "\xff"));
}

TEST(Tree, LeavesOutWhatAPatternNames) {
    const test::TemporaryFolder folder;
    for (const auto* const name : {"t/a.tmp", "t/b", "t/cache/x", "t/d/cache/y", "t/d/e/z"})
        folder.write(name, "1");
    const auto found = [&](std::initializer_list<const char*> patterns) {
        std::vector<text::Glob> globs;
        for (const auto* const pattern : patterns)
            globs.emplace_back(pattern);
        const auto tree = Tree::scan(folder.path() / "t", {std::move(globs)});
        return tree ? paths(*tree) : std::vector<std::string>{};
    };
    EXPECT_THAT(found({"*.tmp"}), ElementsAre("b", "cache/x", "d/cache/y", "d/e/z"));
    EXPECT_THAT(found({"cache"}), ElementsAre("a.tmp", "b", "d/e/z"));
    EXPECT_THAT(found({"d/*"}), ElementsAre("a.tmp", "b", "cache/x"));
    EXPECT_THAT(found({"d/e/z", "[ab]*"}), ElementsAre("cache/x", "d/cache/y"));
    EXPECT_THAT(found({"*"}), ElementsAre());
}

TEST(Tree, DoesNotHoldTheTorrentThatIsMadeOfIt) {
    const test::TemporaryFolder folder;
    folder.write("t/a", "1");
    folder.write("t/t.torrent", "of last time");
    const auto tree = Tree::scan(folder.path() / "t", {{}, folder.path() / "t/./t.torrent"});
    ASSERT_TRUE(tree) << tree.error().message;
    EXPECT_THAT(paths(*tree), ElementsAre("a"));
}

TEST(Tree, SeesThatAFileIsNotWhatItWas) {
    const test::TemporaryFolder folder;
    folder.write("t/a", "1");
    const auto b = folder.write("t/b", "1");
    const auto tree = Tree::scan(folder.path() / "t");
    ASSERT_TRUE(tree) << tree.error().message;
    EXPECT_TRUE(tree->unchanged());
    folder.write("t/b", "12");
    EXPECT_EQ(tree->unchanged().error().code, Errc::io_failed);
    EXPECT_NE(tree->unchanged().error().message.find("t/b"), std::string::npos);
    std::filesystem::remove(b);
    EXPECT_EQ(tree->unchanged().error().code, Errc::io_failed);
}

TEST(Tree, WithoutDataIsRefused) {
    const test::TemporaryFolder folder;
    EXPECT_EQ(Tree::scan(folder.path()).error().code, Errc::torrent);
    EXPECT_EQ(Tree::scan(folder.write("empty", "")).error().code, Errc::torrent);
    EXPECT_EQ(Tree::scan(folder.path() / "none").error().code, Errc::not_found);
}

}  // namespace
}  // namespace bt::cli
