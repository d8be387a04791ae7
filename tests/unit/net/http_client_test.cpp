#include "bt/net/http_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/net/support.hpp"

namespace bt::net {
namespace {

using test::Play;
using test::run;
using test::ScriptedServer;
using ::testing::HasSubstr;
using ::testing::Not;

class HttpGet : public test::NetTest {
protected:
    HttpGet() { options.timeout = std::chrono::seconds(10); }

    Result<HttpResponse> get(const std::string& url) {
        return run(io, http_get(services(), text::Url::parse(url).value(), options));
    }
    /// The answer to a server that says `bytes` and closes.
    Result<HttpResponse> answer(const std::string& bytes) {
        ScriptedServer server(io, [&](const std::string&) { return Play{bytes}; });
        return get(server.url());
    }

    HttpOptions options;
};

TEST_F(HttpGet, FetchesADocument) {
    ScriptedServer server(io, [](const std::string&) { return Play::ok("d5:peers0:e"); });
    const auto got = get(server.url("/announce?a=b%20c"));
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(got->status, 200u);
    EXPECT_EQ(got->body, "d5:peers0:e");
    EXPECT_EQ(got->from.port, server.port());
    const auto& request = server.requests.at(0);
    EXPECT_THAT(request, ::testing::StartsWith("GET /announce?a=b%20c HTTP/1.1\r\n"));
    EXPECT_THAT(request, HasSubstr("Host: 127.0.0.1:" + std::to_string(server.port()) + "\r\n"));
    EXPECT_THAT(request, HasSubstr("Connection: close\r\n"));
    EXPECT_THAT(request, HasSubstr("Accept-Encoding: identity\r\n"));
    EXPECT_THAT(request, HasSubstr("User-Agent: bt/"));
    EXPECT_THAT(request, Not(HasSubstr("Authorization")));
}

TEST_F(HttpGet, SendsTheCredentialsOfTheUrl) {
    ScriptedServer server(io, [](const std::string&) { return Play::ok("x"); });
    ASSERT_TRUE(get("http://me:pass%20word@127.0.0.1:" + std::to_string(server.port()) + "/"));
    EXPECT_THAT(server.requests.at(0), HasSubstr("Authorization: Basic bWU6cGFzcyB3b3Jk\r\n"));
}

TEST_F(HttpGet, JoinsChunks) {
    const auto got = answer(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: "
        "chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n");
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(got->body, "abcde");
}

TEST_F(HttpGet, TakesABodyThatEndsWithTheConnection) {
    const auto got = answer("HTTP/1.0 200 OK\r\n\r\nabc");
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(got->body, "abc");
}

TEST_F(HttpGet, TakesAnAnswerThatArrivesByteByByte) {
    ScriptedServer server(io, [](const std::string&) {
        auto play = Play::ok("abc");
        play.per_byte = std::chrono::milliseconds(1);
        return play;
    });
    const auto got = get(server.url());
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(got->body, "abc");
}

TEST_F(HttpGet, DoesNotWaitForTheEndOfAKeptConnection) {
    ScriptedServer server(io, [](const std::string&) {
        auto play = Play::ok("abc");
        play.hang = true;
        return play;
    });
    EXPECT_TRUE(get(server.url()));
}

TEST_F(HttpGet, EndsASlowAnswerAtTheDeadline) {
    ScriptedServer server(io, [](const std::string&) {
        return Play{"HTTP/1.1 200 OK\r\nX: " + std::string(10'000, 'x'), false,
                    std::chrono::milliseconds(1)};
    });
    options.timeout = std::chrono::milliseconds(50);
    const auto got = get(server.url());
    EXPECT_EQ(got.error().code, Errc::timeout);
    EXPECT_EQ(got.error().message, "127.0.0.1: no answer in time");
}

TEST_F(HttpGet, EndsASilentServerAtTheDeadline) {
    ScriptedServer server(io, [](const std::string&) { return Play{"", true}; });
    options.timeout = std::chrono::milliseconds(20);
    EXPECT_EQ(get(server.url()).error().code, Errc::timeout);
}

TEST_F(HttpGet, RefusesABodyAboveTheLimitAndTakesOneAtIt) {
    options.max_body = 1000;
    ScriptedServer server(io, [](const std::string& request) {
        return Play::ok(std::string(request.find("/big") != std::string::npos ? 1001 : 1000, 'x'));
    });
    EXPECT_TRUE(get(server.url("/fits")));
    EXPECT_EQ(get(server.url("/big")).error().message, "127.0.0.1: the answer is too large");
}

TEST_F(HttpGet, RefusesAnEndlessBodyWithoutALength) {
    options.max_body = 1000;
    ScriptedServer server(io, [](const std::string&) {
        return Play{"HTTP/1.1 200 OK\r\n\r\n" + std::string(100'000, 'x'), true};
    });
    EXPECT_EQ(get(server.url()).error().message, "127.0.0.1: the answer is too large");
}

TEST_F(HttpGet, RefusesChunksAboveTheLimit) {
    options.max_body = 10;
    EXPECT_EQ(answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                     "8\r\nabcdefgh\r\n8\r\nabcdefgh\r\n0\r\n\r\n")
                  .error()
                  .message,
              "127.0.0.1: the answer is too large");
}

TEST_F(HttpGet, RefusesAnEndlessHeader) {
    ScriptedServer server(io, [](const std::string&) {
        return Play{"HTTP/1.1 200 OK\r\nX: " + std::string(kHttpHeaderBytes, 'x'), true};
    });
    EXPECT_EQ(get(server.url()).error().message,
              "127.0.0.1: the header of the answer is too large");
}

TEST_F(HttpGet, TellsAnEarlyEndFromAnEnd) {
    EXPECT_EQ(answer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc").error().message,
              "127.0.0.1: connection closed before the answer was complete");
    EXPECT_EQ(answer("").error().message,
              "127.0.0.1: connection closed before the answer was complete");
}

TEST_F(HttpGet, RefusesGarbageAndOldHttp) {
    EXPECT_EQ(answer("<html>hello</html>\r\n\r\n").error().message,
              "127.0.0.1: the answer is not HTTP");
    EXPECT_FALSE(answer("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nabc"));
    EXPECT_FALSE(answer("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nabc"));
}

TEST_F(HttpGet, RefusesCompressionThatItDidNotAskFor) {
    EXPECT_FALSE(answer("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx"));
}

TEST_F(HttpGet, TellsTheStatus) {
    const auto missing = answer("HTTP/1.1 404 Gone\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(missing.error().code, Errc::not_found);
    EXPECT_EQ(missing.error().message, "127.0.0.1: HTTP 404 Not Found");
    EXPECT_EQ(answer("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n").error().code, Errc::http_auth);
    EXPECT_EQ(answer("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n").error().code, Errc::http);
}

TEST_F(HttpGet, GivesAnyStatusWhenAskedTo) {
    options.any_status = true;
    const auto got = answer("HTTP/1.1 400 No\r\nContent-Length: 3\r\n\r\nabc");
    ASSERT_TRUE(got);
    EXPECT_EQ(got->status, 400u);
    EXPECT_EQ(got->body, "abc");
}

TEST_F(HttpGet, TellsARefusedConnection) {
    std::uint16_t port = 0;
    {
        ScriptedServer server(io, [](const std::string&) { return Play{}; });
        port = server.port();
    }
    const auto got = get("http://127.0.0.1:" + std::to_string(port) + "/");
    EXPECT_EQ(got.error().code, Errc::network);
    EXPECT_EQ(got.error().message, "127.0.0.1: connection refused");
}

TEST_F(HttpGet, TellsAnUnknownHost) {
    settings.look_up = [](const std::string&) -> Result<std::vector<IpAddress>> {
        return fail(Errc::resolve_failed, "host not found");
    };
    const auto got = get("http://tracker.example/announce");
    EXPECT_EQ(got.error().code, Errc::resolve_failed);
    EXPECT_EQ(got.error().message, "tracker.example: host not found");
}

TEST_F(HttpGet, LooksNothingUpWhenToldSo) {
    settings.look_up = [](const std::string&) -> Result<std::vector<IpAddress>> {
        ADD_FAILURE() << "a look-up";
        return std::vector<IpAddress>{};
    };
    options.may_look_up = false;
    EXPECT_EQ(get("http://tracker.example/announce").error().code, Errc::resolve_failed);
}

TEST_F(HttpGet, TriesEveryAddress) {
    // 127.0.0.2 and ::1 refuse, 127.0.0.1 serves.
    settings.look_up = [](const std::string&) -> Result<std::vector<IpAddress>> {
        return std::vector<IpAddress>{*IpAddress::parse("::1"), *IpAddress::parse("127.0.0.2"),
                                      *IpAddress::parse("127.0.0.1")};
    };
    ScriptedServer server(io, [](const std::string&) { return Play::ok("abc"); });
    const auto got = get("http://tracker.example:" + std::to_string(server.port()) + "/");
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(got->from.address.to_string(), "127.0.0.1");
}

TEST_F(HttpGet, SpeaksIPv6) {
    ScriptedServer server(
        io, [](const std::string&) { return Play::ok("abc"); }, nullptr, "::1");
    const auto got = get("http://[::1]:" + std::to_string(server.port()) + "/");
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_THAT(server.requests.at(0),
                HasSubstr("Host: [::1]:" + std::to_string(server.port()) + "\r\n"));
}

TEST_F(HttpGet, FollowsRedirects) {
    ScriptedServer server(io, [](const std::string& request) {
        if (request.starts_with("GET /a ")) return Play::redirect("/b?x");
        return Play::ok("there");
    });
    const auto got = get(server.url("/a"));
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(got->body, "there");
    EXPECT_EQ(got->url.target(), "/b?x");
}

TEST_F(HttpGet, FollowsFiveRedirectsAndNoMore) {
    int left = 5;
    ScriptedServer server(io, [&](const std::string&) {
        return left-- > 0 ? Play::redirect("/again") : Play::ok("there");
    });
    EXPECT_TRUE(get(server.url()));
    left = 6;
    EXPECT_EQ(get(server.url()).error().message, "127.0.0.1: too many redirects");
}

TEST_F(HttpGet, FollowsNoRedirectToAnotherScheme) {
    for (const auto* target : {"ftp://example.com/", "file:///etc/passwd", "udp://127.0.0.1:1/"}) {
        SCOPED_TRACE(target);
        ScriptedServer server(io, [&](const std::string&) { return Play::redirect(target); });
        EXPECT_EQ(get(server.url()).error().message,
                  "127.0.0.1: a redirect to something other than http or https");
    }
    for (const auto* target : {"javascript:alert(1)", "http://"}) {
        SCOPED_TRACE(target);
        ScriptedServer server(io, [&](const std::string&) { return Play::redirect(target); });
        EXPECT_EQ(get(server.url()).error().message, "127.0.0.1: a redirect to an unusable URL");
    }
}

TEST_F(HttpGet, RefusesARedirectToNowhere) {
    EXPECT_EQ(answer("HTTP/1.1 301 Moved\r\nContent-Length: 0\r\n\r\n").error().message,
              "127.0.0.1: a redirect to nowhere");
}

TEST_F(HttpGet, FollowsNoRedirectToANearerNetwork) {
    ScriptedServer server(io, [](const std::string&) {
        return Play::redirect("http://169.254.169.254/latest/meta-data");
    });
    const auto got = get(server.url());
    EXPECT_EQ(got.error().message,
              "169.254.169.254: refused: a redirect into a nearer network, to 169.254.169.254");
}

TEST_F(HttpGet, AsksTheCallerAboutEveryAddress) {
    ScriptedServer server(io, [](const std::string&) { return Play::ok("abc"); });
    options.refuse = [](const text::Url& url, const IpAddress& address) {
        return std::optional(url.path + " at " + address.to_string());
    };
    EXPECT_EQ(get(server.url("/here")).error().message, "127.0.0.1: /here at 127.0.0.1");
    EXPECT_TRUE(server.requests.empty());
}

TEST_F(HttpGet, KeepsCredentialsFromAnotherServer) {
    ScriptedServer other(io, [](const std::string&) { return Play::ok("abc"); });
    ScriptedServer server(io, [&](const std::string&) { return Play::redirect(other.url()); });
    ASSERT_TRUE(get("http://me:secret@127.0.0.1:" + std::to_string(server.port()) + "/"));
    EXPECT_THAT(other.requests.at(0), Not(HasSubstr("Authorization")));
}

TEST_F(HttpGet, EndsWhenItIsCancelled) {
    ScriptedServer server(io, [](const std::string&) { return Play{"", true}; });
    TaskGroup group(io.get_executor());
    struct Task {
        static Awaitable<void> run(Services& services, text::Url url) {
            auto getting = http_get(services, std::move(url));
            auto got = co_await std::move(getting);
            EXPECT_FALSE(got);
        }
    };
    group.spawn(Task::run(services(), text::Url::parse(server.url()).value()));
    ASSERT_TRUE(test::run_until(io, [&] { return server.requests.size() == 1; }));
    test::cancel(io, group);
    EXPECT_TRUE(test::run_until(io, [&] { return group.empty(); }));
}

}  // namespace
}  // namespace bt::net
