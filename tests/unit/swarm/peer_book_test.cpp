#include "bt/swarm/peer_book.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "unit/swarm/peer_book_fixture.hpp"

namespace bt::swarm {
namespace {

using namespace test;
using namespace std::chrono_literals;

TEST(PeerBook, DialsABurstAndThenAtASteadyRate) {
    PeerBook book({}, 1);
    ASSERT_TRUE(book.on_incoming(peer(5000).address, kStart));
    add(book, 150);
    EXPECT_EQ(dial_all(book, kStart).size(), 60u);
    EXPECT_EQ(dial_all(book, kStart + 100ms).size(), 5u);
    EXPECT_EQ(dial_all(book, kStart + 1100ms).size(), 50u);
}

TEST(PeerBook, DialsFasterAsLongAsNobodyHasAnswered) {
    PeerBook book({}, 1);
    add(book, 190);
    const auto burst = dial_all(book, kStart);
    EXPECT_EQ(burst.size(), 60u);
    EXPECT_EQ(dial_all(book, kStart + 100ms).size(), 20u);
    EXPECT_EQ(dial_all(book, kStart + 200ms).size(), 20u);
    book.on_connected(burst.front(), kStart + 200ms);
    EXPECT_LE(dial_all(book, kStart + 200ms).size(), 60u) << "never more than a burst";
    EXPECT_EQ(dial_all(book, kStart + 300ms).size(), 5u);
}

TEST(PeerBook, TellsWhenItsNextDialIsDueAndIsRightToTheNanosecond) {
    PeerBookSettings settings;
    settings.dials_per_second = 7;
    settings.burst = 3;
    PeerBook book(settings, 1);
    add(book, 10);
    auto now = kStart;
    ASSERT_EQ(dial_all(book, now).size(), 3u);
    for (int i = 0; i < 7; ++i) {
        const auto due = book.next_dial_time(now);
        ASSERT_GT(due, now);
        EXPECT_FALSE(book.next_to_dial(due - 1ns));
        ASSERT_EQ(dial_all(book, due).size(), 1u);
        now = due;
    }
    EXPECT_EQ(book.next_dial_time(now), kNever);
}

TEST(PeerBook, GivesTheTokenOfADialThatFailsAtOnceBack) {
    PeerBook book({}, 1);
    add(book, 1000);
    std::size_t dialed = 0;
    while (const auto endpoint = book.next_to_dial(kStart)) {
        ++dialed;
        book.on_closed(*endpoint, CloseKind::refused, kStart + 10ms);
    }
    EXPECT_EQ(dialed, 1000u);
}

TEST(PeerBook, DoesNotGiveTheTokenOfASlowFailureBack) {
    PeerBook book({}, 1);
    add(book, 100);
    const auto dialed = dial_all(book, kStart);
    for (const auto& endpoint : dialed)
        book.on_closed(endpoint, CloseKind::refused, kStart + PeerBook::kQuickFailure);
    EXPECT_FALSE(book.next_to_dial(kStart));
}

TEST(PeerBook, KeepsTheBoundOnHalfOpenConnections) {
    PeerBookSettings settings;
    settings.max_half_open = 5;
    PeerBook book(settings, 1);
    add(book, 20);
    const auto dialed = dial_all(book, kStart);
    ASSERT_EQ(dialed.size(), 5u);
    EXPECT_EQ(book.next_dial_time(kStart), kNever) << "only news can make room";
    book.on_connected(dialed[0], kStart);
    EXPECT_EQ(dial_all(book, kStart).size(), 1u);
}

TEST(PeerBook, KeepsTheBoundOnConnectionsOfBothKinds) {
    PeerBookSettings settings;
    settings.max_peers = 4;
    PeerBook book(settings, 1);
    add(book, 20);
    ASSERT_TRUE(book.on_incoming(peer(100).address, kStart));
    const auto dialed = dial_all(book, kStart);
    ASSERT_EQ(dialed.size(), 3u);
    for (const auto& endpoint : dialed)
        book.on_connected(endpoint, kStart);
    EXPECT_FALSE(book.next_to_dial(kStart));
    EXPECT_FALSE(book.on_incoming(peer(101).address, kStart));
    book.on_closed(dialed[0], CloseKind::worked, kStart);
    EXPECT_TRUE(book.on_incoming(peer(101).address, kStart));
    book.on_incoming_closed(peer(100).address, kStart);
    EXPECT_TRUE(book.next_to_dial(kStart));
}

TEST(PeerBook, LeavesRoomForIncomingPeersBesideItsDials) {
    PeerBookSettings settings;
    settings.max_peers = 50;
    PeerBook book(settings, 1);
    add(book, 100);
    EXPECT_EQ(dial_all(book, kStart).size(), 45u);
    EXPECT_TRUE(book.on_incoming(peer(1000).address, kStart));
}

TEST(PeerBook, FillsTheLastPlacesOneDialAtATime) {
    PeerBookSettings settings;
    settings.max_peers = 50;
    PeerBook book(settings, 1);
    add(book, 100);
    for (const auto& endpoint : dial_all(book, kStart))
        book.on_connected(endpoint, kStart);
    for (int i = 45; i < 50; ++i) {
        const auto dialed = dial_all(book, kStart);
        ASSERT_EQ(dialed.size(), 1u) << i;
        book.on_connected(dialed[0], kStart);
    }
    EXPECT_FALSE(book.next_to_dial(kStart + 1min));
}

TEST(PeerBook, BoundsIncomingConnectionsOfOneAddress) {
    PeerBook book({}, 1);
    const auto address = peer(1).address;
    for (int i = 0; i < 3; ++i)
        ASSERT_TRUE(book.on_incoming(address, kStart));
    EXPECT_FALSE(book.on_incoming(address, kStart));
    EXPECT_TRUE(book.on_incoming(peer(2).address, kStart));
    book.on_incoming_closed(address, kStart);
    EXPECT_TRUE(book.on_incoming(address, kStart));
}

TEST(PeerBook, DropsAddressesThatCannotNameAPeer) {
    PeerBook book({}, 1);
    EXPECT_FALSE(book.add(peer(1, 0), PeerSource::tracker, kStart));
    EXPECT_FALSE(book.add({IpAddress::v4({224, 0, 0, 1}), 80}, PeerSource::tracker, kStart));
    EXPECT_FALSE(book.add({IpAddress(), 80}, PeerSource::tracker, kStart));
    EXPECT_EQ(book.counts(kStart).known, 0u);
}

TEST(PeerBook, KnowsAnAddressOnce) {
    PeerBook book({}, 1);
    EXPECT_TRUE(book.add(peer(1), PeerSource::pex, kStart));
    EXPECT_FALSE(book.add(peer(1), PeerSource::tracker, kStart));
    EXPECT_EQ(dial_all(book, kStart).size(), 1u);
}

TEST(PeerBook, PrefersTheUsersPeersThenTrackersThenTheRest) {
    PeerBook book({}, 7);
    book.add(peer(1, 80), PeerSource::pex, kStart);
    book.add(peer(2), PeerSource::pex, kStart);
    book.add(peer(3), PeerSource::tracker, kStart);
    book.add(peer(4), PeerSource::manual, kStart);
    EXPECT_EQ(dial_all(book, kStart), (std::vector{peer(4), peer(3), peer(2), peer(1, 80)}));
}

TEST(PeerBook, RanksAnAddressByTheBestSourceThatNamedIt) {
    PeerBook book({}, 7);
    book.add(peer(1), PeerSource::pex, kStart);
    book.add(peer(2), PeerSource::tracker, kStart);
    book.add(peer(1), PeerSource::manual, kStart);
    EXPECT_EQ(dial_all(book, kStart), (std::vector{peer(1), peer(2)}));
}

TEST(PeerBook, PrefersWhatHasFailedLess) {
    PeerBook book({}, 7);
    book.add(peer(1), PeerSource::tracker, kStart);
    try_once(book, CloseKind::refused, kStart);
    book.add(peer(2), PeerSource::tracker, kStart);
    EXPECT_EQ(dial_all(book, kStart + 1min), (std::vector{peer(2), peer(1)}));
}

TEST(PeerBook, PausesTwiceAsLongAfterEachFailureAndGivesUpInTheEnd) {
    PeerBook book({}, 1);
    add(book, 1);
    auto now = kStart;
    auto pause = PeerBook::kFirstPause;
    for (int i = 1; i < PeerBook::kMaxDialFailures; ++i) {
        try_once(book, CloseKind::refused, now);
        ASSERT_EQ(book.next_dial_time(now), now + pause) << i;
        EXPECT_EQ(book.counts(now).ready, 0u);
        now += pause;
        EXPECT_EQ(book.counts(now).ready, 1u);
        pause *= 2;
    }
    try_once(book, CloseKind::refused, now);
    EXPECT_EQ(book.next_dial_time(now), kNever);
    EXPECT_FALSE(book.next_to_dial(now + 24h));
}

TEST(PeerBook, TriesAnAddressThatItGaveUpOnceMoreWhenATrackerNamesItAgain) {
    PeerBook book({}, 1);
    add(book, 1);
    auto now = kStart;
    for (int i = 0; i < PeerBook::kMaxDialFailures; ++i, now += 1h)
        try_once(book, CloseKind::failed, now);
    book.add(peer(0), PeerSource::pex, now);
    EXPECT_FALSE(book.next_to_dial(now)) << "anybody can name it over PEX";
    book.add(peer(0), PeerSource::tracker, now);
    try_once(book, CloseKind::failed, now);
    book.add(peer(0), PeerSource::tracker, now);
    EXPECT_EQ(book.next_dial_time(now), now + PeerBook::kMaxPause);
}

TEST(PeerBook, ComesBackSoonToAPeerThatGavePayload) {
    PeerBook book({}, 1);
    add(book, 1);
    try_once(book, CloseKind::worked, kStart);
    EXPECT_EQ(book.next_dial_time(kStart), kStart + PeerBook::kWorkedPause);
    try_once(book, CloseKind::worked, kStart + 1min);
    EXPECT_EQ(book.next_dial_time(kStart), kStart + 1min + 2 * PeerBook::kWorkedPause);
}

TEST(PeerBook, ComesBackSoonAgainAfterALongConnection) {
    PeerBook book({}, 1);
    add(book, 1);
    try_once(book, CloseKind::worked, kStart);
    const auto later = kStart + 1h;
    ASSERT_TRUE(book.next_to_dial(later));
    book.on_connected(peer(0), later);
    const auto end = later + PeerBook::kLongConnection;
    book.on_closed(peer(0), CloseKind::worked, end);
    EXPECT_EQ(book.next_dial_time(end), end + PeerBook::kWorkedPause);
}

TEST(PeerBook, NeverPausesLongerThanTheBoundAfterPayload) {
    PeerBook book({}, 1);
    add(book, 1);
    auto now = kStart;
    for (int i = 0; i < 300; ++i) {
        try_once(book, CloseKind::worked, now);
        const auto due = book.next_dial_time(now);
        ASSERT_LE(due, now + PeerBook::kMaxPause);
        now = due;
    }
}

TEST(PeerBook, DoesNotCountARedundantConnectionAsAFailure) {
    PeerBook book({}, 1);
    add(book, 1);
    try_once(book, CloseKind::redundant, kStart);
    EXPECT_EQ(book.counts(kStart).known, 1u);
    EXPECT_EQ(book.next_dial_time(kStart), kStart + PeerBook::kRedundantPause);
    EXPECT_EQ(book.dial_timeout(peer(0)), PeerBook::kFirstDialTimeout);
}

TEST(PeerBook, RemembersWhoHasFailed) {
    PeerBook book({}, 1);
    book.add(peer(1), PeerSource::tracker, kStart);
    EXPECT_FALSE(book.has_failed(peer(1)));
    EXPECT_FALSE(book.has_failed(peer(2))) << "unknown";
    try_once(book, CloseKind::failed, kStart);
    EXPECT_TRUE(book.has_failed(peer(1)));
    try_once(book, CloseKind::worked, kStart + 1h);
    EXPECT_FALSE(book.has_failed(peer(1)));
}

TEST(PeerBook, DialsAStartledPeerAgainAtOnceButOnce) {
    PeerBook book({}, 1);
    book.add(peer(1), PeerSource::tracker, kStart);
    try_once(book, CloseKind::startled, kStart);
    EXPECT_TRUE(book.has_failed(peer(1)));
    try_once(book, CloseKind::startled, kStart);
    EXPECT_FALSE(book.next_to_dial(kStart + 10s));
}

TEST(PeerBook, TriesWhatHasFailedAgainWhenTheNetworkHasChanged) {
    PeerBook book({}, 1);
    add(book, 2);
    auto now = kStart;
    for (int i = 0; i < PeerBook::kMaxDialFailures; ++i, now += 1h) {
        for (const auto& endpoint : dial_all(book, now))
            book.on_closed(endpoint, CloseKind::refused, now);
    }
    EXPECT_TRUE(dial_all(book, now).empty()) << "given up";
    book.network_changed();
    EXPECT_EQ(dial_all(book, now).size(), 2u);
}

TEST(PeerBook, AChangeOfTheNetworkEndsNoPauseOfAPeerThatGave) {
    PeerBook book({}, 1);
    add(book, 1);
    try_once(book, CloseKind::worked, kStart);
    book.network_changed();
    EXPECT_FALSE(book.next_to_dial(kStart));
    EXPECT_TRUE(book.next_to_dial(kStart + PeerBook::kWorkedPause));
}

TEST(PeerBook, GivesLaterDialsMoreTime) {
    PeerBook book({}, 1);
    add(book, 1);
    EXPECT_EQ(book.dial_timeout(peer(0)), PeerBook::kFirstDialTimeout);
    try_once(book, CloseKind::refused, kStart);
    EXPECT_EQ(book.dial_timeout(peer(0)), PeerBook::kLaterDialTimeout);
}

TEST(PeerBook, CountsWhatEverConnected) {
    PeerBook book({}, 1);
    add(book, 1);
    try_once(book, CloseKind::refused, kStart);
    EXPECT_EQ(book.counts(kStart).ever_connected, 0u);
    try_once(book, CloseKind::useless, kStart + 1min);
    try_once(book, CloseKind::useless, kStart + 10min);
    EXPECT_EQ(book.counts(kStart).ever_connected, 1u);
}

TEST(PeerBook, IgnoresNewsOfConnectionsThatItDoesNotKnow) {
    PeerBook book({}, 1);
    add(book, 1);
    book.on_closed(peer(0), CloseKind::worked, kStart);
    book.on_closed(peer(1), CloseKind::worked, kStart);
    book.on_connected(peer(0), kStart);
    EXPECT_EQ(book.counts(kStart).connected, 0u);
    EXPECT_TRUE(book.next_to_dial(kStart));
}

TEST(PeerBook, GivesEqualAnswersForEqualSeedsAndOthersForOthers) {
    const auto order = [](std::uint64_t seed) {
        PeerBook book({}, seed);
        add(book, 50);
        return dial_all(book, kStart);
    };
    EXPECT_EQ(order(1), order(1));
    EXPECT_NE(order(1), order(2));
}

}  // namespace
}  // namespace bt::swarm
