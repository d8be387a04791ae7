// TrackerServer: the small HTTP tracker of `bt seed --run-tracker`, tracker::TrackerTable behind a
// listening socket. Answers GET /announce and /scrape, one request a connection. Owned by the
// command line, on the io thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>

#include "bt/core/endpoint.hpp"
#include "bt/core/result.hpp"
#include "bt/core/rng.hpp"
#include "bt/core/time.hpp"
#include "bt/net/asio.hpp"
#include "bt/net/event.hpp"
#include "bt/net/task_group.hpp"
#include "bt/tracker/server.hpp"

namespace bt::net {

struct TrackerServerSettings {
    Endpoint listen;                               // port 0 = any
    Duration interval = std::chrono::minutes(2);   // between the announces of a peer
    Duration patience = std::chrono::seconds(10);  // with a connection, as a whole
    Rng rng;                                       // seeded by the caller
};

class TrackerServer {
public:
    /// Connections at a time; further ones wait in the system's queue.
    static constexpr std::size_t kMaxConnections = 256;

    /// Listens at once. Errc::network: the address or port cannot be had.
    [[nodiscard]] static Result<std::unique_ptr<TrackerServer>> create(
        asio::io_context& io, TrackerServerSettings settings);
    /// stop() has returned, or start() was never called.
    ~TrackerServer() = default;
    TrackerServer(const TrackerServer&) = delete;
    TrackerServer& operator=(const TrackerServer&) = delete;

    void start();
    /// Closes everything; returns when it is closed.
    [[nodiscard]] Awaitable<void> stop();

    /// Where it listens.
    [[nodiscard]] Endpoint local() const;
    [[nodiscard]] const tracker::TrackerTable& table() const { return table_; }

private:
    TrackerServer(asio::io_context& io, TrackerServerSettings settings);
    [[nodiscard]] Result<> listen();
    [[nodiscard]] Awaitable<void> accept_loop();
    [[nodiscard]] Awaitable<void> serve(TcpSocket socket);

    const TrackerServerSettings settings_;
    tracker::TrackerTable table_;
    TcpAcceptor acceptor_;
    std::size_t connections_ = 0;
    Event freed_;  // a connection has ended
    TaskGroup group_;
};

}  // namespace bt::net
