#include "session/listener.hpp"

#include <gtest/gtest.h>

#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/write.hpp>

#include "bt/net/udp_port.hpp"
#include "unit/net/support.hpp"

namespace bt::session {
namespace {

using net::error_code;
using net::tcp;
using net::udp;
namespace asio = net::asio;

class ListenerTest : public net::test::NetTest {
protected:
    ~ListenerTest() override { stop(); }

    void stop() {
        if (listener) net::test::run(io, listener->stop());
        listener.reset();
    }
    Result<> open(std::uint16_t first, std::uint16_t last, bool required,
                  const Listener::Also& also = {}) {
        auto made = Listener::open(
            io, first, last, required,
            [this](net::TcpSocket, const Endpoint&, const wire::Handshake& theirs) {
                welcomed.push_back(theirs.info_hash);
            },
            also);
        if (!made) return made.error();
        listener = std::move(*made);
        return {};
    }
    Listener::Also with_udp() {
        return [this](std::uint16_t port) { return port_of_udp.bind(port); };
    }
    /// A range of `count` ports that are free in TCP and UDP.
    std::uint16_t free_range(std::uint16_t count) {
        for (std::uint32_t first = 20000; first + count < 60000; first += 97) {
            bool all = true;
            for (std::uint32_t port = first; all && port < first + count; ++port)
                all = is_free(static_cast<std::uint16_t>(port));
            if (all) return static_cast<std::uint16_t>(first);
        }
        throw std::runtime_error("no ports are free");
    }
    bool is_free(std::uint16_t port) {
        net::UdpPort probe(io);
        return !probe.bind(port) && Listener::open(io, port, port, true, {});
    }

    std::unique_ptr<Listener> listener;
    net::UdpPort port_of_udp{io};
    std::vector<InfoHash> welcomed;
};

TEST_F(ListenerTest, WelcomesAPeerByTheTorrentOfItsHandshake) {
    ASSERT_TRUE(open(0, 0, true));
    EXPECT_NE(listener->port(), 0);
    listener->start();
    InfoHash hash;
    hash.bytes.fill(std::byte{0xab});
    wire::Handshake handshake;
    handshake.info_hash = hash;
    const auto bytes = wire::to_wire(handshake);
    net::TcpSocket socket(io.get_executor());
    socket.connect(tcp::endpoint(asio::ip::address_v4::loopback(), listener->port()));
    asio::write(socket, asio::buffer(bytes));
    ASSERT_TRUE(net::test::run_until(io, [&] { return !welcomed.empty(); }));
    EXPECT_EQ(welcomed.front(), hash);
}

TEST_F(ListenerTest, TakesAnyPortThatTcpAndUdpBothHave) {
    ASSERT_TRUE(open(0, 0, true, with_udp()));
    EXPECT_NE(listener->port(), 0);
    EXPECT_EQ(listener->port(), port_of_udp.port());
}

TEST_F(ListenerTest, TakesTheFirstPortOfItsRangeThatTcpAndUdpBothHave) {
    const auto first = free_range(3);
    const tcp::acceptor tcp_taken(io, tcp::endpoint(tcp::v4(), first));
    const udp::socket udp_taken(io,
                                udp::endpoint(udp::v4(), static_cast<std::uint16_t>(first + 1)));
    ASSERT_TRUE(open(first, static_cast<std::uint16_t>(first + 2), true, with_udp()));
    EXPECT_EQ(listener->port(), first + 2);
    EXPECT_EQ(port_of_udp.port(), first + 2);
}

TEST_F(ListenerTest, IsContentWithAPortThatOnlyTcpHasWhenUdpIsNotWanted) {
    const auto port = free_range(1);
    const udp::socket udp_taken(io, udp::endpoint(udp::v4(), port));
    ASSERT_TRUE(open(port, port, true));
    EXPECT_EQ(listener->port(), port);
}

TEST_F(ListenerTest, FailsWhenARangeThatIsRequiredIsTaken) {
    const auto port = free_range(1);
    const udp::socket udp_taken(io, udp::endpoint(udp::v4(), port));
    const auto opened = open(port, port, true, with_udp());
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Errc::network);
    EXPECT_EQ(opened.error().message,
              "cannot listen on port " + std::to_string(port) + ": Address already in use");
    EXPECT_EQ(port_of_udp.port(), 0);
}

TEST_F(ListenerTest, TakesAnyPortWhenARangeThatIsNotRequiredIsTaken) {
    const auto port = free_range(1);
    const udp::socket udp_taken(io, udp::endpoint(udp::v4(), port));
    ASSERT_TRUE(open(port, port, false, with_udp()));
    EXPECT_NE(listener->port(), port);
    EXPECT_EQ(listener->port(), port_of_udp.port());
}

TEST_F(ListenerTest, TriesOtherPortsOfTheSystemOnlySoOften) {
    int asked = 0;
    const auto never = [&](std::uint16_t) -> error_code {
        ++asked;
        return asio::error::address_in_use;
    };
    EXPECT_FALSE(open(0, 0, true, never));
    EXPECT_EQ(asked, Listener::kAnyPortTries);
    const auto last_time = [&](std::uint16_t) -> error_code {
        if (++asked == Listener::kAnyPortTries) return {};
        return asio::error::address_in_use;
    };
    asked = 0;
    EXPECT_TRUE(open(0, 0, true, last_time));
}

TEST_F(ListenerTest, TriesNoOtherPortWhenUdpCannotBeHadAtAll) {
    int asked = 0;
    const auto forbidden = [&](std::uint16_t) -> error_code {
        ++asked;
        return asio::error::no_permission;
    };
    EXPECT_FALSE(open(0, 0, true, forbidden));
    EXPECT_EQ(asked, 1);
}

}  // namespace
}  // namespace bt::session
