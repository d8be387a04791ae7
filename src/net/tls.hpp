// TLS: what is trusted, and what went wrong in words for a user.
#pragma once

#include <openssl/ssl.h>

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "bt/core/result.hpp"
#include "bt/net/asio.hpp"
#include "bt/net/services.hpp"

namespace bt::net {

/// A client's context: TLS 1.2 and later, the system's authorities and those of the settings.
/// Errc::open_failed: the file of the settings cannot be used.
[[nodiscard]] Result<std::unique_ptr<asio::ssl::context>> make_tls(
    const ServicesSettings& settings);

/// Names the host to the server (SNI), and unless `check` is false demands a certificate for it; an
/// IP address must be named in the certificate as such.
[[nodiscard]] Result<> expect_host(SSL* tls, const std::string& host, bool check);

/// Why a handshake failed: "certificate has expired".
[[nodiscard]] std::string handshake_error(SSL* tls, const error_code& error);

}  // namespace bt::net
