// What a session says on its ports to peers that know of the DHT and of uTP.
#include <gtest/gtest.h>

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <string>

#include "unit/session/dht_service_fixture.hpp"
#include "unit/session/session_fixture.hpp"

namespace bt::session {
namespace {

using namespace test;

const auto kLoopback = net::asio::ip::address_v4::loopback();

class SessionPortsTest : public SessionTest {
protected:
    /// One that knows of a node that never answers.
    SessionSettings with_dht() {
        auto out = unseen();
        out.discovery.dht = true;
        out.discovery.dht_bootstrap.emplace_back("127.0.0.1", stranger_.port());
        return out;
    }

    /// What a seed says after its pieces to a peer that knows of the DHT and is interested.
    std::string told_by(SessionSettings settings, std::size_t bytes) {
        const auto payload = make_payload({100'000}, 32'000);
        write_payload(payload, seed_dir_.path());
        Node seed(io_, std::move(settings));
        const auto id = *seed.add(payload, seed_dir_.path(), [](auto& x) { x.seed_only = true; });
        run_until([&] { return seed.session->status(id).state == TorrentState::seeding; });
        net::TcpSocket peer(io_.get_executor());
        peer.connect({kLoopback, seed.session->listen_port()});
        std::string handshake =
            "\x13"
            "BitTorrent protocol";
        handshake.append(7, '\0').append(1, '\x01');  // BEP 5
        handshake.append(as_text(payload.metainfo->info_hash.bytes)).append(20, 'p');
        handshake.append({'\0', '\0', '\0', '\x01', '\x02'});  // interested
        net::asio::write(peer, net::asio::buffer(handshake));
        std::string heard(68 + 6 + bytes, '\0');
        bool done = false;
        net::asio::async_read(peer, net::asio::buffer(heard),
                              [&](auto, std::size_t) { done = true; });
        run_until([&] { return done; });
        stop(seed);
        listened_ = seed.session->listen_port();
        return heard.substr(68 + 6);
    }

    Stranger stranger_{io_};
    std::uint16_t listened_ = 0;
};

TEST_F(SessionPortsTest, ANodeThatAnswersIsNamedToPeers) {
    auto settings = with_dht();
    settings.discovery.dht_serves = true;
    const auto told = told_by(settings, 7);
    const std::string port{static_cast<char>(listened_ >> 8), static_cast<char>(listened_)};
    EXPECT_EQ(told, std::string("\0\0\0\x03\x09", 5) + port);
}

TEST_F(SessionPortsTest, ANodeThatAnswersNobodyIsNamedToNobody) {
    EXPECT_EQ(told_by(with_dht(), 5), std::string("\0\0\0\x01\x01", 5));  // unchoke
}

TEST_F(SessionPortsTest, WhoAsksForUtpIsRefusedAtOnce) {
    Node node(io_, with_dht());
    net::udp::socket peer(io_, net::udp::endpoint(kLoopback, 0));
    const std::string syn("\x41\0\x12\x34\0\0\x03\xe8\0\0\0\0\0\x10\0\0\xab\xcd\0\0", 20);
    peer.send_to(net::asio::buffer(syn), {kLoopback, node.session->listen_port()});
    std::string answer(100, '\0');
    bool done = false;
    peer.async_receive(net::asio::buffer(answer), [&](auto, std::size_t length) {
        answer.resize(length);
        done = true;
    });
    run_until([&] { return done; });
    ASSERT_EQ(answer.size(), 20u);
    EXPECT_EQ(answer.substr(0, 4), std::string("\x31\0\x12\x34", 4));
    EXPECT_EQ(answer.substr(18), "\xab\xcd");
    stop(node);
}

}  // namespace
}  // namespace bt::session
