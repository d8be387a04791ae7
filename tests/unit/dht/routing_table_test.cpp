#include "dht/routing_table.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "unit/dht/samples.hpp"

namespace bt::dht {
namespace {

using namespace std::chrono_literals;
using test::at;
using test::endpoint;
using test::id;
using test::local_node;

constexpr auto kSize = RoutingTable::kBucketSize;

/// A node on the Internet whose id is valid for its address, in the half of the space that `far`
/// means for an own id of zeros.
NodeInfo public_node(std::string_view text, bool far, std::uint64_t seed = 1) {
    const auto random = test::numbers(seed);
    for (;;) {
        const NodeInfo out{make_node_id(endpoint(text).address, random), endpoint(text)};
        if ((out.id.bytes[0] >= std::byte{0x80}) == far) return out;
    }
}

TEST(RoutingTable, TakesWhoAnswers) {
    RoutingTable table(id(0));
    EXPECT_TRUE(table.on_answer(local_node(0x80), at(0)));
    EXPECT_FALSE(table.on_answer(local_node(0x80), at(1))) << "is known already";
    EXPECT_EQ(table.size(), 1u);
    EXPECT_TRUE(table.knows(local_node(0x80).endpoint, at(2)));
    table.on_query(local_node(0x81), at(0));
    EXPECT_EQ(table.size(), 1u);
    EXPECT_FALSE(table.on_answer({id(0), endpoint("127.0.0.1:9")}, at(0))) << "that is our id";
}

TEST(RoutingTable, SplitsTheBucketOfItsOwnIdOnly) {
    RoutingTable table(id(0));
    for (std::uint8_t i = 0; i < 40; ++i) {
        table.on_answer(local_node(0x80, i), at(0));
        table.on_answer(local_node(0x40, i), at(0));
    }
    EXPECT_EQ(table.size(), 2 * kSize);
    EXPECT_EQ(table.spare_count(), 2 * kSize);
    EXPECT_FALSE(table.has_room_for(local_node(0x80, 99)));
    EXPECT_TRUE(table.has_room_for(local_node(0x20)));
    EXPECT_TRUE(table.on_answer(local_node(0x20), at(0)));
}

TEST(RoutingTable, GivesTheNearestFirst) {
    RoutingTable table(id(0));
    for (std::uint8_t i = 0; i < 8; ++i)
        table.on_answer(local_node(static_cast<std::uint8_t>(0x80 + i * 8)), at(0));
    const auto nodes = table.closest(id(0x91), 3, true, at(1));
    ASSERT_EQ(nodes.size(), 3u);
    EXPECT_EQ(nodes[0].id, id(0x90));
    EXPECT_EQ(nodes[1].id, id(0x98));
    EXPECT_EQ(nodes[2].id, id(0x80));
}

TEST(RoutingTable, CallsANodeGoodForAQuarterOfAnHour) {
    RoutingTable table(id(0));
    table.on_answer(local_node(0x80), at(0));
    EXPECT_EQ(table.good_count(at(0) + 15min - 1ns), 1u);
    EXPECT_EQ(table.good_count(at(0) + 15min), 0u);
    EXPECT_TRUE(table.closest(id(0), 8, true, at(0) + 15min).empty());
    EXPECT_EQ(table.closest(id(0), 8, false, at(0) + 15min).size(), 1u);
    table.on_query(local_node(0x80), at(600));  // BEP 5: it has answered before
    EXPECT_EQ(table.good_count(at(0) + 20min), 1u);
    EXPECT_FALSE(table.knows(local_node(0x80).endpoint, at(0) + 20min)) << "a query proves nothing";
}

TEST(RoutingTable, ReplacesANodeThatFallsSilent) {
    RoutingTable table(id(0));
    for (std::uint8_t i = 0; i <= kSize; ++i) {
        table.on_answer(local_node(0x80, i), at(0));
        table.on_answer(local_node(0x01, i), at(0));
    }
    EXPECT_EQ(table.spare_count(), 1u);
    const auto silent = local_node(0x80, 0);
    table.on_silence(silent.endpoint, at(1));
    EXPECT_TRUE(table.knows(silent.endpoint, at(1))) << "a packet may be lost";
    table.on_silence(silent.endpoint, at(2));
    EXPECT_FALSE(table.knows(silent.endpoint, at(2)));
    EXPECT_TRUE(table.knows(local_node(0x80, kSize).endpoint, at(2)));
    EXPECT_EQ(table.spare_count(), 0u);
}

TEST(RoutingTable, KeepsASilentNodeUntilItIsLostWhenThereIsNoOther) {
    RoutingTable table(id(0));
    table.on_answer(local_node(0x80), at(0));
    for (int i = 1; i < RoutingTable::kLostFailures; ++i) {
        table.on_silence(local_node(0x80).endpoint, at(i));
        EXPECT_EQ(table.size(), 1u);
        EXPECT_EQ(table.good_count(at(i)), 0u);
    }
    EXPECT_TRUE(table.closest(id(0), 8, false, at(9)).empty()) << "is asked by no lookup";
    table.on_silence(local_node(0x80).endpoint, at(9));
    EXPECT_EQ(table.size(), 0u);
}

TEST(RoutingTable, ForgivesWhenTheFaultWasOurs) {
    RoutingTable table(id(0));
    table.on_answer(local_node(0x80), at(0));
    table.on_silence(local_node(0x80).endpoint, at(1));
    table.on_silence(local_node(0x80).endpoint, at(2));
    table.forgive();
    EXPECT_EQ(table.good_count(at(3)), 1u);
}

TEST(RoutingTable, AsksForASignOfLifeInTime) {
    RoutingTable table(id(0));
    Rng rng(1);
    table.on_answer(local_node(0x80), at(0));
    table.on_answer(local_node(0x81), at(60));
    EXPECT_EQ(table.next_check_time(), at(0) + 15min);
    EXPECT_FALSE(table.next_check(at(0) + 15min - 1ns, rng));
    const auto check = table.next_check(at(0) + 15min, rng);
    ASSERT_TRUE(check);
    EXPECT_EQ(check->node.id, id(0x80));
    EXPECT_EQ(table.next_check_time(), at(60) + 15min);
    table.on_silence(local_node(0x80).endpoint, at(906));
    EXPECT_EQ(table.next_check_time(), at(906) + RoutingTable::kFirstRecheck) << "once more, soon";
}

TEST(RoutingTable, ChecksWithATargetOfTheNodesOwnBucket) {
    RoutingTable table(id(0));
    Rng rng(1);
    for (std::uint8_t i = 0; i < 8; ++i) {
        for (const std::uint8_t first : {0x80, 0x40, 0x20, 0x10})
            table.on_answer(local_node(first, i), at(0));
    }
    for (int i = 0; i < 32; ++i) {
        const auto check = table.next_check(at(0) + 1h, rng);
        ASSERT_TRUE(check);
        EXPECT_EQ(common_prefix(check->target, id(0)), common_prefix(check->node.id, id(0)));
    }
    EXPECT_FALSE(table.next_check(at(0) + 1h, rng)) << "each once";
}

TEST(RoutingTable, HasOneNodeOfAHostAndOneOfASubnetInABucket) {
    RoutingTable table(id(0));
    EXPECT_TRUE(table.on_answer(public_node("8.8.8.8:1", true), at(0)));
    EXPECT_FALSE(table.on_answer(public_node("8.8.8.8:2", false), at(0))) << "the same host";
    EXPECT_FALSE(table.on_answer(public_node("8.8.8.9:1", true), at(0))) << "the same /24";
    EXPECT_FALSE(table.has_room_for(public_node("8.8.8.9:1", true)));
    EXPECT_TRUE(table.on_answer(public_node("8.8.9.8:1", true), at(0)));
    EXPECT_TRUE(table.on_answer(public_node("[2a00::1]:1", true), at(0)));
    EXPECT_FALSE(table.on_answer(public_node("[2a00::2]:1", false), at(0))) << "the same /64";
    EXPECT_EQ(table.size(), 3u);
}

TEST(RoutingTable, HasSoManyNodesOfASubnetInAll) {
    RoutingTable table(id(0));
    for (std::uint8_t host = 1; host < 250; ++host) {
        for (int i = 0; i < 20; ++i) {
            // As many buckets as possible: the ids are not bound to the address here.
            NodeInfo node{id(static_cast<std::uint8_t>(0x80 >> i % 8)),
                          {IpAddress::v4({8, 8, 8, host}), 1}};
            node.id.bytes[1] = static_cast<std::byte>(0x80 >> i % 7);
            node.id.bytes[2] = static_cast<std::byte>(host);
            table.on_answer(node, at(0));
        }
    }
    EXPECT_LE(table.size() + table.spare_count(), RoutingTable::kMaxPerSubnet);
}

TEST(RoutingTable, PrefersIdsThatAreValidForTheirAddress) {
    RoutingTable table(id(0));
    for (std::uint8_t i = 0; i < 40; ++i) {
        NodeInfo node{id(0x80, i), {IpAddress::v4({20, i, 0, 1}), 1}};
        table.on_answer(node, at(0));
        node.id.bytes[0] = std::byte{0x01};
        node.endpoint.address = IpAddress::v4({21, i, 0, 1});
        table.on_answer(node, at(0));
    }
    for (std::uint8_t i = 0; i < kSize; ++i) {
        const auto text = "30." + std::to_string(i) + ".0.1:1";
        EXPECT_TRUE(table.on_answer(public_node(text, true), at(0))) << i;
    }
    std::size_t valid = 0;
    for (const auto& node : table.closest(id(0xff), kSize, true, at(1)))
        valid += is_valid_for(node.id, node.endpoint.address) ? 1 : 0;
    EXPECT_EQ(valid, kSize);
}

TEST(RoutingTable, LetsIdsMadeUpBesideItsOwnHaveHalfABucket) {
    RoutingTable table(id(0));
    for (std::uint8_t i = 0; i < kSize; ++i)
        table.on_answer(public_node("30." + std::to_string(i) + ".0.1:1", true), at(0));
    for (std::uint8_t i = 0; i < 200; ++i) {
        // Ever nearer to us.
        NodeInfo node{id(0), {IpAddress::v4({20, i, 0, 1}), 1}};
        node.id.bytes[2 + i / 12] = static_cast<std::byte>(0x80 >> i % 8);
        table.on_answer(node, at(0));
    }
    EXPECT_LE(table.size(), kSize + RoutingTable::kMaxInvalid);
}

TEST(RoutingTable, TakesANodeWithANewIdAtItsOldPlaceOnce) {
    RoutingTable table(id(0));
    auto node = public_node("8.8.8.8:1", true, 1);
    table.on_answer(node, at(0));
    for (std::uint64_t seed = 2; seed < 50; ++seed)
        table.on_answer(public_node("8.8.8.8:1", true, seed), at(1));
    EXPECT_EQ(table.size() + table.spare_count(), 1u);
}

TEST(RoutingTable, KeepsTheFirstOfTwoWithOneId) {
    RoutingTable table(id(0));
    table.on_answer({id(0x80), endpoint("127.0.0.1:1")}, at(0));
    EXPECT_FALSE(table.on_answer({id(0x80), endpoint("127.0.0.1:2")}, at(1)));
    table.on_silence(endpoint("127.0.0.1:1"), at(2));
    EXPECT_TRUE(table.on_answer({id(0x80), endpoint("127.0.0.1:2")}, at(3))) << "it has moved";
    EXPECT_EQ(table.size(), 1u);
}

TEST(RoutingTable, FindsNewBucketsForANewId) {
    RoutingTable table(id(0));
    for (std::uint8_t i = 0; i < kSize; ++i) {
        table.on_answer(local_node(0x80, i), at(0));
        table.on_answer(local_node(0x01, i), at(0));
    }
    table.move_to(id(0xff));
    EXPECT_EQ(table.size(), 2 * kSize);
    EXPECT_TRUE(table.has_room_for(local_node(0xfe)));
    EXPECT_FALSE(table.has_room_for(local_node(0x02)));
}

TEST(RoutingTable, StaysWithinItsBoundsWhateverComes) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        SCOPED_TRACE(seed);
        Rng rng(seed);
        RoutingTable table(id(0));
        auto now = at(0);
        for (int i = 0; i < 3000; ++i) {
            now += 1s;
            NodeInfo node{id(0), {IpAddress::v4({127, 0, 0, 1}), 1}};
            node.endpoint.port = static_cast<std::uint16_t>(1 + random_below(rng, 500));
            const auto depth = random_below(rng, 20);
            for (std::size_t k = depth; k < 20; ++k)
                node.id.bytes[k] = static_cast<std::byte>(rng());
            if (random_below(rng, 4) == 0) {
                table.on_silence(node.endpoint, now);
            } else {
                table.on_answer(node, now);
            }
            EXPECT_LE(table.closest(id(0), 10'000, false, now).size(), table.size());
        }
        EXPECT_LE(table.size(), kSize * NodeId::kBits);
        EXPECT_LE(table.size() + table.spare_count(), 500u) << "an endpoint is in it once";
    }
}

}  // namespace
}  // namespace bt::dht
