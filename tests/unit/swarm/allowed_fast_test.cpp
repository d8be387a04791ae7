#include "swarm/allowed_fast.hpp"

#include <gtest/gtest.h>

namespace bt::swarm {
namespace {

std::vector<std::uint32_t> set_for(const IpAddress& address, std::uint32_t pieces,
                                   std::uint32_t count) {
    InfoHash hash;
    hash.bytes.fill(std::byte{0xaa});
    std::vector<std::uint32_t> out;
    for (const auto piece : allowed_fast_set(address, hash, pieces, count))
        out.push_back(piece.value());
    return out;
}

TEST(AllowedFastSet, IsTheOneOfBep6) {
    const auto address = IpAddress::v4({80, 4, 4, 200});
    EXPECT_EQ(set_for(address, 1313, 7),
              (std::vector<std::uint32_t>{1059, 431, 808, 1217, 287, 376, 1188}));
    EXPECT_EQ(set_for(address, 1313, 9),
              (std::vector<std::uint32_t>{1059, 431, 808, 1217, 287, 376, 1188, 353, 508}));
}

TEST(AllowedFastSet, IsTheSameForAllOfANetwork) {
    EXPECT_EQ(set_for(IpAddress::v4({80, 4, 4, 1}), 1313, 7),
              set_for(IpAddress::v4({80, 4, 4, 250}), 1313, 7));
}

TEST(AllowedFastSet, EndsWhenThereAreFewerPieces) {
    EXPECT_EQ(set_for(IpAddress::v4({80, 4, 4, 1}), 3, 10).size(), 3u);
    EXPECT_TRUE(set_for(IpAddress::v4({80, 4, 4, 1}), 0, 10).empty());
}

TEST(AllowedFastSet, IsEmptyForIpv6) {
    EXPECT_TRUE(set_for(*IpAddress::parse("2001:db8::1"), 1313, 7).empty());
}

}  // namespace
}  // namespace bt::swarm
