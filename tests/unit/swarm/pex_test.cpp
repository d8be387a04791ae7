#include "bt/swarm/pex.hpp"

#include <gtest/gtest.h>

#include <set>

#include "bt/core/rng.hpp"

namespace bt::swarm {
namespace {

using namespace std::chrono_literals;
using wire::PexMessage;
using wire::PexPeer;

constexpr TimePoint kStart = TimePoint(1000s);

Endpoint at(std::uint32_t n) {
    return {
        IpAddress::v4({198, 51, static_cast<std::uint8_t>(n >> 8), static_cast<std::uint8_t>(n)}),
        6881};
}
ConnectionId id(std::uint32_t n) {
    return ConnectionId(n);
}

/// Peers n = first..last are connected, can be reached, and speak ut_pex.
void connect(Pex& pex, std::uint32_t first, std::uint32_t last, TimePoint now = kStart) {
    for (auto n = first; n <= last; ++n) {
        pex.on_connected(id(n), at(n), wire::pex_flag::kReachable, now);
        pex.on_support(id(n), true);
    }
}

std::vector<Endpoint> added(const std::optional<PexMessage>& message) {
    std::vector<Endpoint> out;
    if (message) {
        for (const auto& peer : message->added)
            out.push_back(peer.endpoint);
    }
    return out;
}

using Endpoints = std::vector<Endpoint>;

TEST(PexMachine, TellsANewPeerOfTheOthersSoon) {
    Pex pex;
    connect(pex, 1, 3);
    EXPECT_EQ(pex.wake_at(), kStart + Pex::kFirstAfter);
    EXPECT_FALSE(pex.next_message(id(1), kStart + Pex::kFirstAfter - 1ns));
    const auto message = pex.next_message(id(1), kStart + Pex::kFirstAfter);
    EXPECT_EQ(added(message), (Endpoints{at(2), at(3)}));
    EXPECT_EQ(message->added[0].flags, wire::pex_flag::kReachable);
    EXPECT_TRUE(message->dropped.empty());
}

TEST(PexMachine, TellsChangesOnceAMinute) {
    Pex pex;
    connect(pex, 1, 2);
    const auto first = kStart + 10s;
    ASSERT_TRUE(pex.next_message(id(1), first));
    EXPECT_FALSE(pex.next_message(id(1), first + 1h)) << "nothing has changed";
    connect(pex, 3, 3);
    pex.on_disconnected(id(2));
    EXPECT_FALSE(pex.next_message(id(1), first + Pex::kInterval - 1ns));
    const auto message = pex.next_message(id(1), first + Pex::kInterval);
    EXPECT_EQ(added(message), Endpoints{at(3)});
    EXPECT_EQ(message->dropped, Endpoints{at(2)});
}

TEST(PexMachine, NeverMentionsWhoComesAndGoesInBetween) {
    Pex pex;
    connect(pex, 1, 2);
    ASSERT_TRUE(pex.next_message(id(1), kStart + 10s));
    connect(pex, 3, 3);
    pex.on_disconnected(id(3));
    pex.on_disconnected(id(2));
    connect(pex, 2, 2);
    EXPECT_FALSE(pex.next_message(id(1), kStart + 2min));
    EXPECT_EQ(added(pex.next_message(id(2), kStart + 2min)), Endpoints{at(1)});
    EXPECT_EQ(pex.wake_at(), kNever);
}

TEST(PexMachine, TellsOnlyOfPeersThatCanBeReached) {
    Pex pex;
    connect(pex, 1, 1);
    pex.on_connected(id(2), std::nullopt, 0, kStart);
    pex.on_connected(id(3), Endpoint{at(3).address, 0}, 0, kStart);
    pex.on_connected(id(4), Endpoint{*IpAddress::parse("224.0.0.1"), 80}, 0, kStart);
    EXPECT_FALSE(pex.next_message(id(1), kStart + 1min));
    pex.on_connected(id(2), at(2), wire::pex_flag::kSeed, kStart + 1min);
    const auto message = pex.next_message(id(1), kStart + 1min);
    EXPECT_EQ(added(message), Endpoints{at(2)}) << "its port is known now";
    EXPECT_EQ(message->added[0].flags, wire::pex_flag::kSeed);
    pex.on_connected(id(2), at(5), 0, kStart + 1min);
    const auto next = pex.next_message(id(1), kStart + 2min);
    EXPECT_EQ(added(next), Endpoints{at(5)});
    EXPECT_EQ(next->dropped, Endpoints{at(2)});
}

TEST(PexMachine, TellsNobodyWhoDoesNotSpeakIt) {
    Pex pex;
    connect(pex, 1, 2);
    pex.on_support(id(1), false);
    pex.on_support(id(9), true);
    EXPECT_FALSE(pex.next_message(id(1), kStart + 1min));
    EXPECT_FALSE(pex.next_message(id(9), kStart + 1min));
    pex.on_support(id(1), true);
    EXPECT_TRUE(pex.next_message(id(1), kStart + 1min));
}

TEST(PexMachine, TellsOfAnAddressUntilItsLastConnectionIsClosed) {
    Pex pex;
    connect(pex, 1, 1);
    pex.on_connected(id(2), at(2), 0, kStart);
    pex.on_connected(id(3), at(2), 0, kStart);
    EXPECT_EQ(added(pex.next_message(id(1), kStart + 1min)), Endpoints{at(2)});
    pex.on_disconnected(id(2));
    EXPECT_FALSE(pex.next_message(id(1), kStart + 2min));
    pex.on_disconnected(id(3));
    EXPECT_EQ(pex.next_message(id(1), kStart + 3min)->dropped, Endpoints{at(2)});
}

TEST(PexMachine, TellsManyInSeveralMessages) {
    Pex pex;
    connect(pex, 0, 120);
    auto now = kStart + 1min;
    std::set<Endpoint> told;
    for (const auto expected : {50u, 50u, 20u}) {
        const auto message = pex.next_message(id(0), now);
        ASSERT_EQ(added(message).size(), expected);
        for (const auto& endpoint : added(message))
            EXPECT_TRUE(told.insert(endpoint).second);
        now += Pex::kInterval;
    }
    EXPECT_EQ(told.size(), 120u);
    EXPECT_FALSE(told.contains(at(0))) << "itself";
    for (std::uint32_t n = 1; n <= 120; ++n)
        pex.on_disconnected(id(n));
    for (const auto expected : {50u, 50u, 20u}) {
        const auto message = pex.next_message(id(0), now);
        ASSERT_TRUE(message);
        EXPECT_EQ(message->dropped.size(), expected);
        now += Pex::kInterval;
    }
    EXPECT_FALSE(pex.next_message(id(0), now));
}

TEST(PexMachine, TellsAPeerOfNoMoreThanItsBound) {
    Pex pex;
    connect(pex, 0, Pex::kMaxTold + 60);
    auto now = kStart + 1min;
    std::size_t told = 0;
    for (int i = 0; i < 20; ++i, now += Pex::kInterval)
        told += added(pex.next_message(id(0), now)).size();
    EXPECT_EQ(told, Pex::kMaxTold);
    pex.on_disconnected(id(1));
    const auto message = pex.next_message(id(0), now);
    EXPECT_EQ(added(message).size(), 1u);
    EXPECT_EQ(message->dropped.size(), 1u);
}

TEST(PexMachine, HasABoundOnItsPeers) {
    Pex pex;
    connect(pex, 1, Pex::kMaxPeers + 1);
    EXPECT_TRUE(pex.next_message(id(Pex::kMaxPeers), kStart + 1min));
    EXPECT_FALSE(pex.next_message(id(Pex::kMaxPeers + 1), kStart + 1min));
    pex.on_disconnected(id(1));
    connect(pex, Pex::kMaxPeers + 1, Pex::kMaxPeers + 1);
    EXPECT_TRUE(pex.next_message(id(Pex::kMaxPeers + 1), kStart + 1min));
}

ByteVector message_of(const std::vector<PexPeer>& peers) {
    return wire::to_wire(PexMessage{peers, {}});
}

TEST(PexMachine, TakesOneMessageAMinuteFromAPeer) {
    Pex pex;
    connect(pex, 1, 2);
    const auto message = message_of({{at(7), 2}});
    EXPECT_EQ(pex.on_message(id(1), message, kStart), (std::vector<PexPeer>{{at(7), 2}}));
    EXPECT_TRUE(pex.on_message(id(1), message, kStart + 54s).empty());
    EXPECT_EQ(pex.on_message(id(2), message, kStart + 54s).size(), 1u);
    EXPECT_EQ(pex.on_message(id(1), message, kStart + 55s).size(), 1u);
    EXPECT_TRUE(pex.on_message(id(1), as_bytes("no pex"), kStart + 2min).empty());
    EXPECT_TRUE(pex.on_message(id(1), message, kStart + 2min).empty()) << "that was its message";
    EXPECT_TRUE(pex.on_message(id(9), message, kStart).empty()) << "nobody we know";
}

TEST(PexMachine, TakesOnlyWhatCanBeAPeerAndAnAddressOnce) {
    Pex pex;
    connect(pex, 1, 1);
    auto second = at(7);
    second.port = 7000;
    const auto taken = pex.on_message(id(1),
                                      message_of({{at(7), 0},
                                                  {second, 0},
                                                  {{at(8).address, 0}, 0},
                                                  {{*IpAddress::parse("224.0.0.1"), 80}, 0},
                                                  {{IpAddress(), 80}, 0},
                                                  {at(9), 0}}),
                                      kStart);
    EXPECT_EQ(taken, (std::vector<PexPeer>{{at(7), 0}, {at(9), 0}}));
}

/// Whatever comes and goes, what a peer has been told adds up to what is, or will be told.
TEST(PexMachine, AddsUpToTheTruth) {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        SCOPED_TRACE(seed);
        Rng rng(seed);
        Pex pex;
        connect(pex, 0, 0);
        std::set<Endpoint> believed;
        std::set<std::uint32_t> here;
        auto now = kStart;
        const auto tell = [&] {
            const auto message = pex.next_message(id(0), now);
            if (!message) return;
            ASSERT_LE(message->added.size(), wire::kMaxPexPeers);
            ASSERT_LE(message->dropped.size(), wire::kMaxPexPeers);
            for (const auto& endpoint : message->dropped)
                ASSERT_EQ(believed.erase(endpoint), 1u);
            for (const auto& peer : message->added)
                ASSERT_TRUE(believed.insert(peer.endpoint).second);
        };
        for (int step = 0; step < 2000; ++step) {
            now += 1ms * random_below(rng, 5000);
            const auto n = static_cast<std::uint32_t>(1 + random_below(rng, 200));
            if (here.erase(n) == 1) {
                pex.on_disconnected(id(n));
            } else {
                here.insert(n);
                connect(pex, n, n, now);
            }
            tell();
        }
        for (int i = 0; i < 10; ++i, now += Pex::kInterval)
            tell();
        std::set<Endpoint> truth;
        for (const auto n : here)
            truth.insert(at(n));
        ASSERT_EQ(believed, truth);
    }
}

}  // namespace
}  // namespace bt::swarm
