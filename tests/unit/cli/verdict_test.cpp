#include "cli/verdict.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/cli/json_check.hpp"

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

std::vector<Verdict> verdicts(const std::vector<disk::FileState>& states, const Bitfield& good,
                              const metainfo::Selection& chosen = {}) {
    std::vector<Verdict> out;
    for (const auto& verdict : judge(torrent(), states, good, chosen))
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

TEST(Verdicts, ConvictNoFileOnAPieceThatAlsoNeedsOneThatIsNotWhole) {
    auto states = all_there();
    for (int way = 0; way < 3; ++way) {
        states[0] = {};
        states[0].exists = way > 0;
        states[0].size = way == 1 ? 14 : 15;
        states[0].foreign = way == 2;
        const auto all = judge(torrent(), states, pieces({2, 3}));
        EXPECT_EQ(all[1].verdict, ok) << way;
        EXPECT_EQ(all[1].bad_pieces, 0u);
        EXPECT_EQ(all[1].unchecked_pieces, 1u);
        EXPECT_EQ(all[1].unchecked, (std::vector<PieceRange>{{1, 1}}));
        EXPECT_EQ(verdict_line(all[1], torrent().files[1], states[1]),
                  "ok         t/b  (but for 1 border piece that needs another file: 1)\n");
    }
}

TEST(Verdicts, ConvictAFileOnAPieceOfItsOwn) {
    auto states = all_there();
    states[0].exists = false;
    EXPECT_EQ(verdicts(states, pieces({3})), (std::vector{missing, damaged, ok}));
}

TEST(Verdicts, SayThatAFileCannotBeCheckedOfWhichNoPieceIsItsOwn) {
    metainfo::Metainfo small;
    small.layout = metainfo::PieceLayout(10, 10);
    small.files = {{"t/a", 7, 0}, {"t/b", 3, 7}};
    std::vector<disk::FileState> states(2);
    states[1].exists = true;
    states[1].size = 3;
    const auto all = judge(small, states, Bitfield(1));
    EXPECT_EQ(all[0].verdict, missing);
    EXPECT_EQ(all[1].verdict, unchecked);
    EXPECT_TRUE(all[1].accepted());
    EXPECT_EQ(verdict_line(all[1], small.files[1], states[1]),
              "unchecked  t/b  (its only piece needs another file)\n");
}

TEST(Verdicts, AreOfTheChosenFilesOnly) {
    auto states = all_there();
    const metainfo::Selection second{false, true, false, false};
    EXPECT_EQ(verdicts(states, pieces({2, 3}), second), (std::vector{ok}))
        << "the border piece may be bad in the file that nobody asked about";
    EXPECT_EQ(verdicts(states, pieces({1, 2}), second), (std::vector{damaged}));
    EXPECT_EQ(asked_pieces(torrent(), second).count(), 3u);
    EXPECT_EQ(asked_pieces(torrent(), {}).count(), 4u);
}

TEST(Verdicts, CountTheBadPieces) {
    const auto all = judge(torrent(), all_there(), pieces({1, 3}));
    EXPECT_EQ(all[0].pieces, 2u);
    EXPECT_EQ(all[0].bad_pieces, 1u);
    EXPECT_EQ(all[1].pieces, 3u);
    EXPECT_EQ(all[1].bad_pieces, 1u);
}

TEST(Verdicts, NameTheBadPiecesInRows) {
    const auto all = judge(torrent(), all_there(), pieces({1}));
    EXPECT_EQ(all[0].bad, (std::vector<PieceRange>{{0, 0}}));
    EXPECT_EQ(all[1].bad, (std::vector<PieceRange>{{2, 3}}));
    EXPECT_EQ(verdict_line(all[1], torrent().files[1], all_there()[1]),
              "damaged    t/b  (2 of 3 pieces: 2-3)\n");
}

TEST(Verdicts, NameSoManyBadPiecesAndNoMore) {
    metainfo::Metainfo long_one;
    long_one.layout = metainfo::PieceLayout(1, 100);
    long_one.files = {{"f", 100, 0, false}};
    Bitfield every_other(100);
    for (std::uint32_t i = 0; i < 100; i += 2)
        every_other.set(PieceIndex(i));
    std::vector<disk::FileState> states(1);
    states[0].exists = true;
    states[0].size = 100;
    const auto all = judge(long_one, states, every_other);
    EXPECT_EQ(all[0].bad.size(), 50u);
    EXPECT_THAT(verdict_line(all[0], long_one.files[0], states[0]),
                testing::EndsWith(", 37, 39, ...)\n"));
}

TEST(VerdictsJson, IsOneObjectWithTheDocumentedKeys) {
    auto hostile = torrent();
    hostile.files[0].path = "t/\x1b\"\xff";
    const auto good = pieces({0, 1});
    auto states = all_there();
    states[2].exists = false;
    const auto json =
        verdicts_json(hostile, judge(hostile, states, good), states, Bitfield(4, true), good);
    EXPECT_THAT(test::json_keys(json),
                testing::ElementsAre("name", "info_hash", "ok", "pieces", "pieces_valid", "files"));
    EXPECT_THAT(json, testing::HasSubstr("\"ok\":false,\"pieces\":4,\"pieces_valid\":2"));
    EXPECT_THAT(json, testing::HasSubstr(
                          "\"path\":\"t/b\",\"verdict\":\"damaged\",\"length\":20,"
                          "\"size\":20,\"pieces\":3,\"bad_pieces\":[[2,3]],\"unchecked\":[]}"));
    EXPECT_THAT(json, testing::HasSubstr("\"verdict\":\"missing\",\"length\":0,\"size\":null"));
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
