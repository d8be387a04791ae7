#include "dht/peer_store.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "unit/dht/samples.hpp"

namespace bt::dht {
namespace {

using namespace std::chrono_literals;
using test::at;
using test::endpoint;

InfoHash hash(std::uint32_t number) {
    InfoHash out;
    write_be(out.bytes.data(), number);
    return out;
}

/// A host of its own for each number.
Endpoint peer(std::uint32_t number) {
    return {IpAddress::v4({static_cast<std::uint8_t>(20 + (number >> 16)),
                           static_cast<std::uint8_t>(number >> 8),
                           static_cast<std::uint8_t>(number), 1}),
            6881};
}

class PeerStoreTest : public ::testing::Test {
protected:
    PeerStore store;
    Rng rng{1};
};

TEST_F(PeerStoreTest, GivesWhatWasAnnounced) {
    EXPECT_TRUE(store.add(hash(1), peer(1), at(0)));
    EXPECT_TRUE(store.add(hash(1), peer(1), at(1)));
    EXPECT_TRUE(store.add(hash(2), peer(2), at(0)));
    EXPECT_EQ(store.sample(hash(1), 10, at(2), rng), std::vector{peer(1)});
    EXPECT_TRUE(store.sample(hash(3), 10, at(2), rng).empty());
    EXPECT_EQ(store.torrent_count(), 2u);
    EXPECT_EQ(store.peer_count(), 2u);
}

TEST_F(PeerStoreTest, ForgetsAPeerAfterHalfAnHour) {
    store.add(hash(1), peer(1), at(0));
    EXPECT_EQ(store.sample(hash(1), 10, at(0) + 30min - 1ns, rng).size(), 1u);
    EXPECT_TRUE(store.sample(hash(1), 10, at(0) + 30min, rng).empty());
    store.add(hash(2), peer(2), at(0) + 31min);
    EXPECT_EQ(store.torrent_count(), 1u);
    EXPECT_EQ(store.peer_count(), 1u);
    EXPECT_EQ(store.source_count(), 1u);
}

TEST_F(PeerStoreTest, GivesAnyOfManyAndNoneTwice) {
    for (std::uint32_t i = 0; i < 300; ++i)
        store.add(hash(1), peer(i), at(0));
    std::set<Endpoint> seen;
    for (int i = 0; i < 100; ++i) {
        const auto some = store.sample(hash(1), 50, at(1), rng);
        EXPECT_EQ(std::set<Endpoint>(some.begin(), some.end()).size(), 50u);
        seen.insert(some.begin(), some.end());
    }
    EXPECT_EQ(seen.size(), 300u);
}

TEST_F(PeerStoreTest, HoldsSoManyPeersOfATorrent) {
    for (std::uint32_t i = 0; i <= PeerStore::kMaxPeersPerTorrent; ++i)
        EXPECT_TRUE(store.add(hash(1), peer(i), at(i)));
    EXPECT_EQ(store.peer_count(), PeerStore::kMaxPeersPerTorrent);
    const auto all = store.sample(hash(1), 1000, at(600), rng);
    EXPECT_EQ(std::count(all.begin(), all.end(), peer(0)), 0) << "the oldest has gone";
    EXPECT_EQ(std::count(all.begin(), all.end(), peer(PeerStore::kMaxPeersPerTorrent)), 1);
}

TEST_F(PeerStoreTest, HoldsSoManyTorrentsAndMissesTheSmallest) {
    store.add(hash(0), peer(0), at(0));
    store.add(hash(0), peer(1), at(0));
    for (std::uint32_t i = 1; i <= PeerStore::kMaxTorrents; ++i)
        EXPECT_TRUE(store.add(hash(i), peer(i), at(1)));
    EXPECT_EQ(store.torrent_count(), PeerStore::kMaxTorrents);
    EXPECT_EQ(store.sample(hash(0), 10, at(2), rng).size(), 2u);
    EXPECT_EQ(store.sample(hash(PeerStore::kMaxTorrents), 10, at(2), rng).size(), 1u);
}

TEST_F(PeerStoreTest, HoldsSoManyPeersInAll) {
    std::uint32_t number = 0;
    for (std::uint32_t torrent = 0; number < PeerStore::kMaxPeers; ++torrent) {
        for (std::uint32_t i = 0; i < PeerStore::kMaxPeersPerTorrent; ++i)
            EXPECT_TRUE(store.add(hash(torrent), peer(number++), at(0)));
    }
    EXPECT_EQ(store.peer_count(), PeerStore::kMaxPeers);
    EXPECT_FALSE(store.add(hash(9999), peer(number), at(1)));
    EXPECT_TRUE(store.add(hash(0), peer(0), at(1))) << "is there already";
    EXPECT_TRUE(store.add(hash(9999), peer(number), at(0) + 31min)) << "the others have gone";
}

TEST_F(PeerStoreTest, HoldsSoMuchOfOneHost) {
    const auto add = [&](std::uint32_t i, const char* text) {
        auto from = endpoint(text);
        from.port = static_cast<std::uint16_t>(i + 1);
        return store.add(hash(i), from, at(0));
    };
    for (std::uint32_t i = 0; i < PeerStore::kMaxPerSource; ++i) {
        EXPECT_TRUE(add(i, "8.8.8.8:1"));
        EXPECT_TRUE(add(i, "[2a00::1]:1"));
        EXPECT_TRUE(add(i, "10.0.0.1:1"));
    }
    EXPECT_FALSE(add(1000, "8.8.8.8:1"));
    EXPECT_FALSE(add(1000, "[2a00::2]:1")) << "has the same /64";
    EXPECT_TRUE(add(1000, "10.0.0.1:1")) << "a local range";
    EXPECT_TRUE(add(1000, "8.8.8.9:1"));
}

TEST_F(PeerStoreTest, CountsTheSourcesOfWhatItHolds) {
    Rng chance(3);
    for (std::uint32_t i = 0; i < 20'000; ++i) {
        const auto now = at(static_cast<double>(i) / 4);
        store.add(hash(static_cast<std::uint32_t>(random_below(chance, 3000))),
                  peer(static_cast<std::uint32_t>(random_below(chance, 500))), now);
        EXPECT_LE(store.source_count(), store.peer_count());
    }
    store.add(hash(1), peer(1), at(100'000));
    EXPECT_EQ(store.peer_count(), 1u);
    EXPECT_EQ(store.source_count(), 1u);
}

}  // namespace
}  // namespace bt::dht
