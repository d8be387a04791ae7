// A UDP tracker (BEP 15) on loopback that does as it is told.
#pragma once

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "bt/core/bytes.hpp"
#include "unit/net/support.hpp"

namespace bt::net::test {

inline constexpr std::uint64_t kConnectionId = 0x1122334455667788;

/// What a packet asks for, at the offsets of BEP 15.
[[nodiscard]] inline std::uint64_t udp_connection(Bytes packet) {
    return read_be<std::uint64_t>(packet.data());
}
[[nodiscard]] inline std::uint32_t udp_action(Bytes packet) {
    return read_be<std::uint32_t>(packet.data() + 8);
}
[[nodiscard]] inline std::uint32_t udp_transaction(Bytes packet) {
    return read_be<std::uint32_t>(packet.data() + 12);
}
[[nodiscard]] inline std::uint32_t udp_event(Bytes packet) {
    return read_be<std::uint32_t>(packet.data() + 80);
}

[[nodiscard]] inline ByteVector udp_connected(Bytes request, std::uint32_t transaction_error = 0) {
    ByteVector out;
    append_be<std::uint32_t>(out, 0);
    append_be(out, udp_transaction(request) + transaction_error);
    append_be(out, kConnectionId);
    return out;
}
/// An answer with the compact `peers`.
[[nodiscard]] inline ByteVector udp_announced(Bytes request, Bytes peers,
                                              std::uint32_t interval = 1800) {
    ByteVector out;
    append_be<std::uint32_t>(out, 1);
    append_be(out, udp_transaction(request));
    append_be(out, interval);
    append_be<std::uint32_t>(out, 3);  // leechers
    append_be<std::uint32_t>(out, 5);  // seeders
    append(out, peers);
    return out;
}
[[nodiscard]] inline ByteVector udp_refused(Bytes request, std::string_view words) {
    ByteVector out;
    append_be<std::uint32_t>(out, 3);
    append_be(out, udp_transaction(request));
    append(out, words);
    return out;
}

class ScriptedUdpTracker {
public:
    /// The datagrams that answer `request`.
    using Script = std::function<std::vector<ByteVector>(Bytes request)>;

    /// Throws if `port` is taken.
    ScriptedUdpTracker(asio::io_context& io, Script script, const char* address = "127.0.0.1",
                       std::uint16_t port = 0)
        : io_(io),
          script_(std::move(script)),
          socket_(io.get_executor(), udp::endpoint(asio::ip::make_address(address), port)),
          group_(std::make_unique<TaskGroup>(io.get_executor())) {
        group_->spawn(serve());
    }
    ~ScriptedUdpTracker() {
        cancel(io_, *group_);
        io_.restart();
        while (!group_->empty() && io_.run_one_for(kGuard) > 0) {
        }
    }

    /// Answers every connect, and an announce with `peers`.
    static Script honest(ByteVector peers) {
        return [peers = std::move(peers)](Bytes request) -> std::vector<ByteVector> {
            if (udp_action(request) == 0) return {udp_connected(request)};
            return {udp_announced(request, peers)};
        };
    }

    [[nodiscard]] std::uint16_t port() const { return socket_.local_endpoint().port(); }
    [[nodiscard]] std::string url(const std::string& target = "/announce") const {
        return "udp://127.0.0.1:" + std::to_string(port()) + target;
    }
    [[nodiscard]] Endpoint endpoint() const { return from_asio(socket_.local_endpoint()); }
    [[nodiscard]] auto connects() const {
        return std::count_if(requests.begin(), requests.end(),
                             [](const auto& request) { return udp_action(request) == 0; });
    }
    /// Who has sent the last request.
    [[nodiscard]] const udp::endpoint& last_sender() const { return from_; }
    std::vector<ByteVector> requests;

private:
    Awaitable<void> serve() {
        std::vector<std::byte> buffer(2048);
        auto& from = from_;
        for (;;) {
            const auto space = asio::buffer(buffer);
            const auto [ec, size] = co_await socket_.async_receive_from(space, from, kAwait);
            if (ec) co_return;
            requests.emplace_back(buffer.begin(),
                                  buffer.begin() + static_cast<std::ptrdiff_t>(size));
            for (const auto& reply : script_(requests.back()))
                socket_.send_to(asio::buffer(reply), from);
        }
    }

    asio::io_context& io_;
    Script script_;
    UdpSocket socket_;
    udp::endpoint from_;
    std::unique_ptr<TaskGroup> group_;
};

}  // namespace bt::net::test
