// Resolver: host names to addresses, without ever holding up the io thread or the program's exit.
// Owned by Services, on the io thread.
//
// getaddrinfo() blocks and cannot be cancelled, and Asio's own resolver is one serial thread that
// is joined at exit: a few dead names would stall every other. Here at most kMaxThreads helpers are
// started when there is work. They are detached by design: all that they touch belongs to a state
// that they share in owning, so that one hung in a look-up delays nobody.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bt/core/endpoint.hpp"
#include "bt/core/result.hpp"
#include "bt/core/time.hpp"
#include "bt/net/asio.hpp"

namespace bt::net {

class Resolver {
public:
    static constexpr std::size_t kMaxThreads = 4;
    static constexpr std::size_t kMaxWaitingHosts = 256;  // look-ups waiting for a thread
    static constexpr std::size_t kMaxCachedHosts = 256;
    static constexpr std::size_t kMaxAddresses = 16;  // of one host; more are dropped
    static constexpr Duration kFresh = std::chrono::seconds(60);
    static constexpr Duration kTimeout = std::chrono::seconds(10);

    /// A blocking look-up, called on a helper thread. Must not throw.
    using LookUp = std::function<Result<std::vector<IpAddress>>(const std::string& host)>;

    explicit Resolver(asio::io_context& io, LookUp look_up = system_look_up);
    ~Resolver();
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    /// The addresses of `host` in the system's order of preference, never none. A numeric host is
    /// answered at once; requests for the same name share one look-up, and an answer serves for
    /// kFresh. Errc::resolve_failed (no such host, no answer of the name server), Errc::timeout,
    /// Errc::interrupted (cancelled).
    [[nodiscard]] Awaitable<Result<std::vector<Endpoint>>> resolve(std::string host,
                                                                   std::uint16_t port,
                                                                   Duration timeout = kTimeout);

    /// What is known without a look-up, however old: for good-byes, which must not wait.
    [[nodiscard]] std::optional<std::vector<Endpoint>> known(const std::string& host,
                                                             std::uint16_t port) const;

    /// getaddrinfo().
    [[nodiscard]] static Result<std::vector<IpAddress>> system_look_up(const std::string& host);

private:
    struct State;
    struct Waiter;
    std::shared_ptr<State> state_;
};

}  // namespace bt::net
