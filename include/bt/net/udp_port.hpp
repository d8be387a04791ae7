// UdpPort: UDP on one port, over IPv4 and IPv6. Owned by the session, on the io thread; outlives
// all that sends by it.
//
// Datagrams may be lost on every way, so sending does not wait and tells of no error: what cannot
// leave is lost as well, and counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "bt/net/asio.hpp"
#include "bt/net/datagrams.hpp"
#include "bt/net/task_group.hpp"

namespace bt::net {

class UdpPort {
public:
    /// The longest datagram there is.
    static constexpr std::size_t kScratchBytes = 64 * 1024;
    /// Asked of the system, which may give less: replies to many queries come at once.
    static constexpr int kReceiveBuffer = 1 << 20;

    explicit UdpPort(asio::io_context& io) : executor_(io.get_executor()), tasks_(executor_) {}
    /// stop() has returned, or start() was never called.
    ~UdpPort() = default;
    UdpPort(const UdpPort&) = delete;
    UdpPort& operator=(const UdpPort&) = delete;

    /// Binds `port` in both families, 0 = any that is free in both; one that the host does not have
    /// is left out. In place of what was bound before. An error binds nothing.
    [[nodiscard]] error_code bind(std::uint16_t port);
    /// Receives from now on. Once, after bind().
    void start(OnDatagram on_datagram);
    /// Sends it now or never.
    void send(Bytes packet, const Endpoint& to);
    /// Nothing is sent or received from now on.
    void close();
    [[nodiscard]] Awaitable<void> stop();

    /// 0: not bound.
    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] bool has_v4() const { return v4_.has_value(); }
    [[nodiscard]] bool has_v6() const { return v6_.has_value(); }
    [[nodiscard]] const DatagramCounts& counts() const { return counts_; }

private:
    Executor executor_;
    std::uint16_t port_ = 0;
    std::optional<UdpSocket> v4_;
    std::optional<UdpSocket> v6_;
    std::unique_ptr<std::byte[]> scratch_;  // of both sockets: nothing stays in it across an await
    DatagramCounts counts_;
    TaskGroup tasks_;
};

}  // namespace bt::net
