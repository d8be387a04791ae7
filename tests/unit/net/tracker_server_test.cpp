#include "bt/net/tracker_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "bt/net/http_client.hpp"
#include "bt/net/tracker_client.hpp"
#include "bt/text/percent.hpp"
#include "unit/net/support.hpp"

namespace bt::net {
namespace {

using test::run;

class TrackerServerTest : public test::NetTest {
protected:
    TrackerServerTest() {
        server_settings.listen = *Endpoint::parse("127.0.0.1:0");
        server_settings.rng.seed(1);
    }
    ~TrackerServerTest() override {
        if (server) run(io, server->stop());
    }
    void start() {
        server = TrackerServer::create(io, server_settings).value();
        server->start();
    }
    std::string url(const std::string& target) const {
        return "http://" + server->local().to_string() + target;
    }
    Result<HttpResponse> get(const std::string& target) {
        return run(io, http_get(services(), text::Url::parse(url(target)).value()));
    }
    tracker::AnnounceOutcome announce(std::uint16_t port, tracker::Event event,
                                      std::uint64_t left = 1) {
        tracker::AnnounceRequest request;
        request.peer_id.bytes.fill(std::byte(port));
        request.port = port;
        request.event = event;
        request.left = left;
        TrackerClient client(services(), text::Url::parse(url("/announce")).value());
        return run(io, client.announce(request));
    }

    /// What the server says to `request` until it closes.
    std::string raw(const std::string& request) {
        TcpSocket socket(io.get_executor());
        socket.connect(to_tcp(server->local()));
        asio::write(socket, asio::buffer(request));
        std::string answer;
        run(io, read_all(socket, answer));
        return answer;
    }
    static Awaitable<void> read_all(TcpSocket& socket, std::string& into) {
        auto buffer = asio::dynamic_buffer(into, 1 << 16);
        co_await asio::async_read(socket, buffer, kAwait);
    }

    TrackerServerSettings server_settings;
    std::unique_ptr<TrackerServer> server;
};

TEST_F(TrackerServerTest, MakesPeersKnownToEachOther) {
    start();
    ASSERT_TRUE(announce(1001, tracker::Event::started, 0));
    const auto outcome = announce(1002, tracker::Event::started);
    ASSERT_TRUE(outcome) << outcome.error().error.message;
    EXPECT_EQ(outcome->peers, (std::vector{*Endpoint::parse("127.0.0.1:1001")}));
    EXPECT_EQ(outcome->seeders, 1u);
    EXPECT_EQ(outcome->interval, std::chrono::minutes(2));
    ASSERT_TRUE(announce(1001, tracker::Event::stopped));
    EXPECT_EQ(server->table().peer_count(), 1u);
}

TEST_F(TrackerServerTest, AnswersAScrape) {
    start();
    ASSERT_TRUE(announce(1001, tracker::Event::started, 0));
    const auto hash = text::percent_encode(std::string(20, '\0'));
    const auto got = get("/scrape?info_hash=" + hash);
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_THAT(got->body, ::testing::HasSubstr("8:completei1e10:downloadedi0e10:incompletei0e"));
}

TEST_F(TrackerServerTest, RefusesWhatIsNeitherAnnounceNorScrape) {
    start();
    EXPECT_EQ(get("/").error().code, Errc::not_found);
    const auto bad = get("/announce?info_hash=short");
    ASSERT_TRUE(bad);
    EXPECT_THAT(bad->body, ::testing::StartsWith("d14:failure reason"));
}

TEST_F(TrackerServerTest, RefusesOtherMethodsAndLongTargets) {
    start();
    EXPECT_THAT(raw("POST /announce HTTP/1.1\r\n\r\n"), ::testing::StartsWith("HTTP/1.1 405 "));
    EXPECT_THAT(raw("GET /" + std::string(tracker::kMaxTargetBytes, 'x') + " HTTP/1.1\r\n\r\n"),
                ::testing::StartsWith("HTTP/1.1 414 "));
    EXPECT_EQ(raw("nonsense\r\n\r\n"), "");
}

TEST_F(TrackerServerTest, SpeaksIPv6) {
    server_settings.listen = *Endpoint::parse("[::1]:0");
    start();
    EXPECT_TRUE(announce(1001, tracker::Event::started));
}

TEST_F(TrackerServerTest, TellsThatAPortIsTaken) {
    start();
    server_settings.listen = server->local();
    const auto second = TrackerServer::create(io, server_settings);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::network);
    EXPECT_EQ(second.error().message,
              "cannot listen on " + server->local().to_string() + ": address already in use");
}

TEST_F(TrackerServerTest, ClosesSilentConnections) {
    server_settings.patience = std::chrono::milliseconds(20);
    start();
    TcpSocket silent(io.get_executor());
    silent.connect(to_tcp(server->local()));
    struct Task {
        static Awaitable<error_code> wait_for_end(TcpSocket& socket) {
            char byte = 0;
            const auto space = asio::buffer(&byte, 1);
            const auto [ec, size] = co_await socket.async_read_some(space, kAwait);
            co_return ec;
        }
    };
    EXPECT_EQ(run(io, Task::wait_for_end(silent)), asio::error::eof);
}

TEST_F(TrackerServerTest, ServesAgainWhenItsConnectionsEnd) {
    server_settings.patience = std::chrono::milliseconds(100);
    start();
    std::vector<TcpSocket> silent;
    for (std::size_t i = 0; i <= TrackerServer::kMaxConnections; ++i) {
        silent.emplace_back(io.get_executor()).connect(to_tcp(server->local()));
        io.poll();
    }
    EXPECT_TRUE(announce(1001, tracker::Event::started));
}

TEST_F(TrackerServerTest, StopsWithConnectionsOpen) {
    start();
    TcpSocket silent(io.get_executor());
    silent.connect(to_tcp(server->local()));
    io.poll();
    run(io, server->stop());
    server.reset();
}

}  // namespace
}  // namespace bt::net
