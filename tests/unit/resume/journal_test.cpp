#include "bt/resume/journal.hpp"

#include <gmock/gmock.h>

#include <array>
#include <random>

#include "unit/resume/fixture.hpp"

namespace bt::resume {
namespace {

using namespace test;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Journal : public ::testing::Test {
protected:
    Journal() : torrent(small_torrent()), writer(torrent), start(torrent) {
        start.epoch = epoch(3, 9);
        start.last_time = 50;
    }
    void add(const ByteVector& more) { append(bytes, more); }
    void add_pieces(std::vector<std::uint32_t> numbers) {
        std::vector<PieceIndex> pieces;
        for (const auto n : numbers)
            pieces.emplace_back(n);
        const StampedFile file{FileIndex(0), stamp(numbers.size(), 100, 5)};
        add(writer.pieces(pieces, {&file, 1}));
    }
    [[nodiscard]] State read() const {
        const auto state = read_journal(bytes, torrent);
        EXPECT_TRUE(state);
        return state ? *state : State(torrent);
    }
    /// One of each kind of record.
    void add_everything() {
        start.written = field(10, {0, 1});
        start.durable = field(10, {0});
        start.stamps[2] = stamp(5, 6, 7);
        start.prefixes[PieceIndex(8)] = {kBlockSize, crypto::Sha1()};
        add(writer.begin(start));
        add_pieces({2, 3});
        add(writer.prefix(PieceIndex(9), {kBlockSize, crypto::Sha1()}, {}));
        add(writer.parked(PieceIndex(7), {{0, 5}, {1, 6}}, {}, {}));
        add(writer.parked(PieceIndex(7), {}, std::array{0u}, {}));
        add(writer.sync_begun(200));
        add_pieces({4});
        add(writer.synced(300, {}));
        add(writer.lost(FileIndex(2)));
        const StampedFile file{FileIndex(3), stamp(1, 2, 3)};
        add(writer.stamps({&file, 1}));
    }

    metainfo::Metainfo torrent;
    JournalWriter writer;
    State start;
    ByteVector bytes;
};

TEST_F(Journal, SaysWhatItWasBegunWith) {
    start.written = field(10, {0, 1, 9});
    start.durable = field(10, {1});
    start.stamps[0] = stamp(5, 6, 7);
    start.stamps[3] = FileStamp{1, 2, 3, 4, false};
    crypto::Sha1 hash;
    const ByteVector block(kBlockSize, std::byte{1});
    hash.update(block);
    start.prefixes[PieceIndex(8)] = {kBlockSize, hash};
    add(writer.begin(start));
    auto state = read();
    EXPECT_EQ(state.epoch, start.epoch);
    EXPECT_EQ(state.written, start.written);
    EXPECT_EQ(state.durable, start.durable);
    EXPECT_EQ(state.stamps, start.stamps);
    EXPECT_EQ(state.last_time, 50);
    EXPECT_FALSE(state.sync_in_doubt);
    ASSERT_EQ(state.prefixes.size(), 1u);
    auto& prefix = state.prefixes.at(PieceIndex(8));
    EXPECT_EQ(prefix.length, kBlockSize);
    EXPECT_EQ(prefix.hash.finish(), crypto::sha1(block));
}

TEST_F(Journal, PiecesAreWrittenAndNotYetDurable) {
    add(writer.begin(start));
    add_pieces({3, 5});
    const auto state = read();
    EXPECT_THAT(ones(state.written), ElementsAre(3, 5));
    EXPECT_THAT(ones(state.durable), IsEmpty());
    EXPECT_EQ(state.stamps[0]->size, 2u);
    EXPECT_EQ(state.last_time, 100);
}

TEST_F(Journal, ASyncMakesDurableWhatWasToldBeforeItBegan) {
    add(writer.begin(start));
    add_pieces({1});
    add(writer.sync_begun(200));
    add_pieces({2});
    add(writer.synced(300, {}));
    const auto state = read();
    EXPECT_THAT(ones(state.durable), ElementsAre(1));
    EXPECT_THAT(ones(state.written), ElementsAre(1, 2));
    EXPECT_FALSE(state.sync_in_doubt);
    EXPECT_EQ(state.last_time, 300);
}

TEST_F(Journal, ASyncWithoutAnEndIsInDoubt) {
    add(writer.begin(start));
    add_pieces({1});
    add(writer.sync_begun(200));
    add_pieces({2});
    EXPECT_TRUE(read().sync_in_doubt);
}

TEST_F(Journal, PiecesOfTheBeginningBecomeDurableToo) {
    start.written = field(10, {6});
    add(writer.begin(start));
    add(writer.sync_begun(1));
    add(writer.synced(2, {}));
    EXPECT_THAT(ones(read().durable), ElementsAre(6));
}

TEST_F(Journal, APieceEndsItsPrefix) {
    add(writer.begin(start));
    add(writer.prefix(PieceIndex(5), {kBlockSize, crypto::Sha1()}, {}));
    EXPECT_EQ(read().prefixes.size(), 1u);
    add_pieces({5});
    EXPECT_TRUE(read().prefixes.empty());
}

TEST_F(Journal, APrefixOfNothingIsNone) {
    add(writer.begin(start));
    add(writer.prefix(PieceIndex(5), {kBlockSize, crypto::Sha1()}, {}));
    add(writer.prefix(PieceIndex(5), {0, crypto::Sha1()}, {}));
    EXPECT_TRUE(read().prefixes.empty());
}

TEST_F(Journal, KnowsParkedBlocksThatHaveNotBeenGivenUp) {
    start.parked[PieceIndex(8)] = {{1, 81}};
    add(writer.begin(start));
    add(writer.parked(PieceIndex(5), {{0, 50}}, {}, {}));
    add(writer.parked(PieceIndex(5), {{1, 51}}, {}, {}));
    add(writer.parked(PieceIndex(6), {{0, 60}, {1, 61}}, {}, {}));
    add(writer.parked(PieceIndex(6), {{0, 62}}, std::array{0u, 1u}, {}));
    add(writer.parked(PieceIndex(7), {{0, 70}}, {}, {}));
    add(writer.parked(PieceIndex(7), {}, std::array{0u}, {}));
    const std::map<PieceIndex, ParkedBlocks> expected{{PieceIndex(5), {{0, 50}, {1, 51}}},
                                                      {PieceIndex(6), {{0, 62}}},
                                                      {PieceIndex(8), {{1, 81}}}};
    EXPECT_EQ(read().parked, expected);
}

TEST_F(Journal, APieceAndItsFailureEndWhatIsParked) {
    add(writer.begin(start));
    for (const std::uint32_t piece : {4u, 5u, 6u})
        add(writer.parked(PieceIndex(piece), {{0, 1}}, {}, {}));
    add_pieces({5});
    add(writer.prefix(PieceIndex(6), {0, crypto::Sha1()}, {}));
    EXPECT_EQ(read().parked.size(), 1u);
    add(writer.lost(FileIndex(2)));
    EXPECT_TRUE(read().parked.empty());
}

TEST_F(Journal, BlocksThatThePieceDoesNotHaveEndIt) {
    add(writer.begin(start));
    const auto good = bytes;
    const auto writer_then = writer;
    for (const bool parked : {true, false}) {
        bytes = good;
        writer = writer_then;
        const ParkedBlocks blocks{{parked ? 2u : 0u, 1}};
        add(writer.parked(PieceIndex(5), blocks, std::array{parked ? 0u : 2u}, {}));
        add_pieces({2});
        EXPECT_TRUE(read().written.none());
    }
}

TEST_F(Journal, ALostFileTakesItsPiecesAlong) {
    add(writer.begin(start));
    add_pieces({3, 4, 5, 6});
    add(writer.prefix(PieceIndex(4), {kBlockSize, crypto::Sha1()}, {}));
    add(writer.sync_begun(1));
    add(writer.lost(FileIndex(2)));
    add(writer.synced(2, {}));
    add_pieces({4});
    const auto state = read();
    EXPECT_THAT(ones(state.written), ElementsAre(3, 4, 6));
    EXPECT_THAT(ones(state.durable), ElementsAre(3, 6));
    EXPECT_TRUE(state.prefixes.empty());
    EXPECT_FALSE(state.stamps[2]);
}

TEST_F(Journal, OfAnotherTorrentIsNone) {
    add_everything();
    auto other = small_torrent();
    other.info_hash.bytes[0] = std::byte{8};
    EXPECT_FALSE(read_journal(bytes, other));
    other = small_torrent();
    other.files[0].path = "t/A";
    EXPECT_FALSE(read_journal(bytes, other));
    other = small_torrent();
    other.files[1].pad = false;
    EXPECT_FALSE(read_journal(bytes, other));
    EXPECT_TRUE(read_journal(bytes, small_torrent()));
}

/// What a journal says when it is cut at each of its bytes: all that a damaged one may say.
std::vector<State> all_that_it_may_say(const ByteVector& bytes, const metainfo::Metainfo& torrent) {
    std::vector<State> out;
    for (std::size_t length = 0; length <= bytes.size(); ++length) {
        auto state = read_journal(Bytes(bytes).first(length), torrent);
        if (state) out.push_back(std::move(*state));
    }
    return out;
}

bool says_the_same(const State& a, const State& b) {
    return a.written == b.written && a.durable == b.durable && a.stamps == b.stamps &&
           a.sync_in_doubt == b.sync_in_doubt && a.prefixes.size() == b.prefixes.size() &&
           a.parked == b.parked;
}

TEST_F(Journal, CutAnywhereSaysWhatItSaidUpToThere) {
    start.written = field(10, {0});
    add(writer.begin(start));
    std::vector<std::size_t> ends{bytes.size()};
    for (std::uint32_t piece = 1; piece < 10; ++piece) {
        add_pieces({piece});
        ends.push_back(bytes.size());
    }
    std::uint32_t expected = 0;
    for (std::size_t length = ends.front(); length <= bytes.size(); ++length) {
        SCOPED_TRACE(length);
        if (expected < ends.size() && length == ends[expected]) ++expected;
        const auto state = read_journal(Bytes(bytes).first(length), torrent);
        ASSERT_TRUE(state);
        EXPECT_EQ(state->written.count(), expected);
    }
}

TEST_F(Journal, WithAnyBitFlippedSaysNothingFromThereOn) {
    add_everything();
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        SCOPED_TRACE(bit);
        auto damaged = bytes;
        damaged[bit / 8] ^= std::byte{1} << (bit % 8);
        const auto cut = read_journal(Bytes(bytes).first(bit / 8), torrent);
        const auto state = read_journal(damaged, torrent);
        ASSERT_EQ(state.has_value(), cut.has_value());
        if (!state) continue;
        EXPECT_EQ(state->written, cut->written);
        EXPECT_EQ(state->durable, cut->durable);
        EXPECT_EQ(state->stamps, cut->stamps);
        EXPECT_EQ(state->sync_in_doubt, cut->sync_in_doubt);
    }
}

TEST_F(Journal, RandomDamageIsNeverBelieved) {
    add_everything();
    const auto possible = all_that_it_may_say(bytes, torrent);
    const auto seed = std::random_device{}();
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const auto pick = [&](std::size_t below) { return random() % below; };
    for (int i = 0; i < 10'000; ++i) {
        auto damaged = bytes;
        for (std::size_t n = 1 + pick(4); n > 0; --n) {
            const auto at = static_cast<std::ptrdiff_t>(pick(damaged.size()));
            const auto length = static_cast<std::ptrdiff_t>(
                std::min<std::size_t>(1 + pick(20), damaged.size() - static_cast<std::size_t>(at)));
            switch (pick(4)) {
                case 0:
                    damaged[static_cast<std::size_t>(at)] = static_cast<std::byte>(random());
                    break;
                case 1:
                    damaged.erase(damaged.begin() + at, damaged.begin() + at + length);
                    break;
                case 2: {
                    const ByteVector again(damaged.begin() + at, damaged.begin() + at + length);
                    damaged.insert(damaged.begin() + at, again.begin(), again.end());
                    break;
                }
                default:
                    std::fill_n(damaged.begin() + at, length, std::byte{0});
                    break;
            }
            if (damaged.empty()) damaged.push_back(std::byte{0});
        }
        const auto state = read_journal(damaged, torrent);
        ASSERT_TRUE(!state || std::ranges::any_of(possible, [&](const State& one) {
            return says_the_same(one, *state);
        }));
    }
}

TEST_F(Journal, RecordsThatDoNotFitTheTorrentEndIt) {
    add(writer.begin(start));
    add_pieces({1});
    const PieceIndex beyond(10);
    add(writer.pieces({&beyond, 1}, {}));
    add_pieces({2});
    EXPECT_THAT(ones(read().written), ElementsAre(1));
}

TEST_F(Journal, ALongerOneThanTheBoundIsNotRead) {
    add(writer.begin(start));
    bytes.resize(kMaxJournalBytes);
    EXPECT_TRUE(read_journal(bytes, torrent));
    bytes.push_back(std::byte{0});
    EXPECT_FALSE(read_journal(bytes, torrent));
}

}  // namespace
}  // namespace bt::resume
