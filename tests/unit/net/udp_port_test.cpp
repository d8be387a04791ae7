#include "bt/net/udp_port.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/ip/v6_only.hpp>
#include <string>

#include "unit/net/support.hpp"

namespace bt::net {
namespace {

using ::testing::ElementsAre;

class UdpPortTest : public ::testing::Test {
protected:
    ~UdpPortTest() override { stop(); }

    void stop() { test::run(io, port.stop()); }
    void start() {
        ASSERT_FALSE(port.bind(0));
        port.start([this](Bytes packet, const Endpoint& from) {
            packets.emplace_back(as_text(packet));
            senders.push_back(from);
            if (on_packet) on_packet();
        });
    }
    bool received(std::size_t count) {
        return test::run_until(io, [&] { return packets.size() >= count; });
    }
    udp::endpoint here() const { return {asio::ip::address_v4::loopback(), port.port()}; }

    asio::io_context io;
    UdpPort port{io};
    std::vector<std::string> packets;
    std::vector<Endpoint> senders;
    std::function<void()> on_packet;
    udp::socket other{io, udp::endpoint(asio::ip::address_v4::loopback(), 0)};
    const Endpoint other_end = from_asio(other.local_endpoint());
};

TEST_F(UdpPortTest, ReceivesAndAnswersTheSender) {
    start();
    other.send_to(asio::buffer("ping", 4), here());
    ASSERT_TRUE(received(1));
    EXPECT_THAT(packets, ElementsAre("ping"));
    EXPECT_EQ(senders[0], other_end);
    port.send(as_bytes("pong"), senders[0]);
    char answer[16];
    udp::endpoint from;
    EXPECT_EQ(other.receive_from(asio::buffer(answer), from), 4u);
    EXPECT_EQ(from, here());
    EXPECT_EQ(port.counts().received, 1u);
    EXPECT_EQ(port.counts().sent, 1u);
}

TEST_F(UdpPortTest, SpeaksBothFamiliesOnOneNumber) {
    start();
    if (!port.has_v6()) GTEST_SKIP() << "there is no IPv6 here";
    udp::socket six(io, udp::endpoint(asio::ip::address_v6::loopback(), 0));
    const udp::endpoint to(asio::ip::address_v6::loopback(), port.port());
    error_code ec;
    six.send_to(asio::buffer("six", 3), to, 0, ec);
    if (ec) GTEST_SKIP() << "there is no IPv6 here";
    other.send_to(asio::buffer("four", 4), here());
    ASSERT_TRUE(received(2));
    EXPECT_THAT(packets, ::testing::UnorderedElementsAre("six", "four"));
    // An IPv4 sender is one, also on a host where IPv6 sockets would take it.
    EXPECT_THAT(senders,
                ::testing::UnorderedElementsAre(from_asio(six.local_endpoint()), other_end));
    port.send(as_bytes("back"), from_asio(six.local_endpoint()));
    char answer[16];
    EXPECT_EQ(six.receive(asio::buffer(answer)), 4u);
}

TEST_F(UdpPortTest, TakesMoreThanOneWakeUpGives) {
    start();
    const auto most = kMaxDatagramsAtOnce * 2 + 1;
    for (std::size_t i = 0; i < most; ++i)
        other.send_to(asio::buffer(std::to_string(i)), here());
    ASSERT_TRUE(received(most));
    for (std::size_t i = 0; i < most; ++i)
        EXPECT_EQ(packets[i], std::to_string(i));
}

TEST_F(UdpPortTest, LeavesTheOthersTheirTurnInAFlood) {
    start();
    for (std::size_t i = 0; i < kMaxDatagramsAtOnce + 1; ++i)
        other.send_to(asio::buffer("x", 1), here());
    while (packets.empty())
        io.run_one_for(std::chrono::seconds(1));
    EXPECT_EQ(packets.size(), kMaxDatagramsAtOnce);
    EXPECT_TRUE(received(kMaxDatagramsAtOnce + 1));
}

TEST_F(UdpPortTest, TakesTheEmptyAndTheLongestDatagram) {
    start();
    const std::string longest(65507, 'x');
    other.send_to(asio::buffer("", 0), here());
    other.send_to(asio::buffer(longest), here());
    ASSERT_TRUE(received(2));
    EXPECT_THAT(packets, ElementsAre("", longest));
}

TEST_F(UdpPortTest, GoesOnAfterNobodyWasThere) {
    start();
    const auto gone = other_end;
    other.close();
    // The answers to these are ICMP errors.
    for (int i = 0; i < 20; ++i)
        port.send(as_bytes("anybody?"), gone);
    udp::socket next(io, udp::endpoint(asio::ip::address_v4::loopback(), 0));
    next.send_to(asio::buffer("here", 4), here());
    ASSERT_TRUE(received(1));
    port.send(as_bytes("good"), from_asio(next.local_endpoint()));
    char answer[16];
    EXPECT_EQ(next.receive(asio::buffer(answer)), 4u);
}

TEST_F(UdpPortTest, CountsWhatCannotLeave) {
    start();
    const std::string too_long(65508, 'x');
    port.send(as_bytes(too_long), other_end);
    port.send(as_bytes("x"), {IpAddress::v4({255, 255, 255, 255}), 6881});  // broadcast
    EXPECT_EQ(port.counts().not_sent, 2u);
    EXPECT_EQ(port.counts().sent, 0u);
    port.close();
    port.send(as_bytes("x"), other_end);
    EXPECT_EQ(port.counts().not_sent, 3u);
}

TEST_F(UdpPortTest, CountsWhatIsSentBeforeItIsBound) {
    port.send(as_bytes("x"), other_end);
    EXPECT_EQ(port.counts().not_sent, 1u);
}

TEST_F(UdpPortTest, IsNotBoundToAPortThatIsTakenInEitherFamily) {
    const auto taken = other.local_endpoint().port();
    EXPECT_EQ(port.bind(taken), asio::error::address_in_use);
    EXPECT_EQ(port.port(), 0);
    EXPECT_FALSE(port.has_v4());
    EXPECT_FALSE(port.has_v6());
    ASSERT_FALSE(port.bind(0));
    if (!port.has_v6()) return;
    udp::socket six(io, udp::v6());
    six.set_option(asio::ip::v6_only(true));
    six.bind(udp::endpoint(udp::v6(), 0));
    EXPECT_EQ(port.bind(six.local_endpoint().port()), asio::error::address_in_use);
    EXPECT_FALSE(port.has_v4());
}

TEST_F(UdpPortTest, IsBoundAgainInPlaceOfBefore) {
    ASSERT_FALSE(port.bind(0));
    const auto first = port.port();
    ASSERT_FALSE(port.bind(0));
    UdpPort second(io);
    EXPECT_FALSE(second.bind(first));
}

TEST_F(UdpPortTest, MayBeClosedByTheOneItTells) {
    start();
    on_packet = [this] { port.close(); };
    other.send_to(asio::buffer("one", 3), here());
    other.send_to(asio::buffer("two", 3), here());
    ASSERT_TRUE(received(1));
    stop();
    EXPECT_THAT(packets, ElementsAre("one"));
}

TEST_F(UdpPortTest, StopsTwiceAndBeforeItWasStarted) {
    stop();
    start();
    stop();
    stop();
    EXPECT_TRUE(packets.empty());
}

}  // namespace
}  // namespace bt::net
