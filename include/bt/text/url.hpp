// Url: the URLs of trackers, web seeds and torrent files, taken apart (RFC 3986).
// A value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "bt/core/result.hpp"

namespace bt::text {

inline constexpr std::size_t kMaxUrlBytes = 2048;

struct Url {
    std::string scheme;      // "http", "https" or "udp"
    std::string user_info;   // as written before the '@', percent escapes kept; empty when none
    std::string host;        // lower case; an IPv6 address without its brackets
    std::uint16_t port = 0;  // never 0: the scheme's own (80, 443; udp: 80) when not written
    std::string path;        // begins with '/'; ASCII without spaces
    std::string query;       // after the '?', without it; ASCII without spaces
    bool has_query = false;  // there was a '?'

    /// At most kMaxUrlBytes; http, https or udp, with a host. Control bytes and spaces are refused,
    /// bytes above ASCII in path and query are percent-encoded, a fragment is dropped.
    /// Errc::unsupported for another scheme, Errc::other for what is no URL; messages quote
    /// nothing.
    [[nodiscard]] static Result<Url> parse(std::string_view text);

    /// The whole URL; a port that is the scheme's own is left out.
    [[nodiscard]] std::string to_string() const;
    /// "host", "host:8080" or "[::1]:8080": a Host header. The scheme's own port is left out.
    [[nodiscard]] std::string authority() const;
    /// Path and query: what a request line asks for.
    [[nodiscard]] std::string target() const;
    [[nodiscard]] bool is_default_port() const;

    friend bool operator==(const Url&, const Url&) = default;
};

/// Where a redirect of `base` to `location` leads: an absolute URL, or one relative to `base`
/// (RFC 3986, 5.2). Errors as for Url::parse.
[[nodiscard]] Result<Url> resolve(const Url& base, std::string_view location);

/// The URL as it may be shown or logged: scheme, host and port, then "/announce" if that is the
/// whole path, and "/..." for any other path: a pass-key may be any part of it. User info and query
/// are left out. Safe for a terminal.
[[nodiscard]] std::string redact(const Url& url);
/// The same for text that may be no URL at all; then only its scheme is shown.
[[nodiscard]] std::string redact(std::string_view url);
/// `words` of a server that may repeat what it was asked: with "..." in place of every part of the
/// path, query and user info of `url` that may be a pass-key.
[[nodiscard]] std::string redact_in(std::string words, const Url& url);

}  // namespace bt::text
