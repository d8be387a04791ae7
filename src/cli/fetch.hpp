// Fetching a .torrent from a URL that the user named.
//
// The user may name any host, this machine included; where that host redirects to may be nothing
// nearer to us than itself, nor may https become http: what was asked for in private is not fetched
// in the open.
#pragma once

#include <string>

#include "bt/core/result.hpp"
#include "bt/core/time.hpp"
#include "bt/net/asio.hpp"
#include "bt/net/services.hpp"
#include "cli/source.hpp"

namespace bt::cli {

/// The whole of it: look-up, connection, redirects and body.
inline constexpr Duration kFetchTimeout = std::chrono::seconds(60);

/// Errc::resolve_failed, network, timeout (nothing came), http_auth (401, 403, 407), http (any
/// other answer that holds no torrent: an error, a web page, nothing, too much), bencode, torrent.
/// Cancellation unwinds by an exception.
[[nodiscard]] net::Awaitable<LoadedTorrent> fetch_torrent(net::Services& services, std::string url);

/// The torrent that `source` names, a URL or one of load_source()'s, for a command that does
/// nothing meanwhile.
[[nodiscard]] LoadedTorrent load_or_fetch(const std::string& source,
                                          const net::ServicesSettings& settings);

}  // namespace bt::cli
