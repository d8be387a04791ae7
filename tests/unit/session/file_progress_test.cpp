#include "session/file_progress.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace bt::session {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Pieces of 10 bytes: a has 0 and half of 1, b the rest of 1 to 3, c nothing, d is a pad.
std::vector<metainfo::File> files() {
    return {
        {"t/a", 15, 0, false}, {"t/b", 20, 15, false}, {"t/c", 0, 35, false}, {"t/d", 5, 35, true}};
}

/// As a torrent counts a piece.
void count(FileProgress& progress, const std::vector<metainfo::File>& files, std::uint64_t offset,
           std::uint64_t length) {
    for (const auto& slice : metainfo::slices(files, offset, length))
        progress.count(slice.file);
}

TEST(FileProgress, TellsOfEmptyFilesAtOnce) {
    FileProgress progress(files(), 10);
    EXPECT_THAT(progress.take(), ElementsAre(FileIndex(2)));
    EXPECT_THAT(progress.take(), IsEmpty());
}

TEST(FileProgress, TellsOfAFileWithItsLastPiece) {
    FileProgress progress(files(), 10);
    (void)progress.take();
    count(progress, files(), 10, 10);
    count(progress, files(), 20, 10);
    EXPECT_THAT(progress.take(), IsEmpty());
    count(progress, files(), 30, 10);
    EXPECT_THAT(progress.take(), ElementsAre(FileIndex(1)));
    count(progress, files(), 0, 10);
    EXPECT_THAT(progress.take(), ElementsAre(FileIndex(0)));
}

TEST(FileProgress, TellsOfAllThatOnePieceCompletes) {
    const std::vector<metainfo::File> small{
        {"a", 1, 0, false}, {"b", 2, 1, false}, {"c", 3, 3, false}};
    FileProgress progress(small, 16384);
    count(progress, small, 0, 6);
    EXPECT_THAT(progress.take(), ElementsAre(FileIndex(0), FileIndex(1), FileIndex(2)));
}

TEST(FileProgress, TellsOfEveryFileOnceInAnyOrderOfPieces) {
    std::mt19937 random(std::random_device{}());
    const auto seed = random();
    SCOPED_TRACE(seed);
    random.seed(seed);
    constexpr std::uint32_t kPieceLength = 7;
    std::vector<metainfo::File> all;
    std::uint64_t total = 0;
    for (int i = 0; i < 200; ++i) {
        const std::uint64_t length = random() % 30;
        all.push_back({"f" + std::to_string(i), length, total, random() % 5 == 0});
        total += length;
    }
    std::vector<std::uint64_t> offsets;
    for (std::uint64_t at = 0; at < total; at += kPieceLength)
        offsets.push_back(at);
    std::shuffle(offsets.begin(), offsets.end(), random);
    FileProgress progress(all, kPieceLength);
    std::vector<int> told(all.size());
    for (const auto offset : offsets) {
        count(progress, all, offset, std::min<std::uint64_t>(kPieceLength, total - offset));
        for (const auto file : progress.take())
            ++told[file.value()];
    }
    for (std::size_t i = 0; i < all.size(); ++i)
        EXPECT_EQ(told[i], all[i].pad ? 0 : 1) << i;
}

}  // namespace
}  // namespace bt::session
