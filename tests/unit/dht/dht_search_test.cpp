// How a Dht asks others.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "unit/dht/dht_driver.hpp"

namespace bt::dht {
namespace {

using namespace std::chrono_literals;
using test::at;
using test::Driver;
using test::endpoint;
using test::id;

constexpr auto kRouter = "50.1.2.3:6881";
const auto kHash = as_info_hash(test::id(7));

template <class T>
std::vector<T> of_kind(const std::vector<Action>& actions) {
    std::vector<T> out;
    for (const auto& action : actions)
        if (const auto* one = std::get_if<T>(&action)) out.push_back(*one);
    return out;
}

/// The get_peers among what was sent.
std::vector<test::SentQuery> take_searches(Driver& dht) {
    auto queries = dht.take_queries();
    std::erase_if(queries,
                  [](const test::SentQuery& q) { return q.query.method != Method::get_peers; });
    return queries;
}

NodeInfo node(std::uint8_t i) {
    const auto where = endpoint("40." + std::to_string(i) + ".0.1:6881");
    return {make_node_id(where.address, test::numbers(i)), where};
}

TEST(DhtSearch, AsksARouterAtOnceAndItsAnswersNext) {
    Driver dht;
    dht->search(kHash, std::nullopt, dht.now());
    EXPECT_TRUE(dht.take_queries().empty());
    dht->add_router(endpoint(kRouter), dht.now());
    const auto first = take_searches(dht);
    ASSERT_EQ(first.size(), 1u);
    EXPECT_EQ(first[0].to, endpoint(kRouter));
    dht.answer(first[0], id(1), {node(1), node(2), node(3)});
    const auto second = take_searches(dht);
    EXPECT_EQ(second.size(), 3u);
    EXPECT_EQ(dht->stats().nodes_v4, 0u) << "a router is not in the table";
}

TEST(DhtSearch, ReportsPeersFromTheFirstAnswer) {
    Driver dht;
    dht->search(kHash, std::nullopt, dht.now());
    dht->add_router(endpoint(kRouter), dht.now());
    const auto asked = take_searches(dht);
    (void)dht.take();
    dht.answer(asked[0], id(1), {node(1)}, {endpoint("60.1.1.1:1"), endpoint("60.1.1.2:2")});
    auto found = of_kind<PeersFound>(dht.take());
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].info_hash, kHash);
    EXPECT_EQ(found[0].peers, (std::vector{endpoint("60.1.1.1:1"), endpoint("60.1.1.2:2")}));
}

TEST(DhtSearch, ReportsAPeerOnceInARound) {
    Driver dht;
    dht->search(kHash, std::nullopt, dht.now());
    dht->add_router(endpoint(kRouter), dht.now());
    dht.answer(take_searches(dht)[0], id(1), {node(1)}, {endpoint("60.1.1.1:1")});
    const auto second = take_searches(dht);
    ASSERT_EQ(second.size(), 1u);
    (void)dht.take();
    dht.answer(second[0], node(1).id, {}, {endpoint("60.1.1.1:1"), endpoint("60.1.1.2:1")});
    const auto actions = dht.take();
    ASSERT_EQ(of_kind<PeersFound>(actions).size(), 1u);
    EXPECT_EQ(of_kind<PeersFound>(actions)[0].peers, std::vector{endpoint("60.1.1.2:1")});
    const auto done = of_kind<LookupDone>(actions);
    ASSERT_EQ(done.size(), 1u);
    EXPECT_EQ(done[0].peers, 2u);
    EXPECT_EQ(done[0].answered, 2u);
}

TEST(DhtSearch, LeavesOutPeersThatCannotBe) {
    Driver dht;
    dht->search(kHash, std::nullopt, dht.now());
    dht->add_router(endpoint(kRouter), dht.now());
    const auto asked = take_searches(dht);
    (void)dht.take();
    dht.answer(asked[0], id(1), {},
               {endpoint("60.1.1.1:0"), endpoint("127.0.0.1:1"), endpoint("0.1.2.3:1"),
                endpoint("224.0.0.1:1"), endpoint("255.255.255.255:1"), endpoint("10.0.0.1:1"),
                endpoint("[::1]:1"), endpoint("[fe80::1]:1"), endpoint("60.1.1.1:9")});
    const auto found = of_kind<PeersFound>(dht.take());
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].peers, std::vector{endpoint("60.1.1.1:9")});
}

TEST(DhtSearch, TakesLocalPeersFromALocalNode) {
    Driver dht;
    dht->search(kHash, std::nullopt, dht.now());
    dht->add_router(endpoint("127.0.0.1:99"), dht.now());
    const auto asked = take_searches(dht);
    (void)dht.take();
    dht.answer(asked[0], id(1), {}, {endpoint("127.0.0.1:5"), endpoint("10.0.0.1:1")});
    ASSERT_EQ(of_kind<PeersFound>(dht.take()).size(), 1u);
}

