#include "bt/dht/state_file.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "bt/dht/dht.hpp"
#include "unit/dht/samples.hpp"

namespace bt::dht {
namespace {

using test::endpoint;
using test::id;

std::vector<NodeInfo> some_nodes() {
    return {{id(1), endpoint("1.2.3.4:5")},
            {id(2), endpoint("[2a00::1]:6")},
            {id(3), endpoint("127.0.0.1:7")}};
}

TEST(DhtStateFile, KeepsIdAndNodes) {
    const auto file = encode_nodes(id(9), some_nodes());
    const auto saved = parse_nodes(file);
    ASSERT_TRUE(saved);
    EXPECT_EQ(saved->own, id(9));
    EXPECT_EQ(saved->nodes.size(), 3u);
    for (const auto& node : some_nodes())
        EXPECT_EQ(std::count(saved->nodes.begin(), saved->nodes.end(), node), 1);
    EXPECT_TRUE(parse_nodes(encode_nodes(id(9), {}))->nodes.empty());
}

TEST(DhtStateFile, IsNothingWhenAnyByteOfItIsAnother) {
    const auto file = encode_nodes(id(9), some_nodes());
    for (std::size_t i = 0; i < file.size(); ++i) {
        EXPECT_FALSE(parse_nodes(Bytes(file).first(i))) << "cut at " << i;
        for (const auto bit : {0x01, 0x80}) {
            auto changed = file;
            changed[i] ^= static_cast<std::byte>(bit);
            EXPECT_FALSE(parse_nodes(changed)) << "changed at " << i;
        }
    }
    auto longer = file;
    longer.push_back(std::byte{'e'});
    EXPECT_FALSE(parse_nodes(longer));
    EXPECT_FALSE(parse_nodes(as_bytes("<html>")));
    EXPECT_FALSE(parse_nodes(ByteVector(kMaxStateBytes + 1)));
    EXPECT_EQ(parse_nodes({}).error().code, Errc::mismatch);
}

TEST(DhtStateFile, HoldsSoManyOfEachFamily) {
    std::vector<NodeInfo> nodes;
    for (std::size_t i = 0; i < kMaxKept + 10; ++i) {
        nodes.push_back({id(1, static_cast<std::uint8_t>(i)), endpoint("1.2.3.4:5")});
        nodes.push_back({id(1, static_cast<std::uint8_t>(i)), endpoint("[2a00::1]:5")});
    }
    const auto file = encode_nodes(id(9), nodes);
    EXPECT_LE(file.size(), kMaxStateBytes);
    const auto saved = parse_nodes(file);
    ASSERT_TRUE(saved);
    EXPECT_EQ(saved->nodes.size(), 2 * kMaxKept);
}

}  // namespace
}  // namespace bt::dht
