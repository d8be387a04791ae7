#include "net/udp_announce.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <utility>
#include <vector>

#include "bt/core/assert.hpp"
#include "bt/net/clock.hpp"
#include "bt/net/deadline.hpp"
#include "net/connect.hpp"

namespace bt::net {

namespace {

/// Far more than the peers that are asked for need; a longer reply is cut, which costs peers only.
constexpr std::size_t kReceiveBytes = 16 * 1024;

std::uint32_t unguessable() {
    std::uint32_t out = 0;
    const int done = ::RAND_bytes(reinterpret_cast<unsigned char*>(&out), sizeof out);
    BT_ASSERT(done == 1);
    return out;
}

/// The clock of the machine: starts now, and runs `haste` times as fast as real time.
class Pace {
public:
    explicit Pace(unsigned haste) : start_(now()), haste_(haste) {}
    [[nodiscard]] TimePoint machine_now() const { return start_ + (now() - start_) * haste_; }
    /// When the machine's clock will show `at`.
    [[nodiscard]] TimePoint real(TimePoint at) const {
        return at <= start_ ? start_ : start_ + (at - start_) / haste_;
    }

private:
    TimePoint start_;
    unsigned haste_;
};

tracker::AnnounceFailure failure(const error_code& error) {
    return {fail(Errc::network, plain_words(error)), {}};
}

}  // namespace

Awaitable<tracker::AnnounceOutcome> udp_announce(Executor executor, Endpoint to, UdpAnnounce what) {
    UdpSocket socket(executor);
    error_code ec;
    socket.open(to.address.is_v4() ? udp::v4() : udp::v6(), ec);
    if (!ec) socket.connect(to_udp(to), ec);
    if (ec) co_return failure(ec);

    tracker::UdpExchange::Options options;
    options.family = to.address.is_v4() ? tracker::Family::v4 : tracker::Family::v6;
    options.path_and_query = std::move(what.path_and_query);
    options.last_retry = what.last_retry;
    tracker::UdpExchange exchange(std::move(what.request), std::move(options), unguessable);
    const Pace pace(what.haste);
    std::vector<std::byte> buffer(kReceiveBytes);
    for (;;) {
        if (const auto packet = exchange.poll(pace.machine_now())) {
            const auto bytes = asio::buffer(*packet);
            const auto [send_ec, sent] = co_await socket.async_send(bytes, kAwait);
            if (send_ec) co_return failure(send_ec);
        }
        if (exchange.outcome()) co_return *exchange.outcome();
        const Deadline wake(executor, pace.real(exchange.wake_at()), [&socket] {
            error_code ignored;
            socket.cancel(ignored);
        });
        const auto space = asio::buffer(buffer);
        const auto [receive_ec, size] = co_await socket.async_receive(space, kAwait);
        if (receive_ec == asio::error::operation_aborted) continue;  // it is time to send again
        if (receive_ec) co_return failure(receive_ec);
        exchange.on_packet(Bytes(buffer).first(size), pace.machine_now());
        if (exchange.outcome()) co_return *exchange.outcome();
    }
}

}  // namespace bt::net
