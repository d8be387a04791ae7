#include "bt/dht/node_id.hpp"

#include <gtest/gtest.h>

#include <string>

#include "unit/dht/samples.hpp"

namespace bt::dht {
namespace {

using test::address;
using test::id;

NodeId from_hex(std::string_view text) {
    NodeId out;
    for (std::size_t i = 0; i < out.bytes.size(); ++i) {
        out.bytes[i] =
            static_cast<std::byte>(std::stoul(std::string(text.substr(2 * i, 2)), nullptr, 16));
    }
    return out;
}

TEST(NodeId, IsValidForItsAddressAsInBep42) {
    const struct {
        std::string_view address;
        std::string_view id;
    } rows[] = {
        {"124.31.75.21", "5fbfbff10c5d6a4ec8a88e4c6ab4c28b95eee401"},
        {"21.75.31.124", "5a3ce9c14e7a08645677bbd1cfe7d8f956d53256"},
        {"65.23.51.170", "a5d43220bc8f112a3d426c84764f8c2a1150e616"},
        {"84.124.73.14", "1b0321dd1bb1fe518101ceef99462b947a01ff41"},
        {"43.213.53.83", "e56f6cbf5b7c4be0237986d5243b87aa6d51305a"},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.address);
        const auto own = from_hex(row.id);
        EXPECT_TRUE(is_valid_for(own, address(row.address)));
        for (const auto& other : rows)
            EXPECT_EQ(is_valid_for(own, address(other.address)), &other == &row);
        // The first 21 bits count, and the last three.
        for (std::size_t bit = 0; bit < NodeId::kBits; ++bit) {
            auto changed = own;
            changed.bytes[bit / 8] ^= std::byte{0x80} >> static_cast<int>(bit % 8);
            if (bit >= 157) continue;  // another choice of the eight: all of the hash changes
            EXPECT_EQ(is_valid_for(changed, address(row.address)), bit >= 21) << bit;
        }
    }
}

TEST(NodeId, IsMadeForAnAddressOfEitherFamily) {
    const auto random = test::numbers();
    for (const auto* text : {"124.31.75.21", "8.8.8.8", "2a00:1450:4001:81b::200e"}) {
        for (int i = 0; i < 50; ++i) {
            const auto own = make_node_id(address(text), random);
            EXPECT_TRUE(is_valid_for(own, address(text)));
            EXPECT_NE(own, make_node_id(address(text), random));
            EXPECT_FALSE(is_valid_for(own, address("203.0.113.7")));
        }
    }
}

TEST(NodeId, OfAnIpv6AddressHangsOnItsFirstHalf) {
    const auto own = make_node_id(address("2a00:1450:4001:81b::1"), test::numbers());
    EXPECT_TRUE(is_valid_for(own, address("2a00:1450:4001:81b:ffff::2")));
    EXPECT_FALSE(is_valid_for(own, address("2a00:1450:4001:81c::1")));
}

TEST(NodeId, MayBeAnythingInLocalRanges) {
    for (const auto* text : {"127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.1.1",
                             "::1", "fe80::1", "fd00::1"}) {
        EXPECT_TRUE(is_valid_for(id(0x12), address(text))) << text;
    }
    EXPECT_FALSE(is_valid_for(id(0x12), address("172.32.0.1")));
}

TEST(NodeId, IsMeasuredByXor) {
    EXPECT_TRUE(closer(id(0x10), id(0x20), id(0x11)));
    EXPECT_FALSE(closer(id(0x20), id(0x10), id(0x11)));
    EXPECT_TRUE(closer(id(0x80), id(0x7f), id(0xff)));
    EXPECT_TRUE(closer(id(1, 2), id(1, 3), id(1, 0)));
    EXPECT_FALSE(closer(id(1), id(1), id(7)));
}

TEST(NodeId, SharesLeadingBits) {
    EXPECT_EQ(common_prefix(id(0x80), id(0x00)), 0u);
    EXPECT_EQ(common_prefix(id(0x01), id(0x00)), 7u);
    EXPECT_EQ(common_prefix(id(0, 1), id(0, 0)), 159u);
    EXPECT_EQ(common_prefix(id(5), id(5)), NodeId::kBits);
}

}  // namespace
}  // namespace bt::dht