TEST(DhtSearch, AsksNoAddressInALocalRangeForSomebodyOnTheInternet) {
    Driver dht;
    dht->search(kHash, std::nullopt, dht.now());
    dht->add_router(endpoint(kRouter), dht.now());
    dht.answer(take_searches(dht)[0], id(1),
               {{id(2), endpoint("127.0.0.1:22")},
                {id(3), endpoint("192.168.1.1:80")},
                {id(4), endpoint("169.254.169.254:80")},
                {id(5), endpoint("[::1]:5")},
                {id(6), endpoint("40.1.1.1:0")},
                {id(7), endpoint("224.0.0.1:5")}});
    dht.wait(1min);
    for (const auto& query : dht.take_queries())
        EXPECT_EQ(query.to, endpoint(kRouter));
}

TEST(DhtSearch, AsksNoAddressInALocalRangeForATorrent) {
    Driver dht;
    dht->add_node(endpoint("127.0.0.1:22"), dht.now(), NodeSource::torrent);
    dht->add_node(endpoint("192.168.1.1:80"), dht.now(), NodeSource::torrent);
    dht->add_node(endpoint("40.1.1.1:0"), dht.now(), NodeSource::torrent);
    EXPECT_TRUE(dht.take_queries().empty());
    dht->add_node(endpoint("40.1.1.1:5"), dht.now(), NodeSource::torrent);
    dht->add_node(endpoint("192.168.1.1:5"), dht.now(), NodeSource::peer);
    EXPECT_EQ(dht.take_queries().size(), 2u);
}

TEST(DhtSearch, IsMovedByNoAnswerThatItDidNotAskFor) {
    Driver dht;
    dht->search(kHash, std::nullopt, dht.now());
    dht->add_router(endpoint(kRouter), dht.now());
    auto asked = take_searches(dht)[0];
    (void)dht.take();
    auto wrong = asked;
    wrong.to = endpoint("50.1.2.3:6882");
    dht.answer(wrong, id(1), {node(1)}, {endpoint("60.1.1.1:9")});
    wrong.to = endpoint("50.1.2.4:6881");
    dht.answer(wrong, id(1), {node(1)}, {endpoint("60.1.1.1:9")});
    wrong = asked;
    wrong.query.transaction = as_bytes("aaaa");
    dht.answer(wrong, id(1), {node(1)}, {endpoint("60.1.1.1:9")});
    EXPECT_TRUE(dht.take().empty());
    EXPECT_EQ(dht->stats().nodes_v4, 0u);
    dht.answer(asked, id(1), {node(1)}, {endpoint("60.1.1.1:9")});
    EXPECT_FALSE(of_kind<PeersFound>(dht.take()).empty());
    dht.answer(asked, id(1), {}, {endpoint("60.1.1.1:8")});
    EXPECT_TRUE(of_kind<PeersFound>(dht.take()).empty()) << "it has been answered";
}

TEST(DhtSearch, UsesTheNodesOfAnAnswerWithoutAToken) {
    Driver dht;
    dht->search(kHash, 4321, dht.now());
    dht->add_router(endpoint(kRouter), dht.now());
    dht.answer(take_searches(dht)[0], id(1), {node(1)});  // D9
    const auto second = take_searches(dht);
    ASSERT_EQ(second.size(), 1u);
    dht.answer(second[0], node(1).id, {}, {}, "token");
    const auto queries = dht.take_queries();
    ASSERT_EQ(std::count_if(queries.begin(), queries.end(),
                            [](const auto& q) { return q.query.method == Method::announce_peer; }),
              1);
}

TEST(DhtSearch, AnnouncesAtTheEndOfTheFirstRound) {
    Driver dht({.port = 1, .read_only_for = 10min});
    dht->search(kHash, 4321, dht.now());
    dht->add_router(endpoint(kRouter), dht.now());
    dht.answer(take_searches(dht)[0], id(1), {node(1), node(2)});
    for (const auto& query : take_searches(dht)) {
        const auto own = query.to == node(1).endpoint ? node(1).id : node(2).id;
        dht.answer(query, own, {}, {}, "token of " + query.to.to_string());
    }
    std::size_t announces = 0;
    for (const auto& query : dht.take_queries()) {
        if (query.query.method != Method::announce_peer) continue;
        ++announces;
        EXPECT_EQ(as_text(query.query.token), "token of " + query.to.to_string());
        EXPECT_EQ(query.query.port, 4321);
        EXPECT_FALSE(query.query.implied_port);
        EXPECT_TRUE(query.query.read_only);
        EXPECT_EQ(query.query.target, as_node_id(kHash));
    }
    EXPECT_EQ(announces, 2u);
    EXPECT_EQ(of_kind<LookupDone>(dht.take()).size(), 2u) << "the empty round before, and this";
}

