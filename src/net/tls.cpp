#include "net/tls.hpp"

#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <boost/asio/ssl/error.hpp>

#include "bt/core/endpoint.hpp"
#include "net/connect.hpp"

namespace bt::net {

Result<std::unique_ptr<asio::ssl::context>> make_tls(const ServicesSettings& settings) {
    auto out = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_client);
    ::SSL_CTX_set_min_proto_version(out->native_handle(), TLS1_2_VERSION);
    error_code ec;
    // Without the system's authorities nothing verifies; the handshake says so.
    out->set_default_verify_paths(ec);
    if (!settings.ca_certificate.empty()) {
        out->load_verify_file(settings.ca_certificate.string(), ec);
        if (ec) return fail(Errc::open_failed, "the CA certificate file cannot be used");
    }
    return out;
}

Result<> expect_host(SSL* tls, const std::string& host, bool check) {
    const bool numeric = IpAddress::parse(host).has_value();
    // RFC 6066: SNI names hosts, not addresses.
    bool done = numeric || ::SSL_set_tlsext_host_name(tls, host.c_str()) == 1;
    if (check) {
        ::SSL_set_verify(tls, SSL_VERIFY_PEER, nullptr);
        ::SSL_set_hostflags(tls, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        // A mismatch so becomes the result of the verification, which names it.
        done = done &&
               (numeric ? ::X509_VERIFY_PARAM_set1_ip_asc(::SSL_get0_param(tls), host.c_str()) == 1
                        : ::SSL_set1_host(tls, host.c_str()) == 1);
    } else {
        ::SSL_set_verify(tls, SSL_VERIFY_NONE, nullptr);
    }
    if (!done) return fail(Errc::network, "the host name does not fit TLS");
    return {};
}

std::string handshake_error(SSL* tls, const error_code& error) {
    const long verified = ::SSL_get_verify_result(tls);
    switch (verified) {
        case X509_V_OK:
            break;
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return "certificate has expired";
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return "certificate is not valid yet";
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return "certificate is for another host";
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
            return "certificate is self-signed";
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            return "certificate is of an unknown authority";
        default:
            return std::string("certificate is not valid: ") +
                   ::X509_verify_cert_error_string(verified);
    }
    if (error.category() == asio::error::get_ssl_category()) {
        return "TLS handshake failed: " + plain_words(error);
    }
    return plain_words(error);
}

}  // namespace bt::net
