#include "dht/lookup.hpp"

#include <gtest/gtest.h>

#include <set>

#include "unit/dht/samples.hpp"

namespace bt::dht {
namespace {

using test::endpoint;
using test::id;
using test::local_node;

std::vector<Endpoint> ask_all(Lookup& lookup) {
    std::vector<Endpoint> out;
    while (const auto to = lookup.next())
        out.push_back(*to);
    return out;
}

/// On the Internet, with an id that somebody made up.
NodeInfo made_up(std::uint8_t first, std::uint8_t host) {
    return {id(first, host), {IpAddress::v4({20, host, 0, 1}), 1}};
}

NodeInfo honest(std::uint8_t host, std::uint64_t seed) {
    const auto address = IpAddress::v4({30, host, 0, 1});
    return {make_node_id(address, test::numbers(seed)), {address, 1}};
}

TEST(Lookup, AsksTheNearestFirstSoManyAtATime) {
    Lookup lookup(id(0));
    for (std::uint8_t i = 20; i > 0; --i)
        lookup.add(local_node(i));
    const auto asked = ask_all(lookup);
    ASSERT_EQ(asked.size(), Lookup::kAlpha);
    for (std::size_t i = 0; i < asked.size(); ++i)
        EXPECT_EQ(asked[i], local_node(static_cast<int>(i) + 1).endpoint);
}

TEST(Lookup, AsksAnotherForOneThatIsLateAndStillTakesItsAnswer) {
    Lookup lookup(id(0));
    for (std::uint8_t i = 1; i <= 20; ++i)
        lookup.add(local_node(i));
    EXPECT_EQ(ask_all(lookup).size(), Lookup::kAlpha);
    lookup.on_late(local_node(1).endpoint);
    EXPECT_EQ(ask_all(lookup).size(), 1u);
    lookup.on_answer(local_node(1), as_bytes("token"));
    EXPECT_EQ(lookup.answered(), 1u);
    ASSERT_EQ(lookup.places().size(), 1u);
    EXPECT_EQ(lookup.places()[0].endpoint, local_node(1).endpoint);
}

TEST(Lookup, IsOverWhenTheNearestHaveAnswered) {
    Lookup lookup(id(0));
    for (std::uint8_t i = 1; i <= 20; ++i)
        lookup.add(local_node(i));
    std::size_t answered = 0;
    while (!lookup.done()) {
        const auto asked = ask_all(lookup);
        ASSERT_FALSE(asked.empty());
        for (const auto& to : asked) {
            const auto first = static_cast<std::uint8_t>((to.port - 1) / 256);
            lookup.on_answer(local_node(first), as_bytes("t"));
            ++answered;
        }
    }
    EXPECT_GE(answered, Lookup::kClosest);
    EXPECT_LE(answered, Lookup::kClosest + Lookup::kAlpha);
    const auto places = lookup.places();
    ASSERT_EQ(places.size(), Lookup::kClosest);
    for (std::size_t i = 0; i < places.size(); ++i)
        EXPECT_EQ(places[i].endpoint, local_node(static_cast<int>(i) + 1).endpoint);
}

TEST(Lookup, DoesNotWaitForTheLateOnceOthersHaveAnswered) {
    Lookup lookup(id(0));
    lookup.add(local_node(1));
    lookup.add(local_node(2));
    ask_all(lookup);
    lookup.on_late(local_node(1).endpoint);
    EXPECT_FALSE(lookup.done());
    lookup.on_answer(local_node(2), {});
    EXPECT_TRUE(lookup.done());
    lookup.on_answer(local_node(1), {});
    lookup.add(local_node(3));
    EXPECT_FALSE(lookup.done()) << "a late answer has led on";
}

TEST(Lookup, WaitsForTheLateWhenNobodyHasAnswered) {
    Lookup lookup(id(0));
    lookup.add_unnamed(endpoint("127.0.0.1:1"));
    ask_all(lookup);
    lookup.on_late(endpoint("127.0.0.1:1"));
    EXPECT_FALSE(lookup.done());
    lookup.on_failure(endpoint("127.0.0.1:1"));
    EXPECT_TRUE(lookup.done());
}

TEST(Lookup, AsksOneWithoutAnIdAgainWhileNobodyAnswers) {
    Lookup lookup(id(0));
    lookup.add_unnamed(endpoint("127.0.0.1:1"));
    lookup.add_unnamed(endpoint("127.0.0.1:2"));
    EXPECT_EQ(ask_all(lookup).size(), 2u);
    for (unsigned i = 1; i < Lookup::kMaxTries; ++i) {
        lookup.on_late(endpoint("127.0.0.1:1"));
        EXPECT_EQ(ask_all(lookup), std::vector{endpoint("127.0.0.1:1")});
    }
    lookup.on_late(endpoint("127.0.0.1:1"));
    EXPECT_TRUE(ask_all(lookup).empty()) << "often enough";
    lookup.on_answer({id(5), endpoint("127.0.0.1:1")}, {});
    lookup.on_late(endpoint("127.0.0.1:2"));
    EXPECT_TRUE(ask_all(lookup).empty()) << "there is somebody else";
    EXPECT_TRUE(lookup.done());
}

TEST(Lookup, AsksThoseWithoutAnIdBesideTheOthers) {
    Lookup lookup(id(0));
    for (std::uint8_t i = 1; i <= 20; ++i)
        lookup.add(local_node(i));
    for (std::uint16_t port = 1; port <= Lookup::kMaxUnnamed + 1; ++port)
        lookup.add_unnamed({IpAddress::v4({127, 0, 0, 2}), port});
    EXPECT_EQ(ask_all(lookup).size(), Lookup::kAlpha + Lookup::kMaxUnnamed);
}

TEST(Lookup, AnnouncesToARouterThatIsTheOnlyNode) {
    Lookup lookup(id(0));
    lookup.add_unnamed(endpoint("127.0.0.1:1"));
    ask_all(lookup);
    lookup.on_answer({id(5), endpoint("127.0.0.1:1")}, as_bytes("token"));
    EXPECT_TRUE(lookup.done());
    ASSERT_EQ(lookup.places().size(), 1u);
    EXPECT_EQ(as_text(lookup.places()[0].token), "token");
}

TEST(Lookup, AnnouncesOnlyWithAToken) {
    Lookup lookup(id(0));
    lookup.add(local_node(1));
    lookup.add(local_node(2));
    ask_all(lookup);
    lookup.on_answer(local_node(1), {});
    lookup.on_answer(local_node(2), as_bytes("t"));
    ASSERT_EQ(lookup.places().size(), 1u);
    EXPECT_EQ(lookup.places()[0].endpoint, local_node(2).endpoint);
}

TEST(Lookup, GoesByTheIdThatANodeAnswersWith) {
    Lookup lookup(id(0));
    lookup.add(local_node(1));
    for (std::uint8_t i = 2; i <= 12; ++i)
        lookup.add(local_node(i));
    while (const auto to = lookup.next()) {
        const auto first = static_cast<std::uint8_t>((to->port - 1) / 256);
        lookup.on_answer({first == 1 ? id(0xff) : id(first), *to}, as_bytes("t"));
    }
    EXPECT_TRUE(lookup.done());
    for (const auto& place : lookup.places())
        EXPECT_NE(place.endpoint, local_node(1).endpoint);
}

TEST(Lookup, IsNotHeldUpByIdsThatAreMadeUp) {
    Lookup lookup(id(0));
    for (std::uint8_t i = 0; i < 60; ++i)
        lookup.add(made_up(0, i));  // as near as can be
    for (std::uint8_t i = 0; i < 8; ++i)
        lookup.add(honest(i, i));
    std::set<std::uint8_t> honest_asked;
    int asked = 0;
    while (!lookup.done()) {
        const auto to = lookup.next();
        if (!to) break;
        ++asked;
        const auto bytes = to->address.v4_bytes();
        if (bytes[0] == 30) {
            honest_asked.insert(bytes[1]);
            lookup.on_answer(honest(bytes[1], bytes[1]), as_bytes("t"));
        }
    }
    EXPECT_TRUE(lookup.done());
    EXPECT_EQ(honest_asked.size(), 8u);
    EXPECT_LE(asked, 8 + static_cast<int>(Lookup::kMaxOthersInFlight));
    EXPECT_EQ(lookup.places().size(), 8u);
}

TEST(Lookup, MakesDoWithMadeUpIdsWhereThereAreNoOthers) {
    Lookup lookup(id(0));
    for (std::uint8_t i = 1; i <= 20; ++i)
        lookup.add(made_up(i, i));
    while (!lookup.done()) {
        const auto asked = ask_all(lookup);
        ASSERT_FALSE(asked.empty());
        for (const auto& to : asked) {
            const auto host = to.address.v4_bytes()[1];
            lookup.on_answer(made_up(host, host), as_bytes("t"));
        }
    }
    EXPECT_LE(lookup.asked(), Lookup::kClosest + Lookup::kAlpha);
    EXPECT_EQ(lookup.places().size(), Lookup::kMaxOthers);
}

TEST(Lookup, AsksAHostOnceAndAFewOfASubnet) {
    Lookup lookup(id(0));
    for (std::uint8_t host = 1; host <= 50; ++host)
        lookup.add({id(1, host), {IpAddress::v4({20, 1, 1, host}), 1}});
    EXPECT_EQ(lookup.candidate_count(), Lookup::kMaxPerSubnet);
    lookup.add({id(2), endpoint("20.1.2.1:1")});
    lookup.add({id(3), endpoint("20.1.2.1:2")});
    EXPECT_EQ(lookup.candidate_count(), Lookup::kMaxPerSubnet + 1);
}

TEST(Lookup, AsksSoManyAtMost) {
    Lookup lookup(id(0));
    Rng rng(1);
    std::size_t asked = 0;
    for (int round = 0; round < 1000; ++round) {
        for (int i = 0; i < 16; ++i) {
            auto node = local_node(0);
            node.id.bytes[5] = static_cast<std::byte>(rng());
            node.endpoint.port = static_cast<std::uint16_t>(1 + random_below(rng, 60'000));
            lookup.add(node);
        }
        EXPECT_LE(lookup.candidate_count(), Lookup::kMaxCandidates);
        for (const auto& to : ask_all(lookup)) {
            lookup.on_failure(to);
            ++asked;
        }
    }
    EXPECT_TRUE(lookup.done());
    EXPECT_EQ(asked, Lookup::kMaxAsked);
}

}  // namespace
}  // namespace bt::dht
