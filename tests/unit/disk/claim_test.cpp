#include "bt/disk/claim.hpp"

#include <fcntl.h>

#include "unit/disk/fixture.hpp"

namespace bt::disk {
namespace {

using namespace test;
namespace fs = std::filesystem;

InfoHash info_hash(unsigned char byte) {
    InfoHash out;
    out.bytes.fill(std::byte{byte});
    return out;
}

const InfoHash kHash = info_hash(0xab);

fs::path mark(const fs::path& folder) {
    return folder / ('.' + to_hex(kHash) + ".bt");
}

TEST(Claim, MakesAHiddenFileBesideTheData) {
    const TemporaryFolder folder;
    const auto claim = Claim::acquire(folder.path() / "new" / "folder", kHash);
    ASSERT_TRUE(claim) << claim.error().message;
    EXPECT_TRUE(fs::is_regular_file(mark(folder.path() / "new" / "folder")));
    EXPECT_FALSE((*claim)->resumed());
    EXPECT_FALSE((*claim)->started());
}

TEST(Claim, KeepsOthersOut) {
    const TemporaryFolder folder;
    const auto claim = Claim::acquire(folder.path(), kHash);
    ASSERT_TRUE(claim);
    const auto again = Claim::acquire(folder.path(), kHash);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, Errc::duplicate);
    EXPECT_TRUE(Claim::acquire(folder.path(), info_hash(1))) << "another torrent";
}

TEST(Claim, KeepsOtherProcessesOut) {
    const TemporaryFolder folder;
    const auto claim = Claim::acquire(folder.path(), kHash);
    ASSERT_TRUE(claim);
    EXPECT_EQ(in_child([&] {
                  const auto other = Claim::acquire(folder.path(), kHash);
                  return !other && other.error().code == Errc::duplicate ? 0 : 1;
              }),
              0);
}

TEST(Claim, EndsWithItsProcess) {
    const TemporaryFolder folder;
    ASSERT_EQ(in_child([&] {
                  auto claim = Claim::acquire(folder.path(), kHash);
                  (void)claim->release();
                  return 0;
              }),
              0);
    const auto claim = Claim::acquire(folder.path(), kHash);
    ASSERT_TRUE(claim);
    EXPECT_TRUE((*claim)->resumed());
}

TEST(Claim, TellsOfADownloadThatWasNotFinished) {
    const TemporaryFolder folder;
    { ASSERT_TRUE(Claim::acquire(folder.path(), kHash)); }
    const auto claim = Claim::acquire(folder.path(), kHash);
    ASSERT_TRUE(claim);
    EXPECT_TRUE((*claim)->resumed());
    EXPECT_FALSE((*claim)->started()) << "it wrote nothing, so the files are not ours";
}

TEST(Claim, TellsOfADownloadThatHadBegunToWrite) {
    const TemporaryFolder folder;
    {
        const auto claim = Claim::acquire(folder.path(), kHash);
        ASSERT_TRUE((*claim)->replace(as_bytes("state")));
        EXPECT_TRUE((*claim)->started());
    }
    const auto claim = Claim::acquire(folder.path(), kHash);
    ASSERT_TRUE(claim);
    EXPECT_TRUE((*claim)->started());
}

TEST(Claim, KeepsOthersOutWhileItIsReplaced) {
    const TemporaryFolder folder;
    const auto claim = Claim::acquire(folder.path(), kHash);
    for (const std::string_view content : {"one", "two", "three"}) {
        ASSERT_TRUE((*claim)->replace(as_bytes(content)));
        EXPECT_EQ(read_file(mark(folder.path())), content);
        EXPECT_EQ(Claim::acquire(folder.path(), kHash).error().code, Errc::duplicate);
    }
    EXPECT_TRUE((*claim)->sync());
    (*claim)->finish();
    EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(Claim, IsReplacedOverTheRestOfARunThatWasCutOff) {
    const TemporaryFolder folder;
    const auto claim = Claim::acquire(folder.path(), kHash);
    write_file(mark(folder.path()).string() + ".new", "half");
    ASSERT_TRUE((*claim)->replace(as_bytes("whole")));
    EXPECT_EQ(read_file(mark(folder.path())), "whole");
    EXPECT_FALSE(fs::exists(mark(folder.path()).string() + ".new"));
}

TEST(Claim, LeavesNothingWhenItIsFinished) {
    const TemporaryFolder folder;
    {
        const auto claim = Claim::acquire(folder.path(), kHash);
        (*claim)->finish();
        (*claim)->finish();
    }
    EXPECT_TRUE(fs::is_empty(folder.path()));
    const auto claim = Claim::acquire(folder.path(), kHash);
    ASSERT_TRUE(claim);
    EXPECT_FALSE((*claim)->resumed());
}

TEST(Claim, DoesNotRemoveTheMarkOfAnother) {
    const TemporaryFolder folder;
    const auto claim = Claim::acquire(folder.path(), kHash);
    fs::remove(mark(folder.path()));
    const auto other = Claim::acquire(folder.path(), kHash);
    ASSERT_TRUE(other);
    (*claim)->finish();
    EXPECT_TRUE(fs::exists(mark(folder.path())));
}

TEST(Claim, FollowsNoSymlink) {
    const TemporaryFolder folder;
    fs::create_symlink(folder.path() / "elsewhere", mark(folder.path()));
    const auto claim = Claim::acquire(folder.path(), kHash);
    ASSERT_FALSE(claim);
    EXPECT_EQ(claim.error().code, Errc::create_failed);
    EXPECT_FALSE(fs::exists(folder.path() / "elsewhere"));
}

TEST(Claim, SaysSoWhenTheFolderCannotBeMade) {
    const TemporaryFolder folder;
    write_file(folder.path() / "file", "x");
    const auto claim = Claim::acquire(folder.path() / "file" / "a", kHash);
    ASSERT_FALSE(claim);
    EXPECT_EQ(claim.error().code, Errc::mkdir_failed);
}

/// Two processes take and finish the claim as fast as they can: a holder must never be joined by
/// another, which the second file shows.
TEST(Claim, IsHeldByOneProcessAtATimeWhileOthersFinish) {
    const TemporaryFolder folder;
    const auto contend = [&] {
        const auto held = folder.path() / "held";
        for (int taken = 0; taken < 300;) {
            const auto claim = Claim::acquire(folder.path(), kHash);
            if (!claim && claim.error().code != Errc::duplicate) return 1;
            if (!claim) continue;
            const int fd = ::open(held.c_str(), O_CREAT | O_EXCL | O_CLOEXEC, 0600);
            if (fd < 0) return 2;
            ::close(fd);
            ::unlink(held.c_str());
            (*claim)->finish();
            ++taken;
        }
        return 0;
    };
    const auto other = ::fork();
    if (other == 0) ::_exit(contend());
    EXPECT_EQ(contend(), 0);
    int status = 0;
    ::waitpid(other, &status, 0);
    EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace bt::disk
