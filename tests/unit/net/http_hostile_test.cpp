// http_get and servers that lie about the length, the encoding or the end of what they send.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bt/net/http_client.hpp"
#include "unit/net/support.hpp"

namespace bt::net {
namespace {

using test::Play;
using test::run;
using test::ScriptedServer;

constexpr const char* kTooLarge = "127.0.0.1: the answer is too large";

class HostileHttp : public test::NetTest {
protected:
    HostileHttp() { options.timeout = std::chrono::seconds(10); }

    Result<HttpResponse> get(const std::string& url) {
        return run(io, http_get(services(), text::Url::parse(url).value(), options));
    }
    /// The answer to a server that says `bytes` and keeps the connection.
    Result<HttpResponse> answer(const std::string& bytes) {
        ScriptedServer server(io, [&](const std::string&) { return Play{bytes, true}; });
        return get(server.url());
    }
    std::string refusal(const std::string& bytes) {
        const auto got = answer(bytes);
        return got ? "taken: " + got->body.substr(0, 100) : got.error().message;
    }

    HttpOptions options;
};

const std::string kChunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

TEST_F(HostileHttp, TakesABodyOfAMebibyteAndNotAByteMore) {
    constexpr std::size_t kLimit = 1 << 20;
    ASSERT_EQ(options.max_body, kLimit);
    const auto got = answer(Play::ok(std::string(kLimit, 'x')).bytes);
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(got->body.size(), kLimit);
    EXPECT_EQ(refusal(Play::ok(std::string(kLimit + 1, 'x')).bytes), kTooLarge);
}

TEST_F(HostileHttp, RefusesALargeLengthBeforeTheBodyComes) {
    EXPECT_EQ(refusal("HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n"), kTooLarge);
}

TEST_F(HostileHttp, RefusesAnEndlessChunkedBody) {
    auto bytes = kChunked;
    for (int i = 0; i < 2000; ++i)
        bytes += "400\r\n" + std::string(1024, 'x') + "\r\n";
    EXPECT_EQ(refusal(bytes), kTooLarge);
}

TEST_F(HostileHttp, TakesAChunkThatIsLargerThanItsBuffer) {
    const auto got = answer(kChunked + "80000\r\n" + std::string(0x80000, 'x') + "\r\n0\r\n\r\n");
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(got->body.size(), 0x80000u);
}

TEST_F(HostileHttp, RefusesAChunkOfAnImpossibleSize) {
    for (const auto* size : {"fffffffffffffffff", "ffffffffffffffff", "-5", "xyz", ""}) {
        const auto got = answer(kChunked + size + "\r\nabc\r\n0\r\n\r\n");
        EXPECT_FALSE(got) << size;
    }
}

TEST_F(HostileHttp, RefusesAnEndlessLineBesideTheSizeOfAChunk) {
    EXPECT_EQ(refusal(kChunked + "1;" + std::string(4 * kHttpBufferBytes, 'x')),
              "127.0.0.1: a chunk of the answer is malformed");
}

TEST_F(HostileHttp, RefusesEndlessFieldsAfterTheLastChunk) {
    auto bytes = kChunked + "1\r\nx\r\n0\r\n";
    while (bytes.size() < 4 * kHttpBufferBytes)
        bytes += "Trailer: x\r\n";
    EXPECT_FALSE(answer(bytes));
}

TEST_F(HostileHttp, RefusesLengthsThatContradictEachOther) {
    EXPECT_FALSE(answer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"));
    EXPECT_FALSE(answer("HTTP/1.1 200 OK\r\nContent-Length: 3x\r\n\r\nabc"));
    EXPECT_FALSE(answer("HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551619\r\n\r\nabc"));
}

TEST_F(HostileHttp, TakesNoMoreThanTheLengthSays) {
    const auto got =
        answer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcHTTP/1.1 500 Stale\r\n");
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(got->body, "abc");
}

TEST_F(HostileHttp, MeetsEveryRequestOnAConnectionOfItsOwn) {
    // What the first connection still holds is no answer to the second request.
    int asked = 0;
    ScriptedServer server(io, [&](const std::string&) {
        auto play = Play::ok("answer " + std::to_string(++asked));
        play.bytes += Play::ok("stale").bytes;
        play.hang = true;
        return play;
    });
    EXPECT_EQ(get(server.url()).value().body, "answer 1");
    EXPECT_EQ(get(server.url()).value().body, "answer 2");
}

TEST_F(HostileHttp, RefusesEveryCompression) {
    for (const auto* encoding : {"gzip", "x-gzip", "deflate", "br", "gzip, gzip", "identity, gzip"})
        EXPECT_EQ(
            refusal(std::string("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Encoding: ") +
                    encoding + "\r\n\r\nx"),
            "127.0.0.1: a compressed answer, which was not asked for")
            << encoding;
}

TEST_F(HostileHttp, CountsTheTimeOfAllRedirectsTogether) {
    options.timeout = std::chrono::milliseconds(200);
    ScriptedServer server(io, [](const std::string&) {
        auto play = Play::redirect("/again");
        play.per_byte = std::chrono::milliseconds(1);  // 70 ms or more for each
        return play;
    });
    EXPECT_EQ(get(server.url()).error().code, Errc::timeout);
    EXPECT_LE(server.requests.size(), kHttpRedirects);
}

TEST_F(HostileHttp, EndsABodyThatDribblesAtTheDeadline) {
    options.timeout = std::chrono::milliseconds(50);
    ScriptedServer server(io, [](const std::string&) {
        auto play = Play::ok(std::string(10'000, 'x'));
        play.per_byte = std::chrono::milliseconds(1);
        return play;
    });
    EXPECT_EQ(get(server.url()).error().message, "127.0.0.1: no answer in time");
}

TEST_F(HostileHttp, AsksTheCallerAboutEveryHop) {
    ScriptedServer server(io, [](const std::string&) { return Play::redirect("/elsewhere"); });
    options.refuse = [](const text::Url& url, const IpAddress&) -> std::optional<std::string> {
        if (url.path == "/elsewhere") return "not there";
        return std::nullopt;
    };
    EXPECT_EQ(get(server.url()).error().message, "127.0.0.1: not there");
    EXPECT_EQ(server.requests.size(), 1u);
}

TEST_F(HostileHttp, FollowsNoNameIntoANearerNetwork) {
    settings.look_up = [](const std::string& host) -> Result<std::vector<IpAddress>> {
        if (host == "here.example") return std::vector{IpAddress::v4({127, 0, 0, 1})};
        return std::vector{IpAddress::v4({169, 254, 169, 254})};
    };
    ScriptedServer server(io, [](const std::string&) {
        return Play::redirect("http://cloud.example/latest/meta-data/announce");
    });
    const auto got =
        get("http://here.example:" + std::to_string(server.port()) + "/announce?passkey=secret");
    EXPECT_EQ(got.error().message,
              "cloud.example: refused: a redirect into a nearer network, to 169.254.169.254");
}

}  // namespace
}  // namespace bt::net
