// HTTPS against authorities and certificates of the test's own.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "bt/net/http_client.hpp"
#include "unit/net/certificates.hpp"
#include "unit/net/support.hpp"

namespace bt::net {
namespace {

using test::Identity;
using test::Issue;
using test::make_identity;
using test::Play;
using test::run;
using test::ScriptedServer;

class Https : public test::NetTest {
protected:
    Https() : authority(make_identity(Issue{.names = {}, .authority = true})) {
        folder = std::filesystem::temp_directory_path() /
                 ("bt-https-" + std::to_string(::getpid()) + "-" +
                  ::testing::UnitTest::GetInstance()->current_test_info()->name());
        std::filesystem::create_directories(folder);
        settings.ca_certificate = folder / "ca.pem";
        authority.write(settings.ca_certificate);
        settings.look_up = [](const std::string&) -> Result<std::vector<IpAddress>> {
            return std::vector<IpAddress>{IpAddress::v4({127, 0, 0, 1})};
        };
    }
    ~Https() override { std::filesystem::remove_all(folder); }

    Result<HttpResponse> get(const std::string& url) {
        return run(io, http_get(services(), text::Url::parse(url).value()));
    }
    /// Fetches from a server with `identity`; its certificate must fit `host`.
    Result<HttpResponse> get_from(const Identity& identity, const std::string& host = "127.0.0.1",
                                  Play play = Play::ok("abc")) {
        const auto tls = identity.server();
        ScriptedServer server(
            io, [&](const std::string&) { return play; }, tls.get());
        return get("https://" + host + ":" + std::to_string(server.port()) + "/announce");
    }
    Identity issue(const Issue& what = {}) { return make_identity(what, &authority); }

    Identity authority;
    std::filesystem::path folder;
};

TEST_F(Https, TrustsACertificateOfTheGivenAuthority) {
    const auto by_address = get_from(issue());
    ASSERT_TRUE(by_address) << by_address.error().message;
    EXPECT_EQ(by_address->body, "abc");
    EXPECT_TRUE(get_from(issue(), "tracker.example"));
}

TEST_F(Https, RefusesAnExpiredCertificate) {
    const auto got = get_from(issue({.from_seconds = -7200, .to_seconds = -3600}));
    EXPECT_EQ(got.error().code, Errc::network);
    EXPECT_EQ(got.error().message, "127.0.0.1: certificate has expired");
}

TEST_F(Https, RefusesACertificateOfTheFuture) {
    EXPECT_EQ(get_from(issue({.from_seconds = 3600, .to_seconds = 7200})).error().message,
              "127.0.0.1: certificate is not valid yet");
}

TEST_F(Https, RefusesACertificateForAnotherHost) {
    EXPECT_EQ(get_from(issue(), "other.example").error().message,
              "other.example: certificate is for another host");
    EXPECT_EQ(get_from(issue({.names = "DNS:tracker.example,IP:127.0.0.2"})).error().message,
              "127.0.0.1: certificate is for another host");
    EXPECT_EQ(get_from(issue({.names = "DNS:127.0.0.1"})).error().message,
              "127.0.0.1: certificate is for another host");
}

TEST_F(Https, RefusesAnUnknownAuthority) {
    const auto stranger = make_identity({.names = {}, .authority = true});
    EXPECT_EQ(get_from(make_identity({}, &stranger)).error().message,
              "127.0.0.1: certificate is of an unknown authority");
    EXPECT_EQ(get_from(make_identity({})).error().message, "127.0.0.1: certificate is self-signed");
}

TEST_F(Https, TrustsNobodyButTheSystemWithoutAFile) {
    settings.ca_certificate.clear();
    EXPECT_FALSE(get_from(issue()));
}

TEST_F(Https, AcceptsAnyCertificateWhenToldSo) {
    settings.check_certificate = false;
    EXPECT_TRUE(get_from(make_identity({}), "other.example"));
}

TEST_F(Https, RefusesAServerWithoutTls) {
    ScriptedServer server(io, [](const std::string&) { return Play::ok("abc"); });
    // The server waits for a request; what it gets is a TLS hello.
    const auto got = run(
        io, http_get(services(),
                     text::Url::parse("https://127.0.0.1:" + std::to_string(server.port())).value(),
                     HttpOptions{.timeout = std::chrono::milliseconds(50), .refuse = {}}));
    EXPECT_EQ(got.error().code, Errc::timeout);
}

TEST_F(Https, SpeaksNothingOlderThanTls12) {
    EXPECT_EQ(SSL_CTX_get_min_proto_version(services().tls().native_handle()), TLS1_2_VERSION);
}

TEST_F(Https, ToleratesAMissingFarewellOnlyAfterACompleteAnswer) {
    // The scripted server closes without TLS's close_notify.
    EXPECT_TRUE(get_from(issue(), "127.0.0.1", Play::ok("abc")));
    EXPECT_EQ(get_from(issue(), "127.0.0.1", Play{"HTTP/1.1 200 OK\r\n\r\nabc"}).error().message,
              "127.0.0.1: connection closed");
}

TEST_F(Https, FollowsNoRedirectToPlainHttp) {
    ScriptedServer plain(io, [](const std::string&) { return Play::ok("abc"); });
    const auto got = get_from(issue(), "127.0.0.1", Play::redirect(plain.url()));
    EXPECT_EQ(got.error().message, "127.0.0.1: a redirect from https to http");
    EXPECT_TRUE(plain.requests.empty());
}

TEST_F(Https, TellsACertificateFileThatCannotBeUsed) {
    settings.ca_certificate = folder / "missing.pem";
    EXPECT_EQ(Services::create(io, settings).error().code, Errc::open_failed);
    std::ofstream(settings.ca_certificate) << "no certificate";
    EXPECT_EQ(Services::create(io, settings).error().code, Errc::open_failed);
}

}  // namespace
}  // namespace bt::net
