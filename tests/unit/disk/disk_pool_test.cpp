#include "bt/disk/disk_pool.hpp"

#include <pthread.h>

#include <semaphore>
#include <thread>

#include "bt/crypto/sha1.hpp"
#include "unit/disk/fixture.hpp"

namespace bt::disk {
namespace {

using namespace test;

/// What the io thread does: sleeps until it is woken, then takes what is there.
class Harness {
public:
    explicit Harness(unsigned threads) : pool(threads, [this] { wakes_.release(); }) {}

    std::vector<Job> drain() {
        std::vector<Job> done;
        while (pool.pending() > 0) {
            wakes_.acquire();
            ++wakes;
            pool.take_completed(done);
        }
        return done;
    }

    int wakes = 0;

private:
    std::counting_semaphore<> wakes_{0};

public:
    DiskPool pool;  // last: it calls wakes_ until it is gone
};

class DiskPoolThreads : public testing::TestWithParam<unsigned> {};

TEST_P(DiskPoolThreads, DownloadsATorrent) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent({{"t/a", 300'000}, {"t/b/c", 0}, {"t/b/d", 700'001}}, 20'001);
    const auto storage = open_storage(torrent, folder.path());
    const auto count = torrent.metainfo->layout.piece_count();
    BlockPool blocks;
    {
        Harness io(GetParam());
        for (std::uint32_t i = 0; i < count; ++i)
            io.pool.submit(piece_job(torrent, storage, blocks, i));
        EXPECT_EQ(io.pool.pending(), count);
        const auto done = io.drain();
        ASSERT_EQ(done.size(), count);
        for (const auto& job : done)
            EXPECT_EQ(std::get<PieceJob>(job).outcome, Outcome::done);
        EXPECT_LE(io.wakes, static_cast<int>(count));

        CheckJob check;
        check.storage = storage;
        check.good.assign(count, false);
        io.pool.submit(std::move(check));
        EXPECT_EQ(std::get<CheckJob>(io.drain().at(0)).good, std::vector<bool>(count, true));
    }
    EXPECT_EQ(blocks.bytes_in_use(), 0u);
}

TEST_P(DiskPoolThreads, GivesBackTheBuffersOfJobsThatAreDroppedOrNotTaken) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent({{"t", 500'000}}, 20'000);
    BlockPool blocks;  // aborts if a buffer is missing in the end
    {
        DiskPool pool(GetParam(), [] {});
        for (std::uint32_t i = 0; i < torrent.metainfo->layout.piece_count(); ++i)
            pool.submit(piece_job(torrent, open_storage(torrent, folder.path()), blocks, i));
    }
    EXPECT_EQ(blocks.bytes_in_use(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Threads, DiskPoolThreads, testing::Values(0u, 1u, 2u, 4u));

TEST(DiskPool, WithoutThreadsDoesAJobAtOnce) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent({{"t", 100}}, 100);
    BlockPool blocks;
    int wakes = 0;
    DiskPool pool(0, [&] { ++wakes; });
    EXPECT_EQ(pool.threads(), 0u);
    const auto storage = open_storage(torrent, folder.path());
    pool.submit(piece_job(torrent, storage, blocks, 0));
    expect_all_files(torrent, folder.path());
    pool.submit(piece_job(torrent, storage, blocks, 0));
    EXPECT_EQ(wakes, 1) << "completions are coalesced";
    std::vector<Job> done;
    pool.take_completed(done);
    EXPECT_EQ(done.size(), 2u);
    EXPECT_EQ(pool.pending(), 0u);
    pool.submit(piece_job(torrent, storage, blocks, 0));
    EXPECT_EQ(wakes, 2);
    pool.take_completed(done);
    EXPECT_EQ(done.size(), 3u) << "added at the end";
}

TEST(DiskPool, ReadsForPeersBeforeOtherWork) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent({{"t", 100}}, 10);
    write_all_files(torrent, folder.path());
    const auto storage = open_storage(torrent, folder.path());
    BlockPool blocks;
    // The first wake holds the only worker back until everything has been submitted.
    std::binary_semaphore woken{0};
    std::binary_semaphore submitted{0};
    std::binary_semaphore finished{0};
    std::atomic<int> wakes = 0;
    std::vector<Job> done;
    {
        DiskPool pool(1, [&] {
            if (++wakes == 1) {
                woken.release();
                submitted.acquire();
            } else {
                finished.release();
            }
        });
        pool.submit(piece_job(torrent, storage, blocks, 0));
        woken.acquire();
        pool.take_completed(done);
        for (std::uint32_t i = 1; i < 5; ++i)
            pool.submit(piece_job(torrent, storage, blocks, i));
        ReadJob read;
        read.storage = storage;
        read.block = {PieceIndex(9), 0, 10};
        read.buffer = blocks.acquire();
        pool.submit(std::move(read));
        submitted.release();
        while (pool.pending() > 0) {
            finished.acquire();
            pool.take_completed(done);
        }
    }
    ASSERT_EQ(done.size(), 6u);
    EXPECT_TRUE(std::holds_alternative<ReadJob>(done[1]));
    done.clear();
}

TEST(DiskPool, ASecondWorkerHashesWhenThereIsEnoughForIt) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent({{"t", 100}}, 10);
    const auto storage = open_storage(torrent, folder.path());
    BlockPool blocks;
    const auto enough = static_cast<std::uint32_t>(crypto::sha1_streams());
    std::counting_semaphore<> woken{0};
    std::binary_semaphore go_on{0};
    std::atomic<int> wakes = 0;
    std::vector<Job> done;
    {
        DiskPool pool(2, [&] {
            const bool first = ++wakes == 1;
            woken.release();
            if (first) go_on.acquire();  // this worker still counts as hashing
        });
        pool.submit(piece_job(torrent, storage, blocks, 0));
        woken.acquire();
        pool.take_completed(done);
        for (std::uint32_t i = 1; i <= enough; ++i)
            pool.submit(piece_job(torrent, storage, blocks, i));
        woken.acquire();  // by the other worker
        pool.take_completed(done);
        EXPECT_EQ(done.size(), 1 + enough);
        // Too few for the other worker: they wait for the first.
        if (enough > 1) {
            pool.submit(piece_job(torrent, storage, blocks, 9));
            EXPECT_EQ(pool.pending(), 1u);
        }
        go_on.release();
        while (pool.pending() > 0) {
            woken.acquire();
            pool.take_completed(done);
        }
    }
    for (const auto& job : done)
        EXPECT_EQ(std::get<PieceJob>(job).outcome, Outcome::done);
    done.clear();
}

TEST(DiskPool, WorksWithFewerThreadsWhenTheSystemGivesNoMore) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent({{"t", 100}}, 100);
    EXPECT_EQ(in_child([&] {
                  // A stack beyond the address space: unlike a limit on processes, this fails for
                  // the superuser too.
                  pthread_attr_t attributes;
                  ::pthread_attr_init(&attributes);
                  ::pthread_attr_setstacksize(&attributes, std::size_t{1} << 50);
                  if (::pthread_setattr_default_np(&attributes) != 0) return 2;
                  BlockPool blocks;
                  const auto storage = open_storage(torrent, folder.path());
                  auto job = piece_job(torrent, storage, blocks, 0);
                  DiskPool pool(4, [] {});
                  if (pool.threads() != 0) return 3;
                  pool.submit(std::move(job));
                  std::vector<Job> done;
                  pool.take_completed(done);
                  return std::get<PieceJob>(done.at(0)).outcome == Outcome::done ? 0 : 4;
              }),
              0);
}

}  // namespace
}  // namespace bt::disk
