#include "bt/session/announcer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "bt/text/compact_peers.hpp"
#include "unit/net/support.hpp"
#include "unit/net/udp_tracker.hpp"

namespace bt::session {
namespace {

using net::now;
using net::test::Play;
using net::test::run;
using net::test::ScriptedServer;
using net::test::ScriptedUdpTracker;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::vector<Endpoint> kPeers{*Endpoint::parse("192.0.2.1:6881")};

std::string reply(const std::string& more = {}) {
    return "d8:completei5e10:incompletei3e8:intervali900e" + more +
           "5:peers6:" + std::string(as_text(text::compact_v4(kPeers))) + "e";
}

/// The value of the `event` parameter of each request: "" when there is none.
std::vector<std::string> events(const ScriptedServer& server) {
    std::vector<std::string> out;
    for (const auto& request : server.requests) {
        const auto at = request.find("&event=");
        if (at == std::string::npos) {
            out.emplace_back();
        } else {
            out.push_back(request.substr(at + 7, request.find_first_of("& ", at + 7) - at - 7));
        }
    }
    return out;
}

class AnnouncerTest : public net::test::NetTest, public Announcer::Host {
protected:
    AnnouncerTest() {
        given.port = 6881;
        given.tracker.udp_haste = 1000;
    }
    ~AnnouncerTest() override {
        if (announcer) stop(std::chrono::milliseconds(0));
    }

    AnnounceCounts announce_counts() const override { return counts; }
    void on_tracker_peers(std::span<const Endpoint> found) override {
        peers.insert(peers.end(), found.begin(), found.end());
    }
    void on_tracker_status() override { ++status_changes; }

    void start(std::vector<std::vector<std::string>> tiers) {
        given.tiers = std::move(tiers);
        announcer = std::make_unique<Announcer>(services(), given, *this);
        announcer->start();
    }
    void stop(Duration within) {
        run(io, announcer->stop(now() + within));
        announcer.reset();
    }
    bool reached(TrackerState state, std::size_t tracker = 0) {
        return net::test::run_until(io,
                                    [&] { return announcer->status().at(tracker).state == state; });
    }
    TrackerStatus status(std::size_t tracker = 0) const { return announcer->status().at(tracker); }

