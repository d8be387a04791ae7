// Storage and descriptors where the system gives no more.
#include <signal.h>
#include <sys/resource.h>

#include "bt/disk/descriptors.hpp"
#include "bt/disk/storage.hpp"
#include "unit/disk/fixture.hpp"

namespace bt::disk {
namespace {

using namespace test;
namespace fs = std::filesystem;

TEST(StorageLimits, ReportsAFileSizeLimitAsAFailedWrite) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent({{"t", 100'000}}, 100'000);
    const auto status = in_child([&] {
        ::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{50'000, 50'000};
        if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
        const auto storage = open_storage(torrent, folder.path());
        const auto write = storage->write(0, cut(torrent.piece(0), kBlockSize));
        if (write) return 3;
        if (write.error().message != "cannot write 't': File too large") return 4;
        return write.error().code == Errc::io_failed ? 0 : 5;
    });
    EXPECT_EQ(status, 0);
    EXPECT_EQ(fs::file_size(folder.path() / "t"), 50'000u) << "what fits was written";
}

TEST(StorageLimits, WritesManyFilesWithFewDescriptors) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent(many_files(2000), 1000);
    const auto status = in_child([&] {
        const rlimit limit{24, 24};
        if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return 2;
        const auto storage = open_storage(torrent, folder.path());
        write_pieces(*storage, torrent);
        return testing::Test::HasFailure() ? 3 : 0;
    });
    EXPECT_EQ(status, 0);
    expect_all_files(torrent, folder.path());
}

TEST(StorageLimits, ClosesIdleDescriptorsWhenTheProcessHasNoneLeft) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent(many_files(400), 1000);
    const auto status = in_child([&] {
        const rlimit limit{64, 64};
        if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return 2;
        const auto storage = open_storage(torrent, folder.path());
        write_pieces(*storage, torrent);
        while (::dup(0) >= 0) {
        }
        storage->close_files();
        write_pieces(*storage, torrent);  // with what it closed itself, and no more
        return testing::Test::HasFailure() ? 3 : 0;
    });
    EXPECT_EQ(status, 0);
}

TEST(StorageLimits, SaysSoWhenThereIsNoDescriptorAtAll) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent({{"t", 9}}, 9);
    const auto status = in_child([&] {
        const rlimit limit{64, 64};
        if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return 2;
        const auto storage = open_storage(torrent, folder.path());
        while (::dup(0) >= 0) {
        }
        const auto write = storage->write(0, cut(torrent.piece(0), 9));
        return !write && write.error().code == Errc::create_failed ? 0 : 3;
    });
    EXPECT_EQ(status, 0);
}

TEST(Descriptors, LeaveMostOfTheLimitToSockets) {
    const auto limit = raise_descriptor_limit();
    EXPECT_GT(limit, 0u);
    EXPECT_LE(file_descriptor_budget(), std::max<std::size_t>(limit / 4, 4));
    EXPECT_LE(file_descriptor_budget(), 512u);
}

TEST(Descriptors, RaiseTheSoftLimit) {
    EXPECT_EQ(in_child([] {
                  rlimit limit{};
                  ::getrlimit(RLIMIT_NOFILE, &limit);
                  limit.rlim_cur = 100;
                  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return 2;
                  return raise_descriptor_limit() > 100 ? 0 : 3;
              }),
              0);
}

}  // namespace
}  // namespace bt::disk
