// Nodes of a DHT on loopback, each with a port and a service of its own, and a stranger who only
// counts what he is sent.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/buffer.hpp>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "session/dht_service.hpp"
#include "unit/net/support.hpp"
#include "unit/session/session_fixture.hpp"

namespace bt::session::test {

inline InfoHash hash_of(unsigned char byte) {
    InfoHash out;
    out.bytes.fill(std::byte{byte});
    return out;
}

/// What a torrent would be told.
struct Recorder final : DhtService::Searcher {
    void on_dht_peers(std::span<const Endpoint> found) override {
        peers.insert(peers.end(), found.begin(), found.end());
        if (on_peers) on_peers();
    }
    void on_dht_round(std::size_t) override { ++rounds; }

    std::vector<Endpoint> peers;
    int rounds = 0;
    std::function<void()> on_peers;
};

/// A socket that answers nobody.
class Stranger {
public:
    explicit Stranger(net::asio::io_context& io)
        : socket_(io, net::udp::endpoint(net::asio::ip::address_v4::loopback(), 0)) {
        socket_.non_blocking(true);
    }
    [[nodiscard]] std::uint16_t port() const { return socket_.local_endpoint().port(); }
    [[nodiscard]] Endpoint endpoint() const { return net::from_asio(socket_.local_endpoint()); }
    /// Datagrams so far. On loopback these are all that were sent.
    std::size_t heard() {
        std::array<char, 2048> buffer;
        net::error_code ec;
        for (;;) {
            socket_.receive(net::asio::buffer(buffer), 0, ec);
            if (ec) return heard_;
            ++heard_;
        }
    }

private:
    std::size_t heard_ = 0;
    net::udp::socket socket_;
};

/// One client.
struct DhtNode {
    DhtNode(net::Services& services, DhtSettings settings) : port(services.io()) {
        if (port.bind(0)) throw std::runtime_error("no port is free");
        settings.read_only_for = Duration(0);
        service.emplace(services, port, std::move(settings));
        port.start(
            [this](Bytes packet, const Endpoint& from) { service->on_packet(packet, from); });
    }
    [[nodiscard]] Endpoint endpoint() const { return {IpAddress::v4({127, 0, 0, 1}), port.port()}; }
    [[nodiscard]] DhtService* operator->() { return &*service; }

    net::UdpPort port;
    std::optional<DhtService> service;
};

class DhtServiceTest : public net::test::NetTest {
protected:
    DhtServiceTest() {
        settings.look_up = [found =
                                look_ups](const std::string&) -> Result<std::vector<IpAddress>> {
            ++*found;
            return fail(Errc::resolve_failed, "host not found");
        };
    }
    ~DhtServiceTest() override {
        for (auto& node : nodes)
            stop(*node);
    }

    /// A node that knows the address of `router` alone.
    DhtNode& add(const Endpoint& router, DhtSettings given = {}) {
        given.routers = {{router.address.to_string(), router.port}};
        return add(std::move(given));
    }
    DhtNode& add(DhtSettings given) {
        // Without any it would go to the well-known ones.
        if (given.routers.empty()) throw std::runtime_error("a test without a router");
        nodes.push_back(std::make_unique<DhtNode>(services(), std::move(given)));
        return *nodes.back();
    }
    void stop(DhtNode& node) {
        net::test::run(io, node.service->stop());
        net::test::run(io, node.port.stop());
    }
    /// All that can be done without waiting.
    void settle() {
        io.restart();
        io.poll();
    }
    template <class Condition>
    bool until(Condition condition) {
        return net::test::run_until(io, condition);
    }
    bool works(DhtNode& node) {
        return until([&] { return node->status().state == DhtService::State::working; });
    }

    Recorder& record() { return recorders.emplace_back(); }

    // A look-up may outlast the test.
    const std::shared_ptr<std::atomic<int>> look_ups = std::make_shared<std::atomic<int>>(0);
    std::deque<Recorder> recorders;  // as long as anybody might tell them something
    Stranger stranger{io};
    std::vector<std::unique_ptr<DhtNode>> nodes;
};

}  // namespace bt::session::test
