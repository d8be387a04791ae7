#include "bt/net/tracker_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/net/support.hpp"
#include "unit/net/tracker_client_fixture.hpp"

namespace bt::net {
namespace {

using test::http_reply;
using test::kPeers;
using test::Play;
using test::ScriptedServer;
using test::TrackerClientTest;
using ::testing::HasSubstr;

TEST_F(TrackerClientTest, AnnouncesOverHttp) {
    ScriptedServer server(io, [](const std::string&) { return Play::ok(http_reply(kPeers)); });
    const auto outcome = announce(server.url("/x/announce?pass=1"));
    ASSERT_TRUE(outcome) << outcome.error().error.message;
    EXPECT_EQ(outcome->peers, kPeers);
    EXPECT_EQ(outcome->interval, std::chrono::seconds(900));
    EXPECT_THAT(server.requests.at(0), ::testing::StartsWith("GET /x/announce?pass=1&"));
    EXPECT_THAT(server.requests.at(0), HasSubstr("&event=started"));
}

TEST_F(TrackerClientTest, TellsTheTrackersReasonWhateverTheStatus) {
    ScriptedServer server(io, [](const std::string&) {
        return Play{"HTTP/1.0 400 Bad\r\n\r\nd14:failure reason7:go awaye"};
    });
    const auto outcome = announce(server.url());
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().error.message, "tracker said \"go away\"");
}

TEST_F(TrackerClientTest, TellsTheStatusOfAPageThatIsNoAnswer) {
    ScriptedServer server(
        io, [](const std::string&) { return Play{"HTTP/1.0 503 Busy\r\n\r\n<html>later</html>"}; });
    EXPECT_EQ(announce(server.url()).error().error.message, "HTTP 503 Service Unavailable");
}

TEST_F(TrackerClientTest, DoesNotRepeatItsHost) {
    std::string url;
    {
        ScriptedServer server(io, [](const std::string&) { return Play{}; });
        url = server.url();
    }
    EXPECT_EQ(announce(url).error().error.message, "connection refused");
}

}  // namespace
}  // namespace bt::net
