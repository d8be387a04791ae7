#include <fcntl.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "disk/descriptor.hpp"
#include "disk/system.hpp"
#include "unit/disk/fixture.hpp"

namespace bt::disk {
namespace {

// Both ways hold the same promises, so that it does not matter which one a kernel has.
class OpenBeneath : public testing::TestWithParam<Beneath> {
protected:
    OpenBeneath() : folder_(::open(temporary_.path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {}

    Descriptor open(const char* name, int flags) {
        return Descriptor(open_beneath(folder_.get(), name, flags, 0600, GetParam()));
    }

    test::TemporaryFolder temporary_;
    Descriptor folder_;
};

TEST_P(OpenBeneath, MakesAFileWithTheModeAndOpensItAgain) {
    ASSERT_TRUE(open("file", O_RDWR | O_CREAT));
    EXPECT_EQ(std::filesystem::status(temporary_.path() / "file").permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    const auto again = open("file", O_RDONLY);
    ASSERT_TRUE(again);
    EXPECT_NE(::fcntl(again.get(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST_P(OpenBeneath, FollowsNoSymlinkToAFile) {
    std::ofstream(temporary_.path() / "file").put('x');
    std::filesystem::create_symlink("file", temporary_.path() / "link");
    EXPECT_FALSE(open("link", O_RDONLY));
    EXPECT_EQ(errno, ELOOP);
    EXPECT_FALSE(open("link", O_RDWR | O_CREAT));
}

TEST_P(OpenBeneath, FollowsNoSymlinkToAFolder) {
    std::filesystem::create_directory(temporary_.path() / "folder");
    std::filesystem::create_symlink("folder", temporary_.path() / "link");
    EXPECT_TRUE(open("folder", O_PATH | O_DIRECTORY));
    EXPECT_FALSE(open("link", O_PATH | O_DIRECTORY));
}

TEST_P(OpenBeneath, SaysThatAFileIsNotThere) {
    EXPECT_FALSE(open("nothing", O_RDONLY));
    EXPECT_EQ(errno, ENOENT);
}

INSTANTIATE_TEST_SUITE_P(Both, OpenBeneath, testing::Values(Beneath::openat2, Beneath::openat),
                         [](const auto& one) {
                             return one.param == Beneath::openat2 ? "Openat2" : "Openat";
                         });

TEST(OpenBeneathOpenat2, RefusesToLeaveTheFolder) {
    const test::TemporaryFolder temporary;
    std::filesystem::create_directory(temporary.path() / "folder");
    std::ofstream(temporary.path() / "outside").put('x');
    const Descriptor folder(
        ::open((temporary.path() / "folder").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    const Descriptor file(open_beneath(folder.get(), "../outside", O_RDONLY, 0));
    if (file) GTEST_SKIP() << "this kernel has no openat2";
    EXPECT_EQ(errno, EXDEV);
}

}  // namespace
}  // namespace bt::disk