    AnnouncerSettings given;
    AnnounceCounts counts{.uploaded = 11, .downloaded = 22, .left = 33};
    std::unique_ptr<Announcer> announcer;
    std::vector<Endpoint> peers;
    int status_changes = 0;
};

TEST_F(AnnouncerTest, AnnouncesStartedAndBringsPeers) {
    ScriptedServer server(io, [](const std::string&) { return Play::ok(reply()); });
    start({{server.url("/announce?passkey=0123456789abcdef0123456789abcdef")}});
    ASSERT_TRUE(reached(TrackerState::working));
    EXPECT_EQ(peers, kPeers);
    EXPECT_THAT(events(server), ElementsAre("started"));
    EXPECT_THAT(server.requests[0], HasSubstr("&uploaded=11&downloaded=22&left=33"));
    EXPECT_EQ(status().host, "127.0.0.1");
    EXPECT_EQ(status().url, "http://127.0.0.1:" + std::to_string(server.port()) + "/announce");
    EXPECT_EQ(status().peers, 1u);
    EXPECT_EQ(status().seeders, 5u);
    EXPECT_EQ(status().leechers, 3u);
    EXPECT_GT(status().next_announce, now() + std::chrono::seconds(800));
    EXPECT_GE(status_changes, 2);
    EXPECT_FALSE(announcer->all_failed());
}

TEST_F(AnnouncerTest, AsksAllTrackersOfAllTiersAtOnce) {
    ScriptedServer dead(io, [](const std::string&) { return Play{"", true}; });
    ScriptedServer server(io, [](const std::string&) { return Play::ok(reply()); });
    ScriptedUdpTracker udp(io, ScriptedUdpTracker::honest(text::compact_v4(kPeers)));
    start({{dead.url(), "http://127.0.0.1:1/announce"}, {server.url()}, {udp.url()}});
    EXPECT_TRUE(reached(TrackerState::failed, 1));
    EXPECT_TRUE(reached(TrackerState::working, 2));
    EXPECT_TRUE(reached(TrackerState::working, 3));
    EXPECT_EQ(status(0).state, TrackerState::announcing);
    EXPECT_EQ(status(3).tier, 2u);
    EXPECT_EQ(peers.size(), 2u);
}

TEST_F(AnnouncerTest, AnnouncesCompletedOnceAndStopped) {
    ScriptedServer server(io, [](const std::string&) { return Play::ok(reply()); });
    start({{server.url()}});
    ASSERT_TRUE(reached(TrackerState::working));
    counts.left = 0;
    announcer->completed();
    announcer->completed();
    ASSERT_TRUE(net::test::run_until(io, [&] { return server.requests.size() == 2; }));
    ASSERT_TRUE(reached(TrackerState::working));
    stop(std::chrono::seconds(10));
    EXPECT_THAT(events(server), ElementsAre("started", "completed", "stopped"));
    EXPECT_THAT(server.requests[2], HasSubstr("&left=0"));
}

TEST_F(AnnouncerTest, NeverAnnouncesCompletedForASeed) {
    counts.left = 0;
    ScriptedServer server(io, [](const std::string&) { return Play::ok(reply()); });
    start({{server.url()}});
    ASSERT_TRUE(reached(TrackerState::working));
    announcer->completed();
    stop(std::chrono::seconds(10));
    EXPECT_THAT(events(server), ElementsAre("started", "stopped"));
}

TEST_F(AnnouncerTest, StillTellsACompletedThatIsOwedAtStop) {
    ScriptedServer server(io, [](const std::string&) { return Play::ok(reply()); });
    start({{server.url()}});
    ASSERT_TRUE(reached(TrackerState::working));
    counts.left = 0;
    announcer->completed();  // and the program ends
    stop(std::chrono::seconds(10));
    EXPECT_THAT(events(server), ElementsAre("started", "completed", "stopped"));
}

TEST_F(AnnouncerTest, TellsCompletedOnlyOnceWhenStoppedMeanwhile) {
    ScriptedServer server(io, [](const std::string&) {
        auto play = Play::ok(reply());
        play.per_byte = std::chrono::milliseconds(1);
        return play;
    });
    start({{server.url()}});
    ASSERT_TRUE(reached(TrackerState::working));
    announcer->completed();
    ASSERT_TRUE(net::test::run_until(io, [&] { return server.requests.size() == 2; }));
    stop(std::chrono::seconds(10));
    EXPECT_THAT(events(server), ElementsAre("started", "completed", "stopped"));
}

TEST_F(AnnouncerTest, StopsOnlyTheTrackersThatHaveAnswered) {
    ScriptedServer refusing(
        io, [](const std::string&) { return Play::ok("d14:failure reason4:nopee"); });
    ScriptedServer server(io, [](const std::string&) { return Play::ok(reply()); });
    ScriptedUdpTracker udp(io, ScriptedUdpTracker::honest({}));
    start({{refusing.url(), server.url(), udp.url()}});
    ASSERT_TRUE(reached(TrackerState::failed, 0));
    ASSERT_TRUE(reached(TrackerState::working, 1));
    ASSERT_TRUE(reached(TrackerState::working, 2));
    stop(std::chrono::seconds(10));
    EXPECT_THAT(events(refusing), ElementsAre("started"));
    EXPECT_THAT(events(server), ElementsAre("started", "stopped"));
    EXPECT_EQ(net::test::udp_event(udp.requests.back()), 3u);
}

TEST_F(AnnouncerTest, StopsByTheDeadlineWhenATrackerHangs) {
    bool hang = false;
    ScriptedServer server(io, [&](const std::string&) {
        return hang ? Play{"", true} : Play::ok(reply());
    });
    ScriptedServer never(io, [](const std::string&) { return Play{"", true}; });
    ScriptedUdpTracker silent(io, [](Bytes) { return std::vector<ByteVector>{}; });
    given.tracker.udp_haste = 1;
    start({{server.url(), never.url(), silent.url()}});
    ASSERT_TRUE(reached(TrackerState::working));
    hang = true;
    const auto before = now();
    stop(std::chrono::milliseconds(50));
    EXPECT_LT(now() - before, std::chrono::seconds(5));
    EXPECT_THAT(events(server), ElementsAre("started", "stopped"));
}

TEST_F(AnnouncerTest, LooksNothingUpToSayGoodBye) {
    bool stopping = false;
    settings.look_up = [&](const std::string&) -> Result<std::vector<IpAddress>> {
        EXPECT_FALSE(stopping);
        return std::vector<IpAddress>{IpAddress::v4({127, 0, 0, 1})};
    };
    ScriptedServer server(io, [](const std::string&) { return Play::ok(reply()); });
    start({{"http://tracker.example:" + std::to_string(server.port()) + "/announce"}});
    ASSERT_TRUE(reached(TrackerState::working));
    stopping = true;
    stop(std::chrono::seconds(10));
    EXPECT_THAT(events(server), ElementsAre("started", "stopped"));
}

TEST_F(AnnouncerTest, StopsBeforeItWasStarted) {
    given.tiers = {{"http://127.0.0.1:1/announce"}};
    announcer = std::make_unique<Announcer>(services(), given, *this);
    EXPECT_FALSE(announcer->all_failed());
    stop(std::chrono::seconds(1));
}

TEST_F(AnnouncerTest, BacksOffFromADeadTracker) {
    start({{"http://127.0.0.1:1/announce"}});
    ASSERT_TRUE(reached(TrackerState::failed));
    EXPECT_EQ(status().message, "connection refused");
    EXPECT_GT(status().next_announce, now() + std::chrono::seconds(4));
    EXPECT_LE(status().next_announce, now() + std::chrono::seconds(5));
    EXPECT_TRUE(announcer->all_failed());
    announcer->want_peers();  // changes nothing
    EXPECT_GT(status().next_announce, now() + std::chrono::seconds(4));
}

TEST_F(AnnouncerTest, WantsPeersNotBeforeTheMinInterval) {
    ScriptedServer server(
        io, [](const std::string&) { return Play::ok(reply("12:min intervali120e")); });
    start({{server.url()}});
    ASSERT_TRUE(reached(TrackerState::working));
    announcer->want_peers();
    EXPECT_GT(status().next_announce, now() + std::chrono::seconds(110));
    EXPECT_LE(status().next_announce, now() + std::chrono::seconds(120));
    EXPECT_EQ(server.requests.size(), 1u);
}

TEST_F(AnnouncerTest, SendsTheTrackerIdBack) {
    ScriptedServer server(io,
                          [](const std::string&) { return Play::ok(reply("10:tracker id3:a&b")); });
    start({{server.url()}});
    ASSERT_TRUE(reached(TrackerState::working));
    stop(std::chrono::seconds(10));
    EXPECT_THAT(server.requests.at(1), HasSubstr("&trackerid=a%26b"));
}

TEST_F(AnnouncerTest, ShowsForeignWordsEscapedAndCut) {
    ScriptedServer server(io, [](const std::string&) {
        return Play::ok("d14:failure reason1000:\x1b[2J" + std::string(996, 'x') + "e");
    });
    start({{server.url()}});
    ASSERT_TRUE(reached(TrackerState::failed));
    EXPECT_THAT(status().message, HasSubstr("\\x1b[2Jxxx"));
    EXPECT_LE(status().message.size(), 200u);
}

TEST_F(AnnouncerTest, ShowsAUrlThatCannotBeUsed) {
    start({{"wss://tracker.example/announce", "nonsense"}});
    EXPECT_EQ(status(0).state, TrackerState::failed);
    EXPECT_EQ(status(1).state, TrackerState::failed);
    EXPECT_FALSE(status(0).message.empty());
    EXPECT_TRUE(announcer->all_failed());
}

TEST_F(AnnouncerTest, TellsWhyALocalTrackerIsNotAsked) {
    ScriptedServer server(io, [](const std::string&) { return Play::ok(reply()); });
    start({{server.url("/admin?passkey=0123456789abcdef")}});
    ASSERT_TRUE(reached(TrackerState::failed));
    EXPECT_THAT(status().message, HasSubstr("not asked: 127.0.0.1 is this machine and the path"));
    EXPECT_EQ(status().url, "http://127.0.0.1:" + std::to_string(server.port()) + "/...");
    EXPECT_TRUE(server.requests.empty());
}

TEST_F(AnnouncerTest, AsksATrackerThatTheUserHasTypedWhereverItIs) {
    ScriptedServer server(io, [](const std::string&) { return Play::ok(reply()); });
    given.typed = {server.url("/admin")};
    start({{"http://127.0.0.1:1/announce"}, {}});
    ASSERT_TRUE(reached(TrackerState::working, 1));
    EXPECT_EQ(status(1).tier, 2u);
}

TEST_F(AnnouncerTest, TakesTheUsersWordForATrackerThatTheTorrentNamesToo) {
    ScriptedServer server(io, [](const std::string&) { return Play::ok(reply()); });
    given.typed = {server.url("/admin"), server.url("/admin")};
    start({{server.url("/admin"), server.url("/other")}});
    ASSERT_TRUE(reached(TrackerState::working, 0));
    ASSERT_TRUE(reached(TrackerState::failed, 1));
    EXPECT_EQ(announcer->status().size(), 2u);
    EXPECT_EQ(server.requests.size(), 1u);
}

TEST_F(AnnouncerTest, HasRoomForWhatTheUserHasTypedBesideAnyTorrent) {
    std::vector<std::string> urls;
    for (std::size_t i = 0; i < 2 * kMaxTrackers; ++i)
        urls.push_back("http://127.0.0.1:1/" + std::to_string(i) + "/announce");
    given.tiers = {urls};
    given.typed = {"http://typed.example/1", urls[0], urls.back(), "http://typed.example/2"};
    announcer = std::make_unique<Announcer>(services(), given, *this);
    ASSERT_EQ(announcer->status().size(), kMaxTrackers);
    EXPECT_EQ(status(kMaxTrackers - 2).host, "typed.example");
    EXPECT_EQ(status(kMaxTrackers - 1).host, "typed.example");
    given.typed = urls;
    announcer = std::make_unique<Announcer>(services(), given, *this);
    EXPECT_EQ(announcer->status().size(), kMaxTrackers);
}

TEST_F(AnnouncerTest, AsksEachUrlOnceAndAtMostItsBound) {
    std::vector<std::string> urls(3, "http://127.0.0.1:1/announce");
    for (std::size_t i = 0; i < kMaxTrackers; ++i)
        urls.push_back("http://127.0.0.1:1/" + std::to_string(i));
    given.tiers = {urls};
    announcer = std::make_unique<Announcer>(services(), given, *this);
    EXPECT_EQ(announcer->status().size(), kMaxTrackers);
}

}  // namespace
}  // namespace bt::session
