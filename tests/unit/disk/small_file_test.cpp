#include "bt/disk/small_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <atomic>
#include <thread>

#include "disk/descriptor.hpp"
#include "unit/disk/fixture.hpp"

namespace bt::disk {
namespace {

using test::TemporaryFolder;
namespace fs = std::filesystem;

constexpr std::size_t kMost = 100;

void put(const fs::path& path, const std::string& content) {
    std::ofstream(path, std::ios::binary) << content;
}

std::string get(const fs::path& path) {
    const auto read = read_small_file(path, kMost);
    return read ? std::string(as_text(*read)) : "error: " + read.error().message;
}

unsigned mode(const fs::path& path) {
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 0777u : 0;
}

std::size_t names_in(const fs::path& folder) {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

TEST(SmallFile, ComesBackAsItWasWritten) {
    const TemporaryFolder folder;
    const auto path = folder.path() / "state";
    ASSERT_TRUE(replace_small_file(path, as_bytes("one")));
    EXPECT_EQ(get(path), "one");
    ASSERT_TRUE(replace_small_file(path, as_bytes("another")));
    EXPECT_EQ(get(path), "another");
    ASSERT_TRUE(replace_small_file(path, {}));
    EXPECT_EQ(get(path), "");
    EXPECT_EQ(names_in(folder.path()), 1u);
}

TEST(SmallFile, IsReadUpToItsBound) {
    const TemporaryFolder folder;
    const auto path = folder.path() / "state";
    put(path, std::string(kMost, 'x'));
    EXPECT_EQ(get(path).size(), kMost);
    put(path, std::string(kMost + 1, 'x'));
    const auto read = read_small_file(path, kMost);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, Errc::io_failed);
}

TEST(SmallFile, TellsOneThatIsNotThereFromOneThatIsNoFile) {
    const TemporaryFolder folder;
    EXPECT_EQ(read_small_file(folder.path() / "state", kMost).error().code, Errc::not_found);
    EXPECT_EQ(read_small_file(folder.path(), kMost).error().code, Errc::in_the_way);
    // Nobody writes to it: reading would wait for ever.
    const auto pipe = folder.path() / "pipe";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    EXPECT_EQ(read_small_file(pipe, kMost).error().code, Errc::in_the_way);
}

TEST(SmallFile, IsForItsOwnerAloneAndMakesItsFolder) {
    const TemporaryFolder folder;
    const auto path = folder.path() / "new" / "folder" / "state";
    ASSERT_TRUE(replace_small_file(path, as_bytes("one")));
    EXPECT_EQ(mode(path), 0600u);
    EXPECT_EQ(mode(path.parent_path()), 0700u);
    put(folder.path() / "open", "seen by all");
    fs::permissions(folder.path() / "open", fs::perms::all);
    ASSERT_TRUE(replace_small_file(folder.path() / "open", as_bytes("one")));
    EXPECT_EQ(mode(folder.path() / "open"), 0600u);
}

TEST(SmallFile, IsNotWrittenWhereItsFolderCannotBe) {
    const TemporaryFolder folder;
    put(folder.path() / "file", "x");
    const auto written = replace_small_file(folder.path() / "file" / "state", as_bytes("one"));
    ASSERT_FALSE(written);
    EXPECT_EQ(get(folder.path() / "file"), "x");
}

TEST(SmallFile, TakesOverWhatARunThatWasCutOffLeft) {
    const TemporaryFolder folder;
    const auto path = folder.path() / "state";
    put(folder.path() / "state.new", "something longer than what is written");
    ASSERT_TRUE(replace_small_file(path, as_bytes("one")));
    EXPECT_EQ(get(path), "one");
    EXPECT_EQ(names_in(folder.path()), 1u);
}

TEST(SmallFile, FollowsNoLinkToWriteElsewhere) {
    const TemporaryFolder folder;
    put(folder.path() / "other", "untouched");
    fs::create_symlink(folder.path() / "other", folder.path() / "state.new");
    EXPECT_FALSE(replace_small_file(folder.path() / "state", as_bytes("one")));
    EXPECT_EQ(get(folder.path() / "other"), "untouched");
}

TEST(SmallFile, IsLeftToAProcessThatIsAtIt) {
    const TemporaryFolder folder;
    const auto path = folder.path() / "state";
    put(path, "old");
    const auto next = folder.path() / "state.new";
    const Descriptor other(::open(next.c_str(), O_WRONLY | O_CREAT, 0600));
    ASSERT_EQ(::flock(other.get(), LOCK_EX), 0);
    const auto written = replace_small_file(path, as_bytes("one"));
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, Errc::duplicate);
    EXPECT_EQ(get(path), "old");
    EXPECT_TRUE(fs::exists(next));
}

TEST(SmallFile, IsWholeWhoeverReadsAndWritesAtTheSameTime) {
    const TemporaryFolder folder;
    const auto path = folder.path() / "state";
    const std::string contents[] = {std::string(kMost, 'a'), std::string(kMost / 2, 'b')};
    ASSERT_TRUE(replace_small_file(path, as_bytes(contents[0])));
    std::atomic<bool> done = false;
    std::vector<std::jthread> writers;
    for (const auto& content : contents) {
        writers.emplace_back([&] {
            while (!done) {
                const auto written = replace_small_file(path, as_bytes(content));
                EXPECT_TRUE(written || written.error().code == Errc::duplicate)
                    << written.error().message;
            }
        });
    }
    for (int i = 0; i < 1000; ++i) {
        const auto read = get(path);
        EXPECT_TRUE(read == contents[0] || read == contents[1]) << read;
    }
    done = true;
}

}  // namespace
}  // namespace bt::disk
