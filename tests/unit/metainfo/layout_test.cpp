#include "bt/metainfo/layout.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace bt::metainfo {
namespace {

/// The blocks of `piece` cover it, in order, without gap or overlap.
::testing::AssertionResult covers(const PieceLayout& layout, PieceIndex piece) {
    std::uint32_t at = 0;
    for (std::uint32_t i = 0; i < layout.block_count(piece); ++i) {
        const auto block = layout.block(piece, i);
        if (block.piece != piece || block.begin != at || !layout.contains(block)) {
            return ::testing::AssertionFailure() << "block " << i << " of " << piece.value();
        }
        at += block.length;
    }
    if (at == layout.piece_size(piece)) return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << at << " of " << layout.piece_size(piece);
}

TEST(PieceLayout, BlocksCoverEveryPieceForEveryPieceLength) {
    for (std::uint32_t length = 1; length <= 100'000; ++length) {
        // Two whole pieces and a last one of one byte, nearly all, or all.
        for (const auto last : {1u, length - 1, length}) {
            const std::uint64_t total = 2 * std::uint64_t{length} + last;
            const PieceLayout layout(length, total);
            ASSERT_EQ(layout.piece_count(), last == 0 ? 2u : 3u) << length;
            std::uint64_t sum = 0;
            for (PieceIndex p; p.value() < layout.piece_count(); ++p) {
                ASSERT_TRUE(covers(layout, p)) << length << "+" << last;
                ASSERT_EQ(layout.piece_offset(p), sum);
                sum += layout.piece_size(p);
            }
            ASSERT_EQ(sum, total);
        }
    }
}

TEST(PieceLayout, ATorrentWithoutBytesHasNoPiece) {
    EXPECT_EQ(PieceLayout(16384, 0).piece_count(), 0u);
    EXPECT_FALSE(PieceLayout(16384, 0).contains({PieceIndex(0), 0, 1}));
}

TEST(PieceLayout, ReachesTheLargestTorrent) {
    const PieceLayout layout(512u << 20, (std::uint64_t{1} << 48) - 1);
    EXPECT_EQ(layout.piece_count(), 1u << 19);
    const PieceIndex last((1u << 19) - 1);
    EXPECT_EQ(layout.piece_size(last), (512u << 20) - 1);
    EXPECT_EQ(layout.block_count(last), 32768u);
    EXPECT_EQ(layout.block(last, 32767).length, kBlockSize - 1);
}

TEST(PieceLayout, ContainsOnlyRangesWithinAPiece) {
    const PieceLayout layout(40'000, 50'000);
    EXPECT_TRUE(layout.contains({PieceIndex(0), 0, kBlockSize}));
    EXPECT_TRUE(layout.contains({PieceIndex(0), 39'999, 1}));
    EXPECT_TRUE(layout.contains({PieceIndex(0), 1, 7}));
    EXPECT_FALSE(layout.contains({PieceIndex(0), 0, kBlockSize + 1}));
    EXPECT_FALSE(layout.contains({PieceIndex(0), 0, 0}));
    EXPECT_FALSE(layout.contains({PieceIndex(0), 39'999, 2}));
    EXPECT_FALSE(layout.contains({PieceIndex(0), 40'000, 1}));
    EXPECT_TRUE(layout.contains({PieceIndex(1), 9'999, 1}));
    EXPECT_FALSE(layout.contains({PieceIndex(1), 10'000, 1}));
    EXPECT_FALSE(layout.contains({PieceIndex(2), 0, 1}));
}

TEST(PieceLayout, ContainsDoesNotOverflow) {
    const PieceLayout layout(512u << 20, std::uint64_t{512} << 20);
    EXPECT_FALSE(layout.contains({PieceIndex(0), 0xffff'ffff, 2}));
    EXPECT_FALSE(layout.contains({PieceIndex(0), 0xffff'c000, kBlockSize}));
    EXPECT_FALSE(layout.contains({PieceIndex(0xffff'ffff), 0, 1}));
    EXPECT_FALSE(layout.contains({PieceIndex(0), 0, 0xffff'ffff}));
}

std::vector<File> files_of(std::initializer_list<std::uint64_t> lengths) {
    std::vector<File> out;
    std::uint64_t offset = 0;
    for (const auto length : lengths) {
        out.push_back({.path = std::to_string(out.size()), .length = length, .offset = offset});
        offset += length;
    }
    return out;
}

std::string drawn(const std::vector<FileSlice>& slices) {
    std::string out;
    for (const auto& s : slices) {
        out += std::to_string(s.file.value()) + "@" + std::to_string(s.offset) + "+" +
               std::to_string(s.length) + " ";
    }
    return out;
}

TEST(Slices, FallIntoOneFileOrSeveral) {
    const auto files = files_of({10, 5, 20});
    EXPECT_EQ(drawn(slices(files, 0, 10)), "0@0+10 ");
    EXPECT_EQ(drawn(slices(files, 3, 4)), "0@3+4 ");
    EXPECT_EQ(drawn(slices(files, 10, 5)), "1@0+5 ");
    EXPECT_EQ(drawn(slices(files, 9, 7)), "0@9+1 1@0+5 2@0+1 ");
    EXPECT_EQ(drawn(slices(files, 34, 1)), "2@19+1 ");
}

TEST(Slices, LeaveOutEmptyFiles) {
    const auto files = files_of({0, 0, 3, 0, 0, 2, 0});
    EXPECT_EQ(drawn(slices(files, 0, 5)), "2@0+3 5@0+2 ");
    EXPECT_EQ(drawn(slices(files, 3, 1)), "5@0+1 ");
    EXPECT_EQ(drawn(slices(files, 2, 1)), "2@2+1 ");
}

TEST(Slices, OfNothingAreNone) {
    EXPECT_TRUE(slices(files_of({3}), 3, 0).empty());
    EXPECT_TRUE(slices({}, 0, 0).empty());
}

TEST(Slices, AgreeWithACountByBytes) {
    const auto seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    for (int round = 0; round < 300; ++round) {
        std::vector<File> files;
        std::vector<std::pair<std::uint32_t, std::uint64_t>> bytes;  // file, offset in it
        for (std::uint32_t f = 0; f < 8; ++f) {
            files.push_back({.path = {}, .length = random() % 6, .offset = bytes.size()});
            for (std::uint64_t i = 0; i < files.back().length; ++i)
                bytes.emplace_back(f, i);
        }
        const auto offset = random() % (bytes.size() + 1);
        const auto length = random() % (bytes.size() - offset + 1);
        auto at = offset;
        for (const auto& s : slices(files, offset, length)) {
            EXPECT_GT(s.length, 0u);
            for (std::uint64_t i = 0; i < s.length; ++i, ++at)
                EXPECT_EQ(bytes.at(at), (std::pair{s.file.value(), s.offset + i}));
        }
        EXPECT_EQ(at, offset + length);
    }
}

}  // namespace
}  // namespace bt::metainfo
