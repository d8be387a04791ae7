#include "bt/tracker/udp_connections.hpp"

#include <gtest/gtest.h>

#include "unit/tracker/samples.hpp"

namespace bt::tracker {
namespace {

using test::at;

Endpoint tracker(std::size_t port) {
    return {IpAddress::v4({192, 0, 2, 1}), static_cast<std::uint16_t>(port)};
}

std::optional<std::uint64_t> id(UdpConnections& connections, const Endpoint& of) {
    const auto found = connections.find(of, at(0));
    return found ? std::optional(found->id) : std::nullopt;
}

TEST(UdpConnections, FindsAConnectionUntilItExpires) {
    UdpConnections connections;
    connections.keep(tracker(1), {7, at(60)});
    const auto found = connections.find(tracker(1), at(59));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->id, 7u);
    EXPECT_EQ(found->expires, at(60));
    EXPECT_FALSE(connections.find(tracker(1), at(60)));
    EXPECT_EQ(connections.size(), 0u);
}

TEST(UdpConnections, GivesAConnectionToItsOwnEndpointOnly) {
    UdpConnections connections;
    connections.keep(tracker(1), {7, at(60)});
    EXPECT_FALSE(id(connections, tracker(2)));
    EXPECT_FALSE(id(connections, {IpAddress::v4({192, 0, 2, 2}), 1}));
    EXPECT_EQ(id(connections, tracker(1)), 7u);
}

TEST(UdpConnections, KeepsTheLatestOfAnEndpoint) {
    UdpConnections connections;
    connections.keep(tracker(1), {7, at(60)});
    connections.keep(tracker(1), {8, at(60)});
    EXPECT_EQ(id(connections, tracker(1)), 8u);
    EXPECT_EQ(connections.size(), 1u);
}

TEST(UdpConnections, ForgetsOneEndpoint) {
    UdpConnections connections;
    connections.keep(tracker(1), {7, at(60)});
    connections.keep(tracker(2), {8, at(60)});
    connections.forget(tracker(1));
    EXPECT_FALSE(id(connections, tracker(1)));
    EXPECT_EQ(id(connections, tracker(2)), 8u);
}

TEST(UdpConnections, DropsTheLeastRecentlyUsedAtItsBound) {
    UdpConnections connections;
    for (std::size_t i = 0; i < UdpConnections::kMaxKept; ++i)
        connections.keep(tracker(i), {i, at(60)});
    EXPECT_EQ(connections.size(), UdpConnections::kMaxKept);
    EXPECT_EQ(id(connections, tracker(0)), 0u);  // used: the next one is the oldest now
    connections.keep(tracker(1000), {1000, at(60)});
    EXPECT_EQ(connections.size(), UdpConnections::kMaxKept);
    EXPECT_FALSE(id(connections, tracker(1)));
    EXPECT_EQ(id(connections, tracker(0)), 0u);
    EXPECT_EQ(id(connections, tracker(2)), 2u);
    EXPECT_EQ(id(connections, tracker(1000)), 1000u);
}

}  // namespace
}  // namespace bt::tracker
