#include "cli/verify.hpp"

#include <gtest/gtest.h>

namespace bt::cli {
namespace {

/// Pieces of 10 bytes: a has piece 0 and half of 1, b the rest up to 3, c is empty, d is a pad.
metainfo::Metainfo torrent() {
    metainfo::Metainfo out;
    out.layout = metainfo::PieceLayout(10, 40);
    out.files = {
        {"t/a", 15, 0, false}, {"t/b", 20, 15, false}, {"t/c", 0, 35, false}, {"t/d", 5, 35, true}};
    return out;
}

std::vector<disk::FileState> all_there() {
    std::vector<disk::FileState> out(4);
    for (std::size_t i = 0; i < 3; ++i)
        out[i].exists = true;
    out[0].size = 15;
    out[1].size = 20;
    return out;
}

Bitfield pieces(std::initializer_list<std::uint32_t> good) {
    Bitfield out(4);
    for (const auto piece : good)
        out.set(PieceIndex(piece));
    return out;
}

std::vector<Verdict> verdicts(const std::vector<disk::FileState>& states, const Bitfield& good) {
    std::vector<Verdict> out;
    for (const auto& verdict : judge(torrent(), states, good))
        out.push_back(verdict.verdict);
    return out;
}

using enum Verdict;

TEST(Verdicts, AreOkWhenEveryPieceIs) {
    EXPECT_EQ(verdicts(all_there(), pieces({0, 1, 2, 3})), (std::vector{ok, ok, ok}));
}

TEST(Verdicts, BlameEveryFileUnderABadPiece) {
    EXPECT_EQ(verdicts(all_there(), pieces({0, 2, 3})), (std::vector{damaged, damaged, ok}));
    EXPECT_EQ(verdicts(all_there(), pieces({1, 2, 3})), (std::vector{damaged, ok, ok}));
}

TEST(Verdicts, CountTheBadPieces) {
    const auto all = judge(torrent(), all_there(), pieces({1, 3}));
    EXPECT_EQ(all[0].pieces, 2u);
    EXPECT_EQ(all[0].bad_pieces, 1u);
    EXPECT_EQ(all[1].pieces, 3u);
    EXPECT_EQ(all[1].bad_pieces, 1u);
}

TEST(Verdicts, NameWhatIsWrongWithTheFileItself) {
    auto states = all_there();
    states[0].exists = false;
    states[1].size = 19;
    states[2].size = 1;
    EXPECT_EQ(verdicts(states, pieces({})), (std::vector{missing, too_short, too_long}));
    states[0].foreign = true;
    EXPECT_EQ(verdicts(states, pieces({}))[0], not_a_file);
}

TEST(Verdicts, DoNotAcceptBytesBehindTheEnd) {
    auto states = all_there();
    states[0].size = 16;
    EXPECT_EQ(verdicts(states, pieces({0, 1, 2, 3})), (std::vector{too_long, ok, ok}));
}

}  // namespace
}  // namespace bt::cli
