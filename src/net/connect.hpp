// connect_any: a TCP connection to a host that has several addresses.
#pragma once

#include <string>
#include <vector>

#include "bt/core/result.hpp"
#include "bt/core/time.hpp"
#include "bt/net/asio.hpp"

namespace bt::net {

/// How long an address has for itself before the next is tried beside it (RFC 8305).
inline constexpr Duration kConnectStagger = std::chrono::milliseconds(250);

/// The first connection that any of `endpoints` (not none) gives; all others are closed.
/// Errc::network, Errc::timeout. When cancelled it unwinds by an exception, as every await does.
[[nodiscard]] Awaitable<Result<TcpSocket>> connect_any(Executor executor,
                                                       std::vector<Endpoint> endpoints,
                                                       TimePoint deadline);

/// "connection refused": the error in plain words.
[[nodiscard]] std::string plain_words(const error_code& error);

}  // namespace bt::net
