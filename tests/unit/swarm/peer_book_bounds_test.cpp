// PeerBook when it is full, and what it never dials.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "bt/core/rng.hpp"
#include "bt/swarm/peer_book.hpp"
#include "unit/swarm/peer_book_fixture.hpp"

namespace bt::swarm {
namespace {

using namespace test;
using namespace std::chrono_literals;

TEST(PeerBookBounds, HoldsNoMoreThanItsBound) {
    PeerBook book({}, 1);
    add(book, PeerBook::kMaxKnown + 500, PeerSource::pex);
    EXPECT_EQ(book.counts(kStart).known, PeerBook::kMaxKnown);
}

TEST(PeerBookBounds, LeavesRoomForDialsWhoeverComes) {
    PeerBookSettings settings;
    settings.max_peers = 20;
    settings.max_incoming = 15;
    PeerBook book(settings, 1);
    std::uint32_t let_in = 0;
    for (std::uint32_t i = 0; i < 100; ++i)
        let_in += book.on_incoming(peer(1000 + i).address, kStart) ? 1 : 0;
    EXPECT_EQ(let_in, 15u);
    add(book, 30);
    EXPECT_FALSE(dial_all(book, kStart).empty());
}

TEST(PeerBookBounds, MakesRoomForABetterSource) {
    PeerBook book({}, 1);
    add(book, PeerBook::kMaxKnown, PeerSource::pex);
    EXPECT_TRUE(book.add(peer(100'000), PeerSource::tracker, kStart));
    EXPECT_EQ(book.counts(kStart).known, PeerBook::kMaxKnown);
    EXPECT_EQ(book.next_to_dial(kStart), peer(100'000));
}

TEST(PeerBookBounds, DoesNotGiveUpATrackersPeerForHearsay) {
    PeerBook book({}, 1);
    add(book, PeerBook::kMaxKnown, PeerSource::tracker);
    for (std::uint32_t i = 0; i < 100; ++i)
        EXPECT_FALSE(book.add(peer(100'000 + i), PeerSource::pex, kStart));
}

TEST(PeerBookBounds, DropsWhatHasFailedMostWhenItIsFull) {
    PeerBook book({}, 1);
    add(book, 1);
    for (int i = 0; i < PeerBook::kMaxDialFailures; ++i)
        try_once(book, CloseKind::refused, kStart + i * 1h);
    add(book, PeerBook::kMaxKnown);
    ASSERT_EQ(book.counts(kStart).known, PeerBook::kMaxKnown);
    EXPECT_TRUE(book.add(peer(100'000), PeerSource::pex, kStart));
    EXPECT_TRUE(book.add(peer(0), PeerSource::manual, kStart)) << "it is new again";
}

TEST(PeerBookBounds, NeverDropsAConnection) {
    PeerBook book({}, 1);
    add(book, 10);
    const auto dialed = dial_all(book, kStart);
    for (std::uint32_t i = 10; i < 5000; ++i)
        book.add(peer(i), PeerSource::manual, kStart);
    for (const auto& endpoint : dialed)
        EXPECT_FALSE(book.add(endpoint, PeerSource::manual, kStart)) << "still known";
}

TEST(PeerBookBounds, NeverDialsWhatIsForgotten) {
    PeerBook book({}, 1);
    add(book, 1);
    book.forget(peer(0));
    EXPECT_FALSE(book.next_to_dial(kStart));
    EXPECT_FALSE(book.add(peer(0), PeerSource::manual, kStart));
}

TEST(PeerBookBounds, CountsAForgottenConnectionUntilItIsClosed) {
    PeerBook book({}, 1);
    add(book, 1);
    ASSERT_TRUE(book.next_to_dial(kStart));
    book.forget(peer(0));
    EXPECT_EQ(book.counts(kStart).half_open, 1u);
    book.on_connected(peer(0), kStart);
    book.on_closed(peer(0), CloseKind::redundant, kStart);
    EXPECT_EQ(book.counts(kStart).connected, 0u);
    EXPECT_EQ(book.counts(kStart).known, 0u);
}

TEST(PeerBookBounds, BansAnAddressAtAllItsPorts) {
    PeerBook book({}, 1);
    book.add(peer(1, 1000), PeerSource::tracker, kStart);
    book.add(peer(1, 2000), PeerSource::tracker, kStart);
    book.add(peer(2), PeerSource::tracker, kStart);
    book.ban(peer(1).address);
    EXPECT_TRUE(book.banned(peer(1).address));
    EXPECT_EQ(dial_all(book, kStart), std::vector{peer(2)});
    EXPECT_FALSE(book.add(peer(1, 3000), PeerSource::manual, kStart));
    EXPECT_FALSE(book.on_incoming(peer(1).address, kStart));
}

TEST(PeerBookBounds, HoldsNoMoreBansThanItsBound) {
    PeerBook book({}, 1);
    for (std::uint32_t i = 0; i < PeerBook::kMaxBanned; ++i)
        book.ban(peer(i).address);
    EXPECT_TRUE(book.banned(peer(0).address));
    book.ban(peer(PeerBook::kMaxBanned).address);
    EXPECT_EQ(book.counts(kStart).banned, PeerBook::kMaxBanned);
    EXPECT_FALSE(book.banned(peer(0).address)) << "the oldest gives way";
}

/// Random news, against a model that only counts.
TEST(PeerBookBounds, KeepsItsBoundsUnderRandomNews) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        SCOPED_TRACE(seed);
        Rng rng(seed);
        PeerBookSettings settings;
        settings.max_peers = 30;
        settings.max_half_open = 10;
        PeerBook book(settings, seed);
        std::map<Endpoint, bool> dialed;  // is connected
        std::multiset<IpAddress> incoming;
        auto now = kStart;
        for (int step = 0; step < 5000; ++step) {
            now += std::chrono::milliseconds(random_below(rng, 2000));
            const auto some = [&](auto& from) {
                return std::next(from.begin(),
                                 static_cast<std::ptrdiff_t>(random_below(rng, from.size())));
            };
            const auto any = peer(static_cast<std::uint32_t>(random_below(rng, 300)));
            switch (random_below(rng, 8)) {
                case 0:
                    book.add(any, static_cast<PeerSource>(random_below(rng, 6)), now);
                    break;
                case 1:
                case 2:
                    while (const auto endpoint = book.next_to_dial(now))
                        ASSERT_TRUE(dialed.emplace(*endpoint, false).second);
                    break;
                case 3:
                    if (dialed.empty()) break;
                    some(dialed)->second = true;
                    for (const auto& [endpoint, connected] : dialed) {
                        if (connected) book.on_connected(endpoint, now);
                    }
                    break;
                case 4:
                case 5: {
                    if (dialed.empty()) break;
                    const auto one = some(dialed);
                    book.on_closed(one->first, static_cast<CloseKind>(random_below(rng, 5)), now);
                    dialed.erase(one);
                    break;
                }
                case 6:
                    if (book.on_incoming(any.address, now)) incoming.insert(any.address);
                    break;
                case 7:
                    if (!incoming.empty() && random_below(rng, 4) > 0) {
                        const auto one = some(incoming);
                        book.on_incoming_closed(*one, now);
                        incoming.erase(one);
                    } else if (random_below(rng, 20) == 0) {
                        random_below(rng, 2) == 0 ? book.ban(any.address) : book.forget(any);
                    }
                    break;
            }
            std::uint32_t half_open = 0;
            for (const auto& [endpoint, connected] : dialed)
                half_open += connected ? 0 : 1;
            const auto counts = book.counts(now);
            ASSERT_EQ(counts.half_open, half_open);
            ASSERT_EQ(counts.connected, dialed.size() - half_open + incoming.size());
            ASSERT_LE(counts.half_open, settings.max_half_open);
            ASSERT_LE(counts.half_open + counts.connected, settings.max_peers);
        }
    }
}

}  // namespace
}  // namespace bt::swarm
