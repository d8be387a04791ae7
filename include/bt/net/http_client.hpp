// http_get: one document by HTTP or HTTPS, for trackers and torrent files. Io thread.
//
// Everything is bounded, whatever the server does: the whole takes at most the timeout (a server
// that sends a byte a second included), the body at most max_body, five redirects. Each hop is
// judged anew by kHttpRedirects and the addresses it leads to.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "bt/core/endpoint.hpp"
#include "bt/core/result.hpp"
#include "bt/core/time.hpp"
#include "bt/net/asio.hpp"
#include "bt/net/services.hpp"
#include "bt/text/url.hpp"

namespace bt::net {

inline constexpr unsigned kHttpRedirects = 5;
inline constexpr std::size_t kHttpHeaderBytes = 16 * 1024;
/// Received and not parsed yet. Bounds what has no other bound: what stands beside the size of a
/// chunk, and the fields after the last one.
inline constexpr std::size_t kHttpBufferBytes = 64 * 1024;

struct HttpOptions {
    Duration timeout = std::chrono::seconds(30);  // of the whole: look-up, connect, redirects, body
    std::size_t max_body = 1 << 20;               // bytes
    bool may_look_up = true;  // false: a host without a known address fails at once
    bool any_status = false;  // an answer other than 2xx is an answer, not an error
    /// Why `address` may not be asked for `url`, the one of this hop; nothing if it may be. Empty =
    /// all may. Redirects keep their own rule beside it.
    std::function<std::optional<std::string>(const text::Url& url, const IpAddress& address)>
        refuse;
};

struct HttpResponse {
    unsigned status = 0;
    text::Url url;  // of the last hop
    Endpoint from;  // who answered
    IpAddress us;   // our end of that connection
    std::string body;
};

/// GET `url` (http or https). A redirect may lead neither from https to http, nor to an address
/// nearer to us than the one that sent it: the Internet cannot point us at the local network or at
/// this machine. Messages begin with the host: "tracker.example: connection refused".
///
/// Errc::resolve_failed, timeout, network (connect, TLS), http_auth (401, 403, 407), not_found
/// (404, 410), http (everything else that is wrong with the answer), unsupported (scheme).
/// Cancellation unwinds by an exception, as every await does.
[[nodiscard]] Awaitable<Result<HttpResponse>> http_get(Services& services, text::Url url,
                                                       HttpOptions options = {});

/// "HTTP 404 Not Found", in the standard's words.
[[nodiscard]] Error http_status_error(unsigned status);

}  // namespace bt::net
