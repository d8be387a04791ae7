// What a client of the built-in tracker sends, from the socket on: it answers in HTTP or hangs up.
#include <cstdint>
#include <memory>
#include <string>

#include "bt/core/assert.hpp"
#include "bt/net/tracker_server.hpp"
#include "loopback.hpp"

namespace {

using namespace bt;

net::Awaitable<void> talk(net::TrackerServer& server, net::asio::io_context& io, Bytes bytes,
                          std::string& heard) {
    net::TcpSocket socket(io);
    const auto [ec] = co_await socket.async_connect(net::to_tcp(server.local()), net::kAwait);
    BT_ASSERT(!ec);
    co_await net::asio::async_write(socket, net::asio::buffer(bytes.data(), bytes.size()),
                                    net::kAwait);
    net::error_code ignored;
    socket.shutdown(net::asio::socket_base::shutdown_send, ignored);
    co_await fuzz::drain(socket, heard);
    co_await server.stop();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static net::asio::io_context io(1);
    net::TrackerServerSettings settings;
    settings.listen = {IpAddress::v4({127, 0, 0, 1}), 0};
    auto server = net::TrackerServer::create(io, settings).value();
    server->start();
    int running = 0;
    std::string heard;
    fuzz::start(io, running, talk(*server, io, std::as_bytes(std::span(data, size)), heard), [] {});
    fuzz::run(io, running);
    BT_ASSERT(heard.empty() || heard.starts_with("HTTP/1.1 "));
    BT_ASSERT(server->table().peer_count() <= 1);
    BT_ASSERT(heard.find("200 OK") != std::string::npos || server->table().peer_count() == 0);
    return 0;
}
