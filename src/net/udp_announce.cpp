#include "net/udp_announce.hpp"

#include <boost/asio/buffer.hpp>
#include <utility>
#include <vector>

#include "bt/net/clock.hpp"
#include "bt/net/deadline.hpp"
#include "bt/net/random.hpp"
#include "net/connect.hpp"

namespace bt::net {

namespace {

/// Far more than the peers that are asked for need; a longer reply is cut, which costs peers only.
constexpr std::size_t kReceiveBytes = 16 * 1024;

tracker::AnnounceFailure failure(const error_code& error) {
    return {fail(Errc::network, plain_words(error)), {}};
}

/// What the machine asks for, until its announce is over. We listen at `port`.
Awaitable<tracker::AnnounceOutcome> converse(Executor executor, Endpoint to, std::uint16_t port,
                                             tracker::UdpExchange& exchange) {
    UdpSocket socket(executor);
    error_code ec;
    socket.open(to.address.is_v4() ? udp::v4() : udp::v6(), ec);
    if (!ec) socket.connect(to_udp(to), ec);
    if (ec) co_return failure(ec);
    const auto from = socket.local_endpoint(ec);
    if (ec) co_return failure(ec);
    const Endpoint us{from_asio(from).address, port};

    std::vector<std::byte> buffer(kReceiveBytes);
    for (;;) {
        if (const auto packet = exchange.poll(now())) {
            const auto bytes = asio::buffer(*packet);
            const auto [send_ec, sent] = co_await socket.async_send(bytes, kAwait);
            if (send_ec) co_return failure(send_ec);
        }
        if (exchange.outcome()) co_return *exchange.outcome();
        const Deadline wake(executor, exchange.wake_at(), [&socket] {
            error_code ignored;
            socket.cancel(ignored);
        });
        const auto space = asio::buffer(buffer);
        const auto [receive_ec, size] = co_await socket.async_receive(space, kAwait);
        if (receive_ec == asio::error::operation_aborted) continue;  // it is time to send again
        if (receive_ec) co_return failure(receive_ec);
        exchange.on_packet(Bytes(buffer).first(size), now());
        if (!exchange.outcome()) continue;
        auto outcome = *exchange.outcome();
        if (outcome) std::erase(outcome->peers, us);
        co_return outcome;
    }
}

}  // namespace

Awaitable<tracker::AnnounceOutcome> udp_announce(Executor executor,
                                                 tracker::UdpConnections& connections, Endpoint to,
                                                 UdpAnnounce what) {
    tracker::UdpExchange::Options options;
    options.family = to.address.is_v4() ? tracker::Family::v4 : tracker::Family::v6;
    options.path_and_query = std::move(what.path_and_query);
    options.connection = connections.find(to, now());
    options.last_retry = what.last_retry;
    options.first_timeout = what.first_timeout;
    const auto port = what.request.port;
    tracker::UdpExchange exchange(std::move(what.request), std::move(options), unguessable);

    auto conversing = converse(executor, to, port, exchange);
    auto outcome = co_await std::move(conversing);
    const auto& connection = exchange.connection();
    if (!has_spoken(outcome)) {
        connections.forget(to);
    } else if (connection) {
        connections.keep(to, *connection);
    }
    co_return outcome;
}

bool has_spoken(const tracker::AnnounceOutcome& outcome) {
    return outcome || outcome.error().error.code == Errc::protocol;
}

}  // namespace bt::net
