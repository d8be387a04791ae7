// TrackerClient and a UDP tracker that has an address of each family.
#include <gtest/gtest.h>

#include "bt/net/task_group.hpp"
#include "bt/net/tracker_client.hpp"
#include "bt/text/compact_peers.hpp"
#include "unit/net/support.hpp"
#include "unit/net/tracker_client_fixture.hpp"
#include "unit/net/udp_tracker.hpp"

namespace bt::net {
namespace {

using test::kPeers;
using test::ScriptedUdpTracker;
using test::TrackerClientTest;
using tracker::AnnounceOutcome;

class BothFamiliesTest : public TrackerClientTest {
protected:
    using Script = ScriptedUdpTracker::Script;

    BothFamiliesTest() {
        addresses = {IpAddress::v4({127, 0, 0, 1}), *IpAddress::parse("::1")};
        options.udp_haste = 1;  // its timers would take minutes
        options.other_family = std::chrono::hours(1);
    }
    void SetUp() override {
        try {
            const ScriptedUdpTracker probe(io, ScriptedUdpTracker::honest({}), "::1");
        } catch (const boost::system::system_error&) {
            GTEST_SKIP() << "there is no IPv6 here";
        }
    }
    void listen(const Script& script4, const Script& script6) {
        constexpr int kTries = 20;  // the port may be taken in the other family
        for (int i = 0; i < kTries && !v6; ++i) {
            v4.emplace(io, script4);
            try {
                v6.emplace(io, script6, "::1", v4->port());
            } catch (const boost::system::system_error&) {
                continue;
            }
        }
        ASSERT_TRUE(v6);
    }
    AnnounceOutcome announce() {
        return TrackerClientTest::announce("udp://tracker.example:" + std::to_string(v4->port()));
    }
    Awaitable<void> announce_and_forget() {
        auto announcing = client->announce(request);
        co_await std::move(announcing);
    }

    static std::vector<ByteVector> silent(Bytes) { return {}; }
    static std::vector<ByteVector> refusing(Bytes packet) {
        return {test::udp_refused(packet, "go away")};
    }

    const std::vector<Endpoint> peers6{*Endpoint::parse("[2001:db8::1]:6881")};
    const Script honest4 = ScriptedUdpTracker::honest(text::compact_v4(kPeers));
    const Script honest6 = ScriptedUdpTracker::honest(text::compact_v6(peers6));
    std::optional<ScriptedUdpTracker> v4;
    std::optional<ScriptedUdpTracker> v6;
};

TEST_F(BothFamiliesTest, AreAskedAtOnceAndTheirPeersMerged) {
    options.udp_haste = 1000;
    listen(
        [&](Bytes packet) -> std::vector<ByteVector> {
            if (test::udp_action(packet) == 0) return {test::udp_connected(packet)};
            return {test::udp_announced(packet, text::compact_v4(kPeers), 1000)};
        },
        [&](Bytes packet) -> std::vector<ByteVector> {
            if (v4->requests.size() < 2) return {};  // is the second to answer
            if (test::udp_action(packet) == 0) return {test::udp_connected(packet)};
            return {test::udp_announced(packet, text::compact_v6(peers6), 2000)};
        });
    const auto outcome = announce();
    ASSERT_TRUE(outcome) << outcome.error().error.message;
    EXPECT_EQ(outcome->peers, (std::vector{kPeers[0], kPeers[1], peers6[0]}));
    EXPECT_EQ(outcome->interval, std::chrono::seconds(1000));
}

TEST_F(BothFamiliesTest, DoNotHoldEachOtherUp) {
    options.other_family = std::chrono::milliseconds(1);
    listen(silent, honest6);
    const auto outcome = announce();
    ASSERT_TRUE(outcome) << outcome.error().error.message;
    EXPECT_EQ(outcome->peers, peers6);
    EXPECT_EQ(v4->requests.size(), 1u);
}

TEST_F(BothFamiliesTest, AreNotWaitedForWhenOneCannotBeReached) {
    listen(honest4, silent);
    v6.reset();
    const auto outcome = announce();
    ASSERT_TRUE(outcome) << outcome.error().error.message;
    EXPECT_EQ(outcome->peers, kPeers);
}

TEST_F(BothFamiliesTest, SucceedTogetherWithOneThatRefuses) {
    listen(refusing, honest6);
    const auto outcome = announce();
    ASSERT_TRUE(outcome) << outcome.error().error.message;
    EXPECT_EQ(outcome->peers, peers6);
}

TEST_F(BothFamiliesTest, TellARefusalRatherThanThatOneCannotBeReached) {
    listen(refusing, silent);
    v6.reset();
    EXPECT_EQ(announce().error().error.message, "tracker said \"go away\"");
}

TEST_F(BothFamiliesTest, AreToldGoodByeWithoutALookUp) {
    listen(honest4, honest6);
    ASSERT_TRUE(announce());
    addresses.clear();
    request.event = tracker::Event::stopped;
    ASSERT_TRUE(again(false));
    for (const auto* server : {&*v4, &*v6}) {
        EXPECT_EQ(server->connects(), 1);
        EXPECT_EQ(test::udp_event(server->requests.back()), 3u);
    }
}

TEST_F(BothFamiliesTest, EndTogetherWhenTheAnnounceIsCancelled) {
    listen(silent, silent);
    const auto url = "udp://tracker.example:" + std::to_string(v4->port());
    client.emplace(services(), text::Url::parse(url).value(), options);
    TaskGroup group(io.get_executor());
    bool ended = false;
    group.spawn(announce_and_forget(), [&] { ended = true; });
    ASSERT_TRUE(
        test::run_until(io, [&] { return !v4->requests.empty() && !v6->requests.empty(); }));
    EXPECT_FALSE(ended);
    test::cancel(io, group);
    EXPECT_TRUE(test::run_until(io, [&] { return ended; }));
}

}  // namespace
}  // namespace bt::net