TEST(DhtSearch, OnlyLooksWithoutAPort) {
    Driver dht;
    dht->search(kHash, std::nullopt, dht.now());
    dht->add_router(endpoint(kRouter), dht.now());
    dht.answer(take_searches(dht)[0], id(1), {}, {}, "token");
    dht.wait(10s);
    for (const auto& query : dht.take_queries())
        EXPECT_NE(query.query.method, Method::announce_peer);
}

TEST(DhtSearch, GoesOnWithAGrowingPause) {
    Driver dht;
    dht.befriend(12, Family::v4);
    dht->search(kHash, std::nullopt, dht.now());
    std::vector<double> rounds;
    const auto start = dht.now();
    while (dht.now() < start + 3h) {
        for (const auto& query : dht.take_queries())
            dht.answer(query, make_node_id(query.to.address, test::numbers(12)), {},
                       {endpoint("60.1.1.1:1")});
        for (const auto& done : of_kind<LookupDone>(dht.take())) {
            EXPECT_EQ(done.info_hash, kHash);
            rounds.push_back(to_seconds(dht.now() - start));
        }
        dht.wait(200ms);
    }
    ASSERT_GE(rounds.size(), 12u);
    for (std::size_t i = 2; i < rounds.size(); ++i) {
        const auto pause = rounds[i] - rounds[i - 1];
        EXPECT_LE(pause, 15 * 60 + 20);
        const auto before = rounds[i - 1] - rounds[i - 2];
        EXPECT_TRUE(i >= 5 || pause > 1.5 * before) << pause << " after " << before;
    }
}

TEST(DhtSearch, GoesOnAtOnceWhenAskedAgain) {
    Driver dht;
    dht->add_router(endpoint(kRouter), dht.now());
    dht->search(kHash, std::nullopt, dht.now());
    dht.answer(take_searches(dht)[0], id(1), {}, {endpoint("60.1.1.1:1")});
    (void)dht.take();
    dht.wait(1s);
    EXPECT_TRUE(take_searches(dht).empty());
    dht->search(kHash, std::nullopt, dht.now());
    const auto again = take_searches(dht);
    ASSERT_EQ(again.size(), 1u);
    dht->search(kHash, std::nullopt, dht.now());
    EXPECT_TRUE(take_searches(dht).empty()) << "a round is under way";
    dht.answer(again[0], id(1), {}, {endpoint("60.1.1.1:1")});
    EXPECT_EQ(of_kind<PeersFound>(dht.take()).size(), 1u) << "a new round reports anew";
}

TEST(DhtSearch, EndsWhenItIsStopped) {
    Driver dht;
    dht->add_router(endpoint(kRouter), dht.now());
    dht->search(kHash, 4321, dht.now());
    const auto asked = take_searches(dht);
    dht->stop_search(kHash);
    (void)dht.take();
    dht.answer(asked[0], id(1), {node(1)}, {endpoint("60.1.1.1:1")}, "token");
    EXPECT_TRUE(of_kind<PeersFound>(dht.take()).empty());
    dht.wait(1h);
    EXPECT_TRUE(take_searches(dht).empty());
    EXPECT_EQ(dht->stats().searches, 0u);
}

TEST(DhtSearch, BeginsWithTheNodesOfTheLastRun) {
    Driver dht;
    const std::vector nodes{node(1), node(2), node(3)};
    dht->restore(nodes, dht.now());
    dht->search(kHash, std::nullopt, dht.now());
    auto queries = dht.take_queries();
    EXPECT_GE(queries.size(), 3u);
    EXPECT_EQ(dht->stats().nodes_v4, 0u) << "before they answer";
    for (const auto& query : queries) {
        for (const auto& one : nodes)
            if (one.endpoint == query.to) dht.answer(query, one.id);
    }
    EXPECT_EQ(dht->stats().nodes_v4, 3u);
    EXPECT_EQ(dht->nodes_to_keep().size(), 3u);
}

TEST(DhtSearch, KeepsWhatAShortRunHasNotAsked) {
    Driver dht;
    std::vector<NodeInfo> nodes;
    for (std::uint8_t i = 1; i <= 100; ++i)
        nodes.push_back(node(i));
    dht->restore(nodes, dht.now());
    const auto asked = dht.take_queries().size();
    EXPECT_EQ(dht->nodes_to_keep().size(), 100 - asked);
    dht.wait(1h);
    EXPECT_TRUE(dht->nodes_to_keep().empty()) << "nobody has answered";
}

