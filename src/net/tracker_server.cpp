#include "bt/net/tracker_server.hpp"

#include <algorithm>
#include <boost/asio/socket_base.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <utility>

#include "bt/net/clock.hpp"
#include "bt/net/deadline.hpp"
#include "net/connect.hpp"

namespace bt::net {

namespace {

namespace http = boost::beast::http;
using Parser = http::request_parser<http::empty_body>;
using Response = http::response<http::string_body>;

constexpr std::size_t kHeaderBytes = 8 * 1024;
/// Before accepting again when the system is short of descriptors.
constexpr auto kAcceptPause = std::chrono::milliseconds(100);

Response plain(http::status status, std::string body) {
    Response out(status, 11);
    out.set(http::field::content_type, "text/plain");
    out.set(http::field::connection, "close");
    out.body() = std::move(body);
    out.prepare_payload();
    return out;
}

Response respond(tracker::TrackerTable& table, const Parser& parser, const Endpoint& from) {
    const auto& request = parser.get();
    if (request.method() != http::verb::get) {
        return plain(http::status::method_not_allowed, "GET only\n");
    }
    const std::string_view target(request.target().data(), request.target().size());
    if (target.size() > tracker::kMaxTargetBytes) {
        return plain(http::status::uri_too_long, "too long\n");
    }
    const auto body = table.respond(target, from.address, now());
    if (!body) return plain(http::status::not_found, "not found\n");
    return plain(http::status::ok, std::string(as_text(*body)));
}

}  // namespace

TrackerServer::TrackerServer(asio::io_context& io, TrackerServerSettings settings)
    : settings_(std::move(settings)),
      table_(settings_.interval, settings_.rng),
      acceptor_(io.get_executor()),
      freed_(io.get_executor()),
      group_(io.get_executor()) {}

Result<std::unique_ptr<TrackerServer>> TrackerServer::create(asio::io_context& io,
                                                             TrackerServerSettings settings) {
    std::unique_ptr<TrackerServer> out(new TrackerServer(io, std::move(settings)));
    const auto listening = out->listen();
    if (!listening) return listening.error();
    return out;
}

Result<> TrackerServer::listen() {
    const auto at = to_tcp(settings_.listen);
    error_code ec;
    acceptor_.open(at.protocol(), ec);
    if (!ec) acceptor_.set_option(asio::socket_base::reuse_address(true), ec);
    if (!ec) acceptor_.bind(at, ec);
    if (!ec) acceptor_.listen(asio::socket_base::max_listen_connections, ec);
    if (ec) {
        return fail(Errc::network,
                    "cannot listen on " + settings_.listen.to_string() + ": " + plain_words(ec));
    }
    return {};
}

void TrackerServer::start() {
    group_.spawn(accept_loop());
}

Awaitable<void> TrackerServer::stop() {
    error_code ignored;
    acceptor_.close(ignored);
    group_.cancel();
    co_await group_.join();
}

Endpoint TrackerServer::local() const {
    error_code ec;
    const auto at = acceptor_.local_endpoint(ec);
    return ec ? settings_.listen : from_asio(at);
}

Awaitable<void> TrackerServer::accept_loop() {
    Timer pause(acceptor_.get_executor());
    while (acceptor_.is_open()) {
        if (connections_ >= kMaxConnections) {
            co_await freed_.wait();
            continue;
        }
        auto accepted = co_await acceptor_.async_accept(kAwait);
        if (!std::get<0>(accepted)) {
            ++connections_;
            group_.spawn(serve(std::move(std::get<1>(accepted))), [this] {
                --connections_;
                freed_.notify();
            });
            continue;
        }
        pause.expires_after(kAcceptPause);
        co_await pause.async_wait(kAwait);
    }
}

Awaitable<void> TrackerServer::serve(TcpSocket socket) {
    const Deadline deadline(socket.get_executor(), now() + settings_.patience, [&socket] {
        error_code ignored;
        socket.close(ignored);
    });
    error_code ec;
    const auto from = socket.remote_endpoint(ec);
    if (ec) co_return;
    Parser parser;
    parser.header_limit(kHeaderBytes);
    boost::beast::flat_buffer buffer;
    const auto [read_ec, read] = co_await http::async_read_header(socket, buffer, parser, kAwait);
    if (read_ec) co_return;
    const auto response = respond(table_, parser, from_asio(from));
    co_await http::async_write(socket, response, kAwait);
    socket.shutdown(asio::socket_base::shutdown_send, ec);
}

}  // namespace bt::net
