#include "session/dht_service.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <random>

#include "bt/dht/state_file.hpp"
#include "bt/disk/small_file.hpp"
#include "unit/session/dht_service_fixture.hpp"

namespace bt::session {
namespace {

using net::now;
using test::DhtNode;
using test::DhtServiceTest;
using test::hash_of;
using test::Recorder;
using ::testing::Contains;
using ::testing::IsEmpty;
using State = DhtService::State;

const InfoHash kHash = hash_of(0x5a);
const InfoHash kOther = hash_of(0xa5);

bool keeps(const std::filesystem::path& path, const Endpoint& endpoint) {
    const auto file = disk::read_small_file(path, dht::kMaxStateBytes);
    const auto saved = file ? dht::parse_nodes(*file) : Result<dht::SavedNodes>(file.error());
    return saved && std::any_of(saved->nodes.begin(), saved->nodes.end(),
                                [&](const auto& node) { return node.endpoint == endpoint; });
}

TEST_F(DhtServiceTest, FindsThePortThatAnotherHasAnnounced) {
    auto& first = add(stranger.endpoint());
    auto& seed = add(first.endpoint());
    auto& leech = add(first.endpoint());
    auto& nobody = record();
    auto& of_seed = record();
    auto& of_leech = record();
    first->search(kOther, nobody, false);
    seed->search(kHash, of_seed, true);
    ASSERT_TRUE(until([&] { return of_seed.rounds > 0; }));
    const auto began = now();
    leech->search(kHash, of_leech, true);
    ASSERT_TRUE(until([&] { return !of_leech.peers.empty(); }));
    EXPECT_LT(now() - began, std::chrono::seconds(2));
    EXPECT_THAT(of_leech.peers, Contains(seed.endpoint()));
    ASSERT_TRUE(works(leech));
    EXPECT_FALSE(leech->status().read_only);
    EXPECT_EQ(leech->status().message, "");
    EXPECT_THAT(nobody.peers, IsEmpty());
    EXPECT_EQ(*look_ups, 0);  // addresses are no names
}

TEST_F(DhtServiceTest, DoesNotAnnounceUnlessItIsTold) {
    auto& first = add(stranger.endpoint());
    auto& silent = add(first.endpoint());
    auto& leech = add(first.endpoint());
    auto& nobody = record();
    auto& of_silent = record();
    auto& of_leech = record();
    first->search(kOther, nobody, false);
    silent->search(kHash, of_silent, false);
    ASSERT_TRUE(until([&] { return of_silent.rounds > 0; }));
    leech->search(kHash, of_leech, false);
    ASSERT_TRUE(until([&] { return of_leech.rounds > 0; }));
    EXPECT_THAT(of_leech.peers, IsEmpty());
    // What it is told later counts at once.
    silent->search(kHash, of_silent, true);
    ASSERT_TRUE(until([&] { return of_silent.rounds > 1; }));
    leech->stop_search(kHash);
    leech->search(kHash, of_leech, false);
    ASSERT_TRUE(until([&] { return !of_leech.peers.empty(); }));
}

TEST_F(DhtServiceTest, SendsAndReadsAndLooksUpNothingBeforeTheFirstSearch) {
    const test::TempDir folder;
    DhtSettings given;
    given.routers = {{"router.example", 6881}, {"127.0.0.1", stranger.port()}};
    given.state_file = folder.path() / "dht";
    auto& node = add(given);
    settle();
    node->network_changed();
    node->want_peers(kHash);
    node->stop_search(kHash);
    node->on_packet(as_bytes("d1:ad2:id20:aaaaaaaaaaaaaaaaaaaae1:q4:ping1:t2:aa1:y1:qe"),
                    stranger.endpoint());
    settle();
    EXPECT_EQ(node->status().state, State::asleep);
    EXPECT_EQ(stranger.heard(), 0u);
    EXPECT_EQ(node.port.counts().sent + node.port.counts().not_sent, 0u);
    EXPECT_EQ(*look_ups, 0);

    auto& recorder = record();
    node->search(kHash, recorder, true);
    EXPECT_TRUE(until([&] { return *look_ups > 0 && stranger.heard() > 0; }));
    EXPECT_EQ(node->status().state, State::starting);
}

TEST_F(DhtServiceTest, IsSilentAfterItsEnd) {
    auto& node = add(stranger.endpoint());
    auto& recorder = record();
    node->search(kHash, recorder, true);
    ASSERT_TRUE(until([&] { return stranger.heard() > 0; }));
    net::test::run(io, node.service->stop());
    const auto before = stranger.heard();
    node->search(kOther, recorder, true);
    node->want_peers(kHash);
    node->add_node(stranger.endpoint());
    node->add_node("127.0.0.1", stranger.port());
    node->network_changed();
    node->on_packet(as_bytes("d1:ad2:id20:aaaaaaaaaaaaaaaaaaaae1:q4:ping1:t2:aa1:y1:qe"),
                    stranger.endpoint());
    settle();
    EXPECT_EQ(stranger.heard(), before);
    net::test::run(io, node.service->stop());  // once more does no harm
}

TEST_F(DhtServiceTest, TellsASearcherNothingOnceItHasStopped) {
    auto& first = add(stranger.endpoint());
    auto& seed = add(first.endpoint());
    auto& leech = add(first.endpoint());
    auto& nobody = record();
    auto& of_seed = record();
    first->search(kOther, nobody, false);
    seed->search(kHash, of_seed, true);
    ASSERT_TRUE(until([&] { return of_seed.rounds > 0; }));

    auto gone = std::make_unique<Recorder>();
    bool told = false;
    gone->on_peers = [&] {
        told = true;
        leech->stop_search(kHash);
    };
    leech->search(kHash, *gone, true);
    ASSERT_TRUE(until([&] { return told; }));
    EXPECT_EQ(gone->rounds, 0);
    gone.reset();
    auto& after = record();
    leech->search(kOther, after, false);
    EXPECT_TRUE(until([&] { return after.rounds > 0; }));
}

TEST_F(DhtServiceTest, AsksAgainOnlyAsOftenAsItMay) {
    auto& node = add(stranger.endpoint());
    auto& recorder = record();
    node->search(kHash, recorder, true);
    ASSERT_TRUE(until([&] { return stranger.heard() > 0; }));
    const auto sent = node.port.counts().sent;
    for (int i = 0; i < 100; ++i) {
        node->want_peers(kHash);
        node->search(kHash, recorder, true);
        settle();
    }
    EXPECT_EQ(node.port.counts().sent, sent);
}

TEST_F(DhtServiceTest, BeginsAnotherRoundWhenItIsAskedToAndMay) {
    auto& first = add(stranger.endpoint());
    DhtSettings given;
    given.least_pause = Duration(0);
    auto& node = add(first.endpoint(), given);
    auto& nobody = record();
    auto& recorder = record();
    first->search(kOther, nobody, false);
    node->search(kHash, recorder, true);
    for (int round = 1; round <= 3; ++round) {
        ASSERT_TRUE(until([&] { return recorder.rounds >= round; }));
        node->want_peers(kHash);
    }
}

TEST_F(DhtServiceTest, AsksLessOftenTheLongerItIsAskedTo) {
    auto& first = add(stranger.endpoint());
    DhtSettings given;
    given.least_pause = std::chrono::milliseconds(20);
    auto& node = add(first.endpoint(), given);
    auto& nobody = record();
    auto& recorder = record();
    first->search(kOther, nobody, false);
    node->search(kHash, recorder, true);
    ASSERT_TRUE(until([&] { return recorder.rounds >= 1; }));
    const auto began = now();
    for (int round = 2; round <= 4; ++round) {
        node->want_peers(kHash);
        ASSERT_TRUE(until([&] { return recorder.rounds >= round; }));
    }
    // The first pause has begun earlier; then it is 40 ms and 80 ms.
    EXPECT_GE(now() - began, std::chrono::milliseconds(120));
}

TEST_F(DhtServiceTest, TakesANodeThatAPeerHasNamed) {
    auto& first = add(stranger.endpoint());
    auto& node = add(stranger.endpoint());
    auto& nobody = record();
    first->search(kOther, nobody, false);
    node->add_node(first.endpoint());
    ASSERT_TRUE(works(node));
    EXPECT_EQ(node->status().nodes_v4, 1u);
}

TEST_F(DhtServiceTest, AsksNoNodeOfATorrentInALocalRange) {
    auto& node = add(stranger.endpoint());
    test::Stranger victim(io);
    node->add_node("127.0.0.1", victim.port());
    ASSERT_TRUE(until([&] { return stranger.heard() > 0; }));
    settle();
    EXPECT_EQ(victim.heard(), 0u);
}

TEST_F(DhtServiceTest, LooksUpOnlySoManyNodesOfTorrentsAtATime) {
    std::promise<void> release;
    const auto released = release.get_future().share();
    settings.look_up = [found = look_ups,
                        released](const std::string&) -> Result<std::vector<IpAddress>> {
        released.wait();
        ++*found;
        return fail(Errc::resolve_failed, "host not found");
    };
    auto& node = add(stranger.endpoint());
    for (std::size_t i = 0; i < DhtService::kMaxLookUps + 10; ++i)
        node->add_node("node" + std::to_string(i) + ".example", 6881);
    settle();
    release.set_value();
    const int most = DhtService::kMaxLookUps;
    EXPECT_TRUE(until([&] { return *look_ups >= most; }));
    settle();
    EXPECT_EQ(*look_ups, most);
    ASSERT_TRUE(until([&] {
        node->add_node("another.example", 6881);
        return *look_ups > most;
    }));
}

TEST_F(DhtServiceTest, SaysWhyItKnowsNobody) {
    DhtSettings given;
    given.routers = {{"router.example", 6881}};
    auto& node = add(given);
    auto& recorder = record();
    node->search(kHash, recorder, true);
    ASSERT_TRUE(until([&] { return node->status().state == State::failed; }));
    EXPECT_EQ(node->status().message, "router.example: host not found");
}

TEST_F(DhtServiceTest, LooksUpRoutersAgainWhenTheNetworkHasChanged) {
    const auto online = std::make_shared<std::atomic<bool>>(false);
    settings.look_up = [online](const std::string&) -> Result<std::vector<IpAddress>> {
        if (!*online) return fail(Errc::resolve_failed, "host not found");
        return std::vector{IpAddress::v4({127, 0, 0, 1})};
    };
    DhtSettings given;
    given.routers = {{"router.example", stranger.port()}};
    auto& node = add(given);
    auto& recorder = record();
    node->search(kHash, recorder, true);
    ASSERT_TRUE(until([&] { return node->status().state == State::failed; }));
    EXPECT_EQ(stranger.heard(), 0u);
    *online = true;
    const auto before = now();
    node->network_changed();
    ASSERT_TRUE(until([&] { return stranger.heard() > 0; }));
    EXPECT_LT(now() - before, DhtService::kFirstRetry);
    EXPECT_EQ(node->status().state, State::starting);
}

TEST_F(DhtServiceTest, StopsAtOnceWhileANameIsLookedUp) {
    std::promise<void> release;
    const auto released = release.get_future().share();
    settings.look_up = [found = look_ups,
                        released](const std::string&) -> Result<std::vector<IpAddress>> {
        ++*found;
        released.wait();
        return fail(Errc::resolve_failed, "host not found");
    };
    DhtSettings given;
    given.routers = {{"router.example", 6881}};
    auto& node = add(given);
    auto& recorder = record();
    node->search(kHash, recorder, true);
    node->add_node("node.example", 6881);
    ASSERT_TRUE(until([&] { return *look_ups > 0; }));
    const auto before = now();
    stop(node);
    EXPECT_LT(now() - before, std::chrono::milliseconds(500));
    nodes.clear();
    settle();
    release.set_value();
}

TEST_F(DhtServiceTest, StopsBeforeItsCoroutinesHaveBegun) {
    auto& node = add(stranger.endpoint());
    auto& recorder = record();
    node->search(kHash, recorder, true);
    node->add_node("node.example", 6881);
    stop(node);
    EXPECT_EQ(recorder.rounds, 0);
}

TEST_F(DhtServiceTest, FindsTheNodesOfAnEarlierRunWithoutARouter) {
    const test::TempDir folder;
    DhtSettings given;
    given.state_file = folder.path() / "state" / "dht";
    auto& first = add(stranger.endpoint());
    auto& nobody = record();
    first->search(kOther, nobody, false);
    {
        auto& node = add(stranger.endpoint(), given);
        node->add_node(first.endpoint());
        ASSERT_TRUE(works(node));
        stop(node);
    }
    EXPECT_TRUE(keeps(given.state_file, first.endpoint()));
    const auto before = stranger.heard();
    auto& again = add(stranger.endpoint(), given);
    auto& recorder = record();
    const auto began = now();
    again->search(kHash, recorder, false);
    ASSERT_TRUE(works(again));
    // Who is known from before has a second for himself.
    EXPECT_LT(now() - began, DhtService::kGrace);
    EXPECT_EQ(stranger.heard(), before);
    // A run that learns nothing loses nothing.
    stop(first);
    stop(again);
    auto& alone = add(stranger.endpoint(), given);
    alone->search(kHash, recorder, false);
    settle();
    stop(alone);
    EXPECT_TRUE(keeps(given.state_file, first.endpoint()));
}

TEST_F(DhtServiceTest, StartsAnewWithADamagedFile) {
    const test::TempDir folder;
    DhtSettings given;
    given.state_file = folder.path() / "dht";
    std::ofstream(given.state_file) << "d6:formati1e2:id20:";
    auto& first = add(stranger.endpoint());
    auto& nobody = record();
    first->search(kOther, nobody, false);
    auto& node = add(stranger.endpoint(), given);
    node->add_node(first.endpoint());
    ASSERT_TRUE(works(node));
    stop(node);
    EXPECT_TRUE(keeps(given.state_file, first.endpoint()));
}

TEST_F(DhtServiceTest, SurvivesWhatHostileSendersSend) {
    auto& first = add(stranger.endpoint());
    auto& node = add(first.endpoint());
    auto& nobody = record();
    auto& recorder = record();
    first->search(kOther, nobody, false);
    node->search(kHash, recorder, true);
    ASSERT_TRUE(until([&] { return recorder.rounds > 0; }));

    const std::string query =
        "d1:ad2:id20:aaaaaaaaaaaaaaaaaaaa9:info_hash20:bbbbbbbbbbbbbbbbbbbbe"
        "1:q9:get_peers1:t2:aa1:y1:qe";
    const std::string answer =
        "d1:rd2:id20:aaaaaaaaaaaaaaaaaaaa5:nodes26:aaaaaaaaaaaaaaaaaaaa\xc0\0\2\1\1\1e1:t2:aa1:y1:"
        "re";
    const unsigned seed = 20261128;
    SCOPED_TRACE(seed);
    std::mt19937 rng(seed);
    for (const auto& good : {query, answer}) {
        for (std::size_t size = 0; size <= good.size(); ++size)
            node->on_packet(as_bytes(good.substr(0, size)), stranger.endpoint());
        for (int i = 0; i < 2000; ++i) {
            auto bad = good;
            for (unsigned n = rng() % 4; n <= 4; ++n)
                bad[rng() % bad.size()] = static_cast<char>(rng());
            node->on_packet(as_bytes(bad),
                            {IpAddress::v4({127, 0, 0, 1}), static_cast<std::uint16_t>(rng())});
        }
    }
    node->on_packet(as_bytes("d" + std::string(60'000, 'l')), stranger.endpoint());
    settle();
    EXPECT_TRUE(works(node));
    EXPECT_THAT(recorder.peers, IsEmpty());

    // It still does its work.
    auto& leech = add(first.endpoint());
    auto& of_leech = record();
    leech->search(kHash, of_leech, false);
    EXPECT_TRUE(until([&] { return !of_leech.peers.empty(); }));
}

}  // namespace
}  // namespace bt::session