TEST(DhtSearch, KeepsItsIdUntilOthersAgreeOnItsAddress) {
    Driver dht;
    const auto before = dht->id(Family::v4);
    EXPECT_EQ(before, dht->id(Family::v6));
    const std::vector<IpAddress> local{test::address("192.168.0.2")};
    dht->set_local_addresses(local);
    EXPECT_FALSE(dht->stats().read_only);
    for (std::uint8_t i = 1; i <= 8; ++i)
        dht->add_node(node(i).endpoint, dht.now());
    std::size_t votes = 0;
    for (const auto& query : dht.take_queries()) {
        EXPECT_EQ(dht->id(Family::v4) == before, votes < 5);
        dht.answer(query, make_node_id(query.to.address, test::numbers(query.to.port)), {}, {}, {},
                   endpoint("50.6.7.8:1"));
        ++votes;
    }
    EXPECT_EQ(votes, 8u);
    EXPECT_TRUE(is_valid_for(dht->id(Family::v4), test::address("50.6.7.8")));
    EXPECT_EQ(dht->id(Family::v6), before);
    EXPECT_EQ(dht->stats().external_v4, test::address("50.6.7.8"));
    EXPECT_TRUE(dht->stats().read_only) << "the address is none of ours: a NAT";
    const std::vector<IpAddress> open{test::address("50.6.7.8")};
    dht->set_local_addresses(open);
    EXPECT_FALSE(dht->stats().read_only);
}

TEST(DhtSearch, AsksAllAnewInAnotherNetwork) {
    Driver dht;
    dht->add_router(endpoint(kRouter), dht.now());
    dht->search(kHash, std::nullopt, dht.now());
    dht.wait(10min);
    (void)dht.take();
    dht->network_changed(dht.now());
    EXPECT_EQ(take_searches(dht).size(), 1u);
}

TEST(DhtSearch, AsksOnlyInItsFamilies) {
    Driver dht({.port = 1, .ipv4 = true, .ipv6 = false, .read_only_for = 0s});
    dht->add_router(endpoint("[2a00::1]:1"), dht.now());
    dht->add_node(endpoint("[2a00::2]:1"), dht.now());
    dht->search(kHash, std::nullopt, dht.now());
    EXPECT_TRUE(dht.take_queries().empty());
    dht->add_router(endpoint(kRouter), dht.now());
    const auto asked = take_searches(dht);
    ASSERT_EQ(asked.size(), 1u);
    EXPECT_FALSE(asked[0].query.want) << "BEP 32: there is one family to ask for";
    dht.answer(asked[0], id(1), {{id(2), endpoint("[2a00::3]:1")}});
    dht.wait(1min);
    for (const auto& query : dht.take_queries())
        EXPECT_TRUE(query.to.address.is_v4());
}

TEST(DhtSearch, ManySearchesTakeTurns) {
    Driver dht;
    dht.befriend(12, Family::v4);
    for (std::uint8_t i = 0; i < 100; ++i)
        dht->search(as_info_hash(id(i, 1)), std::nullopt, dht.now());
    EXPECT_LE(dht->stats().queries_in_flight, 256u);
    EXPECT_LE(dht->stats().lookups, 3 * kMaxLookups);
    std::size_t done = 0;
    for (int i = 0; i < 600 && done < 100; ++i) {
        for (const auto& query : dht.take_queries())
            dht.answer(query, make_node_id(query.to.address, test::numbers(12)));
        done += of_kind<LookupDone>(dht.take()).size();
        dht.wait(50ms);
    }
    EXPECT_GE(done, 100u);
}

TEST(DhtSearch, LooksLikeNobodyItself) {
    Driver dht({.port = 6881, .read_only_for = 0s});
    const std::vector<IpAddress> own{test::address("40.1.0.1")};
    dht->set_local_addresses(own);
    dht->add_node(endpoint("40.1.0.1:6881"), dht.now());
    dht->add_router(endpoint("40.1.0.1:6881"), dht.now());
    EXPECT_TRUE(dht.take_queries().empty());
    dht->add_router(endpoint(kRouter), dht.now());
    dht->search(kHash, std::nullopt, dht.now());
    const auto asked = take_searches(dht);
    ASSERT_EQ(asked.size(), 1u);
    dht.answer(asked[0], dht->id(Family::v4), {node(2)});
    EXPECT_EQ(dht->stats().nodes_v4, 0u) << "that was our own id";
}

}  // namespace
}  // namespace bt::dht
