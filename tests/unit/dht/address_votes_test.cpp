#include "dht/address_votes.hpp"

#include <gtest/gtest.h>

#include "unit/dht/samples.hpp"

namespace bt::dht {
namespace {

using test::address;

IpAddress voter(std::size_t i) {
    return IpAddress::v4({30, 1, static_cast<std::uint8_t>(i), 1});
}

TEST(AddressVotes, NeedSoManyOfOneMind) {
    AddressVotes votes;
    for (std::size_t i = 0; i < AddressVotes::kNeeded; ++i) {
        EXPECT_FALSE(votes.agreed());
        votes.add(voter(i), address("8.8.8.8"));
    }
    EXPECT_EQ(votes.agreed(), address("8.8.8.8"));
}

TEST(AddressVotes, CountASubnetOnce) {
    AddressVotes votes;
    for (std::uint8_t i = 1; i < 100; ++i)
        votes.add(IpAddress::v4({30, 1, 1, i}), address("8.8.8.8"));
    EXPECT_FALSE(votes.agreed());
}

TEST(AddressVotes, AreNotSwayedByAFewLiars) {
    AddressVotes votes;
    for (std::size_t i = 0; i < 12; ++i)
        votes.add(voter(i), address("8.8.8.8"));
    for (std::size_t i = 12; i < 18; ++i)
        votes.add(voter(i), address("9.9.9.9"));
    EXPECT_EQ(votes.agreed(), address("8.8.8.8"));
    votes.add(voter(18), address("9.9.9.9"));
    EXPECT_FALSE(votes.agreed()) << "more than half as many say otherwise";
}

TEST(AddressVotes, FollowTheNewestOfThem) {
    AddressVotes votes;
    for (std::size_t i = 0; i < 100; ++i)
        votes.add(voter(i), address("8.8.8.8"));
    for (std::size_t i = 100; i < 100 + AddressVotes::kMaxVotes; ++i)
        votes.add(voter(i), address("9.9.9.9"));
    EXPECT_EQ(votes.agreed(), address("9.9.9.9"));
    votes.clear();
    EXPECT_FALSE(votes.agreed());
}

TEST(AddressVotes, DoNotCountWhatSaysNothing) {
    AddressVotes votes;
    for (std::uint8_t i = 0; i < 50; ++i) {
        votes.add(IpAddress::v4({192, 168, i, 1}), address("8.8.8.8"));
        votes.add(voter(i), address("192.168.0.1"));
        votes.add(voter(i), address("224.0.0.1"));
        votes.add(voter(i), address("2a00::1"));
    }
    EXPECT_FALSE(votes.agreed());
}

}  // namespace
}  // namespace bt::dht
