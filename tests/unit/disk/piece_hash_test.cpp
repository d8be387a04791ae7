#include "bt/disk/piece_hash.hpp"

#include <gtest/gtest.h>

#include "unit/disk/fixture.hpp"

namespace bt::disk {
namespace {

using namespace test;
namespace fs = std::filesystem;

constexpr std::uint32_t kMiB = 1 << 20;

class HashPieces : public testing::TestWithParam<std::uint32_t> {};

TEST_P(HashPieces, GivesTheDigestsOfAnyRange) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent(
        {{"t/a", 2 * GetParam() + 77}, {"t/e", 0}, {"t/b", 4 * GetParam() + 1}}, GetParam());
    write_all_files(torrent, folder.path());
    const auto storage = open_storage(torrent, folder.path(), Access::read_only);
    const auto& right = torrent.metainfo->piece_hashes;
    ASSERT_GE(right.size(), 7u);
    for (std::uint32_t first = 0; first < right.size(); ++first) {
        for (std::uint32_t count = 0; first + count <= right.size(); ++count) {
            const auto hashes = hash_pieces(*storage, PieceIndex(first), count);
            ASSERT_EQ(hashes.digests.size(), count);
            for (std::uint32_t i = 0; i < count; ++i)
                EXPECT_EQ(hashes.digests[i], right[first + i]);
        }
    }
}

// Pieces of which many, four and one fit into one read, and larger ones.
INSTANTIATE_TEST_SUITE_P(PieceLengths, HashPieces,
                         testing::Values(1, 1000, kMiB / 4, kMiB / 2 + 1, kMiB, kMiB + 3));

TEST(HashPieces, LargePiecesThatCannotBeReadHaveNoDigestAndHoldUpNoOthers) {
    const TemporaryFolder folder;
    const auto torrent = make_torrent({{"t/a", kMiB}, {"t/b", kMiB}, {"t/c", 3 * kMiB}}, kMiB);
    write_all_files(torrent, folder.path());
    fs::remove(folder.path() / "t/b");
    fs::resize_file(folder.path() / "t/c", 2 * kMiB + 700'000);
    const auto storage = open_storage(torrent, folder.path(), Access::read_only);
    const auto hashes = hash_pieces(*storage, PieceIndex(0), 5);
    const auto& right = torrent.metainfo->piece_hashes;
    EXPECT_EQ(hashes.digests[0], right[0]);
    EXPECT_FALSE(hashes.digests[1]);
    EXPECT_EQ(hashes.digests[2], right[2]);
    EXPECT_EQ(hashes.digests[3], right[3]);
    EXPECT_FALSE(hashes.digests[4]);
    EXPECT_FALSE(hashes.error.message.empty());
}

}  // namespace
}  // namespace bt::disk
