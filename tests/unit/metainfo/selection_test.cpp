#include "bt/metainfo/selection.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace bt::metainfo {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Spec {
    std::uint64_t length;
    bool pad = false;
};

std::shared_ptr<const Metainfo> torrent(const std::vector<Spec>& specs,
                                        std::uint32_t piece_length) {
    auto out = std::make_shared<Metainfo>();
    std::uint64_t at = 0;
    for (const auto& spec : specs) {
        File file;
        file.path = "t/" + std::to_string(out->files.size());
        file.length = spec.length;
        file.offset = at;
        file.pad = spec.pad;
        at += spec.length;
        out->files.push_back(file);
    }
    out->layout = PieceLayout(piece_length, at);
    return out;
}

std::vector<std::uint32_t> ones(const Bitfield& field) {
    std::vector<std::uint32_t> out;
    for (std::uint32_t i = 0; i < field.size(); ++i) {
        if (field.get(PieceIndex(i))) out.push_back(i);
    }
    return out;
}

FileSlice slice(std::uint32_t file, std::uint64_t offset, std::uint64_t length) {
    return {FileIndex(file), offset, length};
}

TEST(Selection, OfAllFilesIsTheTorrentItself) {
    const auto one = torrent({{10}, {5, true}, {10}}, 10);
    EXPECT_EQ(stored(one, {}), one);
    EXPECT_EQ(stored(one, {true, false, true}), one);
    EXPECT_EQ(wanted_pieces(*one).count(), 3u);
}

TEST(Selection, WantsThePiecesThatItsFilesTouch) {
    // 0: pieces 0-2, 1: 2-5, 2: 5-9
    const auto one = stored(torrent({{25}, {30}, {45}}, 10), {false, true, false});
    EXPECT_THAT(ones(wanted_pieces(*one)), ElementsAre(2, 3, 4, 5));
    EXPECT_THAT(one->shared_pieces, ElementsAre(PieceIndex(2), PieceIndex(5)));
    EXPECT_EQ(one->payload_length(), 30u);
    EXPECT_EQ(parts_length(*one), 10u);
}

TEST(Selection, BytesOfSkippedFilesLieInThePartsFileOnePieceBehindTheOther) {
    const auto one = stored(torrent({{25}, {30}, {45}}, 10), {false, true, false});
    ASSERT_TRUE(has_parts(*one));
    EXPECT_EQ(own_files(*one), 3u);
    EXPECT_EQ(one->files.back().path, '.' + std::string(40, '0') + ".parts");
    EXPECT_EQ(one->files.back().length, 20u);
    EXPECT_THAT(stored_slices(*one, 20, 10), ElementsAre(slice(3, 0, 5), slice(1, 0, 5)));
    EXPECT_THAT(stored_slices(*one, 50, 10), ElementsAre(slice(1, 25, 5), slice(3, 15, 5)));
    EXPECT_THAT(stored_slices(*one, 52, 6), ElementsAre(slice(1, 27, 3), slice(3, 15, 3)));
    EXPECT_EQ(shared_offset(*one, 15), 55u);
    EXPECT_EQ(shared_slot(*one, 15), 1u);
}

TEST(Selection, SkippedFilesBesideEachOtherAreOneSlice) {
    const auto one = stored(torrent({{2}, {2}, {2}, {4}}, 10), {false, false, false, true});
    EXPECT_THAT(stored_slices(*one, 0, 10), ElementsAre(slice(4, 0, 6), slice(3, 0, 4)));
}

TEST(Selection, PaddingStaysPadding) {
    const auto one =
        stored(torrent({{5}, {5, true}, {5}, {5, true}}, 10), {true, false, false, false});
    EXPECT_THAT(one->shared_pieces, IsEmpty());
    EXPECT_FALSE(has_parts(*one));
    EXPECT_THAT(ones(wanted_pieces(*one)), ElementsAre(0));
    EXPECT_THAT(stored_slices(*one, 0, 10), ElementsAre(slice(0, 0, 5), slice(1, 0, 5)));
}

TEST(Selection, EmptyFilesNeedNoPiece) {
    const auto one = stored(torrent({{0}, {10}, {0}}, 10), {true, false, true});
    EXPECT_TRUE(wanted_pieces(*one).none());
    EXPECT_FALSE(has_parts(*one));
    EXPECT_EQ(one->payload_length(), 0u);
}

TEST(Selection, EveryByteOfAWantedPieceHasOnePlace) {
    const auto seed = std::random_device{}();
    SCOPED_TRACE(seed);
    std::mt19937 rng(seed);
    for (int round = 0; round < 200; ++round) {
        std::vector<Spec> specs;
        Selection selection;
        for (int i = 0; i < 12; ++i) {
            specs.push_back({rng() % 4 == 0 ? 0 : rng() % 40, rng() % 6 == 0});
            selection.push_back(rng() % 2 == 0);
        }
        specs.push_back({7});
        selection.push_back(true);
        const auto one =
            stored(torrent(specs, static_cast<std::uint32_t>(1 + rng() % 20)), selection);
        const auto wanted = wanted_pieces(*one);
        std::vector<std::vector<bool>> used;
        for (const auto& file : one->files)
            used.emplace_back(file.length);
        for (PieceIndex piece(0); piece.value() < wanted.size(); ++piece) {
            if (!wanted.get(piece)) continue;
            const auto offset = one->layout.piece_offset(piece);
            std::uint64_t length = 0;
            for (const auto& part : stored_slices(*one, offset, one->layout.piece_size(piece))) {
                const auto& file = one->files[part.file.value()];
                ASSERT_TRUE(file.pad || file.use != FileUse::skipped);
                ASSERT_LE(part.offset + part.length, file.length);
                for (std::uint64_t i = 0; i < part.length; ++i) {
                    ASSERT_FALSE(used[part.file.value()][part.offset + i]);
                    used[part.file.value()][part.offset + i] = true;
                    if (file.use != FileUse::parts) continue;
                    ASSERT_EQ(shared_offset(*one, part.offset + i), offset + length + i);
                }
                length += part.length;
            }
            ASSERT_EQ(length, one->layout.piece_size(piece));
        }
        for (std::size_t i = 0; i < own_files(*one); ++i) {
            if (!one->files[i].is_wanted()) continue;
            for (const bool byte : used[i])
                ASSERT_TRUE(byte);
        }
    }
}

TEST(Clash, NamesAFileThatBothWouldWrite) {
    const auto one = torrent({{5}, {6}}, 4);
    EXPECT_EQ(clash(*one, *one), one->files[0].path);
    const auto second = stored(one, {false, true});
    EXPECT_EQ(clash(*one, *second), one->files[1].path);
    EXPECT_EQ(clash(*stored(one, {true, false}), *second), std::nullopt);
}

TEST(Clash, FilesWithoutBytesHarmNobody) {
    const auto one = torrent({{0}, {0}}, 4);
    EXPECT_EQ(clash(*one, *one), std::nullopt);
}

TEST(Clash, OtherNamesShareNoFile) {
    const auto one = torrent({{5}}, 4);
    auto other = *one;
    other.name = "u";
    EXPECT_EQ(clash(*one, other), std::nullopt);
}

}  // namespace
}  // namespace bt::metainfo
