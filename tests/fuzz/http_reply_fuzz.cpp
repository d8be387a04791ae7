// What an HTTP server answers, head and body, as http_get() takes it from a socket on loopback. A
// redirect is judged and not followed: the input never chooses who is connected to.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "bt/core/assert.hpp"
#include "bt/net/http_client.hpp"
#include "bt/net/services.hpp"
#include "loopback.hpp"
#include "plain_text.hpp"

namespace {

using namespace bt;

constexpr std::size_t kMaxBody = 1000;
constexpr const char* kPassword = "secret";

struct Network {
    net::asio::io_context io{1};
    std::unique_ptr<net::Services> services =
        net::Services::create(io, net::ServicesSettings{}).value();
    net::TcpAcceptor acceptor{io, {net::asio::ip::address_v4::loopback(), 0}};
};

net::Awaitable<void> answer(net::TcpAcceptor& acceptor, Bytes bytes) {
    auto accepted = co_await acceptor.async_accept(net::kAwait);
    if (std::get<0>(accepted)) co_return;
    auto& socket = std::get<1>(accepted);
    std::string heard;
    co_await net::asio::async_read_until(socket, net::asio::dynamic_buffer(heard), "\r\n\r\n",
                                         net::kAwait);
    co_await net::asio::async_write(socket, net::asio::buffer(bytes.data(), bytes.size()),
                                    net::kAwait);
    net::error_code ignored;
    socket.shutdown(net::asio::socket_base::shutdown_send, ignored);
    co_await fuzz::drain(socket, heard);
}

net::Awaitable<void> ask(net::Services& services, text::Url url, net::HttpOptions options,
                         std::optional<Result<net::HttpResponse>>& out) {
    out.emplace(co_await net::http_get(services, std::move(url), std::move(options)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Network network;
    const auto port = network.acceptor.local_endpoint().port();
    const auto url = text::Url::parse("http://me:" + std::string(kPassword) +
                                      "@127.0.0.1:" + std::to_string(port) + "/a?b");
    net::HttpOptions options;
    options.max_body = kMaxBody;
    options.may_look_up = false;
    options.any_status = size % 2 == 0;
    options.refuse = [first = true](const text::Url&,
                                    const IpAddress&) mutable -> std::optional<std::string> {
        if (std::exchange(first, false)) return std::nullopt;
        return "not followed";
    };

    int running = 0;
    std::optional<Result<net::HttpResponse>> result;
    fuzz::start(network.io, running, answer(network.acceptor, std::as_bytes(std::span(data, size))),
                [] {});
    fuzz::start(network.io, running, ask(*network.services, *url, options, result),
                [] { network.acceptor.cancel(); });
    fuzz::run(network.io, running);

    BT_ASSERT(result.has_value());
    if (const auto& got = *result) {
        BT_ASSERT(options.any_status || (got->status >= 200 && got->status <= 299));
        BT_ASSERT(got->body.size() <= kMaxBody && got->body.size() <= size);
        BT_ASSERT(got->url == *url && got->from.port == port);
    } else {
        const auto& message = got.error().message;
        BT_ASSERT(fuzz::is_clean(message) && message.find(": ") != std::string::npos);
        // The password stays out of it, unless the server has said the same.
        const auto input = as_text(std::as_bytes(std::span(data, size)));
        BT_ASSERT(message.find(kPassword) == std::string::npos ||
                  input.find(kPassword) != std::string_view::npos);
        BT_ASSERT(got.error().code != Errc::timeout);
    }
    return 0;
}
