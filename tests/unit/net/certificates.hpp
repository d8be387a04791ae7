// Certificates made for one test.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <boost/asio/ssl/context.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

namespace bt::net::test {

struct Free {
    void operator()(EVP_PKEY* p) const { ::EVP_PKEY_free(p); }
    void operator()(X509* p) const { ::X509_free(p); }
    void operator()(X509_EXTENSION* p) const { ::X509_EXTENSION_free(p); }
};

/// A key and a certificate for it.
struct Identity {
    std::unique_ptr<EVP_PKEY, Free> key;
    std::unique_ptr<X509, Free> certificate;

    /// A server's context that shows this identity.
    [[nodiscard]] std::unique_ptr<boost::asio::ssl::context> server() const {
        namespace ssl = boost::asio::ssl;
        auto out = std::make_unique<ssl::context>(ssl::context::tls_server);
        ::SSL_CTX_use_certificate(out->native_handle(), certificate.get());
        ::SSL_CTX_use_PrivateKey(out->native_handle(), key.get());
        return out;
    }
    void write(const std::filesystem::path& path) const {
        const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "w"),
                                                                   &std::fclose);
        ::PEM_write_X509(file.get(), certificate.get());
    }
};

struct Issue {
    std::string names = "DNS:localhost,DNS:tracker.example,IP:127.0.0.1";  // subjectAltName
    long from_seconds = -3600;
    long to_seconds = 3600;
    bool authority = false;
};

/// An identity by `issuer`, or one that vouches for itself.
[[nodiscard]] inline Identity make_identity(const Issue& issue, const Identity* issuer = nullptr) {
    static long serial = 1;
    Identity out;
    out.key.reset(EVP_EC_gen("P-256"));
    out.certificate.reset(::X509_new());
    auto* x509 = out.certificate.get();
    ::X509_set_version(x509, 2);
    ::ASN1_INTEGER_set(::X509_get_serialNumber(x509), serial++);
    ::X509_gmtime_adj(::X509_getm_notBefore(x509), issue.from_seconds);
    ::X509_gmtime_adj(::X509_getm_notAfter(x509), issue.to_seconds);
    ::X509_set_pubkey(x509, out.key.get());
    const auto name = (issue.authority ? "authority " : "server ") + std::to_string(serial);
    ::X509_NAME_add_entry_by_txt(::X509_get_subject_name(x509), "CN", MBSTRING_ASC,
                                 reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    ::X509_set_issuer_name(x509,
                           ::X509_get_subject_name(issuer ? issuer->certificate.get() : x509));
    const auto extend = [&](int nid, const std::string& value) {
        X509V3_CTX context;
        X509V3_set_ctx_nodb(&context);
        ::X509V3_set_ctx(&context, x509, x509, nullptr, nullptr, 0);
        const std::unique_ptr<X509_EXTENSION, Free> extension(
            ::X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
        ::X509_add_ext(x509, extension.get(), -1);
    };
    extend(NID_basic_constraints, issue.authority ? "critical,CA:TRUE" : "CA:FALSE");
    if (!issue.authority) extend(NID_subject_alt_name, issue.names);
    ::X509_sign(x509, (issuer ? issuer->key : out.key).get(), ::EVP_sha256());
    return out;
}

}  // namespace bt::net::test
