// PeerBook and what PEX and the DHT name: nobody may fill it, or aim it at others.
#include <gtest/gtest.h>

#include <algorithm>

#include "bt/core/rng.hpp"
#include "bt/swarm/peer_book.hpp"
#include "bt/swarm/peer_priority.hpp"
#include "unit/swarm/peer_book_fixture.hpp"

namespace bt::swarm {
namespace {

using namespace test;
using namespace std::chrono_literals;

constexpr std::uint32_t kBookShare = PeerBook::kMaxKnown / PeerBook::kShare;

/// On the Internet.
Endpoint remote(std::uint32_t n, std::uint16_t port = 6881) {
    return {IpAddress::v4({50, static_cast<std::uint8_t>(n >> 16),
                           static_cast<std::uint8_t>(n >> 8), static_cast<std::uint8_t>(n)}),
            port};
}
IpAddress address(std::string_view text) {
    return *IpAddress::parse(text);
}
PeerOrigin pex_of(std::string_view sender) {
    return {PeerSource::pex, address(sender)};
}

std::uint32_t name_many(PeerBook& book, std::uint32_t from, std::uint32_t count,
                        std::string_view sender) {
    std::uint32_t taken = 0;
    for (std::uint32_t n = from; n < from + count; ++n)
        taken += book.add(remote(n), pex_of(sender), kStart) ? 1 : 0;
    return taken;
}

TEST(PeerBookHearsay, OfOneSenderTakesAQuarterOfTheBookAtMost) {
    PeerBook book({}, 1);
    EXPECT_EQ(name_many(book, 0, 1000, "50.9.9.9"), kBookShare);
    EXPECT_EQ(name_many(book, 1000, 1000, "50.9.9.8"), kBookShare);
    EXPECT_TRUE(book.add(remote(5000), PeerSource::dht, kStart));
}

TEST(PeerBookHearsay, OfOneSenderTakesAQuarterOfTheConnectionsAtMost) {
    PeerBookSettings settings;
    settings.max_peers = 40;
    PeerBook book(settings, 1);
    name_many(book, 0, 100, "50.9.9.9");
    const auto dialed = dial_all(book, kStart);
    EXPECT_EQ(dialed.size(), 10u);
    EXPECT_EQ(book.next_dial_time(kStart), kNever) << "only news can help";
    EXPECT_EQ(book.counts(kStart).known, 100u);
    for (const auto& endpoint : dialed)
        book.on_connected(endpoint, kStart);
    EXPECT_FALSE(book.next_to_dial(kStart + 1min));
    name_many(book, 1000, 3, "50.9.9.8");
    EXPECT_EQ(dial_all(book, kStart + 1min).size(), 3u) << "others are not held up";
    book.on_closed(dialed[0], CloseKind::useless, kStart + 1min);
    EXPECT_EQ(dial_all(book, kStart + 1min).size(), 1u);
}

TEST(PeerBookHearsay, AlwaysHasOneConnection) {
    PeerBookSettings settings;
    settings.max_peers = 2;
    PeerBook book(settings, 1);
    name_many(book, 0, 5, "50.9.9.9");
    EXPECT_EQ(dial_all(book, kStart).size(), 1u);
}

TEST(PeerBookHearsay, NoLongerCountsOnceABetterSourceNamesIt) {
    PeerBookSettings settings;
    settings.max_peers = 40;
    PeerBook book(settings, 1);
    name_many(book, 0, 100, "50.9.9.9");
    EXPECT_EQ(dial_all(book, kStart).size(), 10u);
    for (std::uint32_t n = 0; n < 100; ++n)
        EXPECT_FALSE(book.add(remote(n), PeerSource::tracker, kStart)) << "known";
    EXPECT_EQ(dial_all(book, kStart).size(), 26u) << "all but the last tenth";
    EXPECT_EQ(name_many(book, 1000, 1000, "50.9.9.9"), kBookShare) << "it has its share again";
}

TEST(PeerBookHearsay, NoLongerCountsOnceItHasGivenPayload) {
    PeerBookSettings settings;
    settings.max_peers = 4;
    PeerBook book(settings, 1);
    name_many(book, 0, 2, "50.9.9.9");
    const auto first = *book.next_to_dial(kStart);
    EXPECT_FALSE(book.next_to_dial(kStart));
    book.on_connected(first, kStart);
    book.on_closed(first, CloseKind::worked, kStart);
    EXPECT_EQ(dial_all(book, kStart + 10s).size(), 2u);
}

TEST(PeerBookHearsay, GivesWayToNewsOfItsSenderOnceItHasFailed) {
    PeerBook book({}, 1);
    EXPECT_EQ(name_many(book, 0, 1000, "50.9.9.9"), kBookShare);
    EXPECT_EQ(name_many(book, 2000, 5, "50.9.9.9"), 0u);
    for (const auto& endpoint : dial_all(book, kStart))
        book.on_closed(endpoint, CloseKind::refused, kStart);
    EXPECT_EQ(name_many(book, 2000, 5, "50.9.9.9"), 5u);
    EXPECT_EQ(book.counts(kStart).known, kBookShare);
}

TEST(PeerBookHearsay, NamesAnAddressOnce) {
    PeerBook book({}, 1);
    EXPECT_TRUE(book.add(remote(1, 1000), PeerSource::pex, kStart));
    EXPECT_FALSE(book.add(remote(1, 2000), PeerSource::pex, kStart));
    EXPECT_FALSE(book.add(remote(1, 2000), PeerSource::dht, kStart));
    EXPECT_TRUE(book.add(remote(1, 2000), PeerSource::tracker, kStart));
    EXPECT_FALSE(book.add(remote(1, 3000), PeerSource::pex, kStart));
    book.ban(remote(1).address);
    EXPECT_EQ(book.counts(kStart).known, 0u);
}

TEST(PeerBookHearsay, OfOurNetworkCountsFromOurNetworkAlone) {
    const auto takes = [](std::string_view sender, std::string_view named, PeerSource source) {
        PeerBook book({}, 1);
        return book.add({address(named), 6881}, {source, address(sender)}, kStart);
    };
    for (const auto source : {PeerSource::pex, PeerSource::dht}) {
        for (const auto* local : {"10.0.0.1", "192.168.1.1", "172.16.0.1", "100.64.0.1",
                                  "169.254.1.1", "fe80::1", "fd00::1", "64:ff9b::a00:1"}) {
            EXPECT_FALSE(takes("50.1.1.1", local, source)) << local;
            EXPECT_FALSE(takes("2001:db8::1", local, source)) << local;
            EXPECT_TRUE(takes("192.168.1.9", local, source)) << local;
            EXPECT_TRUE(takes("127.0.0.1", local, source)) << local;
        }
        for (const auto* machine : {"127.0.0.1", "127.1.2.3", "::1"}) {
            EXPECT_FALSE(takes("50.1.1.1", machine, source)) << machine;
            EXPECT_FALSE(takes("192.168.1.9", machine, source)) << machine;
            EXPECT_FALSE(takes("fe80::1", machine, source)) << machine;
            EXPECT_TRUE(takes("127.0.0.2", machine, source)) << machine;
        }
        EXPECT_TRUE(takes("50.1.1.1", "50.1.1.2", source));
        EXPECT_TRUE(takes("10.0.0.1", "50.1.1.2", source));
    }
    EXPECT_TRUE(takes("50.1.1.1", "10.0.0.1", PeerSource::tracker)) << "trackers are not asked";
    EXPECT_TRUE(takes("50.1.1.1", "10.0.0.1", PeerSource::lsd));
}

TEST(PeerBookHearsay, OfOurOwnAddressCountsFromBehindItAlone) {
    PeerBook book({}, 1);
    const auto own = remote(77, 6881);
    const Endpoint other{own.address, 7000};
    book.set_own_address(own);
    EXPECT_FALSE(book.add(other, pex_of("50.1.1.1"), kStart));
    EXPECT_FALSE(book.add(other, PeerSource::dht, kStart));
    EXPECT_TRUE(book.add(other, PeerOrigin{PeerSource::pex, own.address}, kStart));
    PeerBook second({}, 1);
    second.set_own_address(own);
    EXPECT_TRUE(second.add(other, pex_of("192.168.0.2"), kStart));
    EXPECT_TRUE(second.add({own.address, 7001}, PeerSource::tracker, kStart));
}

TEST(PeerBookHearsay, WithAPortOfServersComesLastAndIsSoonGivenUp) {
    PeerBook book({}, 1);
    book.add(remote(1, 443), PeerSource::dht, kStart);
    auto now = kStart;
    for (int i = 0; i < PeerBook::kMaxDoubtfulFailures; ++i, now += 1h)
        try_once(book, CloseKind::refused, now);
    EXPECT_FALSE(book.next_to_dial(now));
    book.add(remote(1, 443), PeerSource::dht, now);
    EXPECT_EQ(book.next_dial_time(now), now) << "one more try";
    try_once(book, CloseKind::refused, now);
    EXPECT_FALSE(book.next_to_dial(now + 24h));
}

TEST(PeerBookHearsay, ComesAfterPeersOfThisNetwork) {
    PeerBook book({}, 1);
    book.add(remote(1), PeerSource::pex, kStart);
    book.add(peer(2), PeerSource::lsd, kStart);
    book.add(peer(2), PeerSource::pex, kStart);
    EXPECT_EQ(dial_all(book, kStart), (std::vector{peer(2), remote(1)}));
}

TEST(PeerBookHearsay, InAFullBookGivesWayToATracker) {
    PeerBook book({}, 1);
    for (std::uint32_t sender = 0; sender < 5; ++sender)
        name_many(book, sender * 1000, 1000, "50.9.9." + std::to_string(sender));
    ASSERT_EQ(book.counts(kStart).known, PeerBook::kMaxKnown);
    for (std::uint32_t n = 0; n < PeerBook::kMaxKnown; ++n)
        EXPECT_TRUE(book.add(peer(n), PeerSource::tracker, kStart));
    EXPECT_EQ(book.counts(kStart).known, PeerBook::kMaxKnown);
    EXPECT_EQ(name_many(book, 9000, 10, "50.9.9.9"), 0u);
}

TEST(PeerBookPriority, RanksByBep40OnceOurAddressIsKnown) {
    PeerBook book({}, 1);
    const Endpoint own{address("123.213.32.10"), 6881};
    add(book, 50);
    book.set_own_address(own);
    for (std::uint32_t n = 0; n < 50; ++n)
        book.add(remote(n), PeerSource::tracker, kStart);
    const auto dialed = dial_all(book, kStart);
    ASSERT_EQ(dialed.size(), 60u);
    EXPECT_TRUE(std::is_sorted(dialed.begin(), dialed.end(), [&](const auto& a, const auto& b) {
        return *peer_priority(own, a) > *peer_priority(own, b);
    }));
}

TEST(PeerBookPriority, LeavesTheOtherFamilyToChance) {
    PeerBook book({}, 1);
    book.set_own_address({address("2001:db8::1"), 6881});
    add(book, 10);
    EXPECT_EQ(dial_all(book, kStart).size(), 10u);
}

/// Random news by many senders, against a model of their shares.
TEST(PeerBookHearsay, KeepsTheSharesUnderRandomNews) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        SCOPED_TRACE(seed);
        Rng rng(seed);
        PeerBookSettings settings;
        settings.max_peers = 24;
        settings.max_half_open = 20;
        PeerBook book(settings, seed);
        std::vector<Endpoint> dialed;
        auto now = kStart;
        for (int step = 0; step < 4000; ++step) {
            now += 1ms * random_below(rng, 3000);
            const auto sender = static_cast<std::uint32_t>(random_below(rng, 5));
            // Each sender names addresses of its own, so that the model knows whose they are.
            const auto any =
                remote(sender << 16 | static_cast<std::uint32_t>(random_below(rng, 300)));
            switch (random_below(rng, 8)) {
                case 0:
                case 1:
                case 2:
                    book.add(any, pex_of("50.200.0." + std::to_string(sender)), now);
                    break;
                case 3:
                case 4:
                    while (const auto endpoint = book.next_to_dial(now))
                        dialed.push_back(*endpoint);
                    break;
                case 5:
                case 6: {
                    if (dialed.empty()) break;
                    const auto at = dialed.begin() +
                                    static_cast<std::ptrdiff_t>(random_below(rng, dialed.size()));
                    const auto kind = static_cast<CloseKind>(random_below(rng, 5));
                    const bool worked = kind == CloseKind::worked;
                    book.on_closed(*at, worked ? CloseKind::useless : kind, now);
                    dialed.erase(at);
                    break;
                }
                case 7:
                    if (random_below(rng, 10) == 0) book.ban(any.address);
                    if (random_below(rng, 10) == 0) book.set_own_address(remote(1 << 20 | 5));
                    if (random_below(rng, 30) == 0) book.network_changed();
                    break;
            }
            for (std::uint8_t one = 0; one < 5; ++one) {
                const auto of_it = std::count_if(dialed.begin(), dialed.end(), [&](const auto& e) {
                    return e.address.v4_bytes()[1] == one;
                });
                ASSERT_LE(of_it, 6);
            }
            ASSERT_LE(book.counts(now).known, PeerBook::kMaxKnown);
        }
    }
}

}  // namespace
}  // namespace bt::swarm
