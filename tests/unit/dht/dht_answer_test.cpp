// What a Dht answers to others.
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

constexpr auto kStranger = "50.1.2.3:6881";

TEST(DhtAnswers, APingWithItsIdAndTheAddressItSees) {
    Driver dht;
    const auto answer = dht.ask(Method::ping, kStranger);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->id, dht->id(Family::v4));
    EXPECT_EQ(answer->seen_as, endpoint(kStranger));  // BEP 42
}

TEST(DhtAnswers, NobodyWhileItIsReadOnly) {
    Driver dht({.port = 1, .read_only_for = 10min});
    EXPECT_TRUE(dht->stats().read_only);
    EXPECT_FALSE(dht.ask(Method::ping, kStranger));
    dht.wait(10min - 1s);
    EXPECT_FALSE(dht.ask(Method::ping, kStranger));
    dht.wait(1s);
    EXPECT_TRUE(dht.ask(Method::ping, kStranger));
    EXPECT_FALSE(dht->stats().read_only);
}

TEST(DhtAnswers, JunkWithNothing) {
    Driver dht;
    for (const auto* text :
         {"", "d", "de", "d1:t2:aa1:y1:qe", "d1:q4:ping1:t2:aa1:y1:qe",
          "d1:ad2:id30:abcdefghij0123456789abcdefghije1:q4:ping1:t2:aa1:y1:qe",
          "d1:eli201e1:xe1:t2:aa1:y1:ee", "d1:rd2:id20:abcdefghij0123456789e1:t4:aaaa1:y1:re"}) {
        dht.packet(as_bytes(text), kStranger);
    }
    dht.packet(ByteVector(65'000, std::byte{'d'}), kStranger);
    EXPECT_TRUE(dht.take().empty());
    EXPECT_EQ(dht->stats().replies_sent, 0u);
    EXPECT_GE(dht->stats().dropped, 9u);
}

TEST(DhtAnswers, AMethodThatItDoesNotKnowWithAnError) {
    Driver dht;
    dht.packet(as_bytes("d1:ad2:id20:abcdefghij0123456789e1:q4:vote2:roi1e1:t2:aa1:y1:qe"),
               kStranger);
    const auto sent = dht.take_sent_to(kStranger);
    ASSERT_EQ(sent.size(), 1u);
    const auto message = parse_message(sent[0]);
    EXPECT_EQ(std::get<ErrorAnswer>(*message).code, Refusal::unknown);
}

TEST(DhtAnswers, GivesStoredPeersToThoseWhoAsk) {
    Driver dht;
    const auto token = dht.ask(Method::get_peers, kStranger, id(7))->token;
    EXPECT_EQ(token.size(), 8u);
    EXPECT_TRUE(dht.announce(kStranger, id(7), token, 1234));
    const auto answer = dht.ask(Method::get_peers, "60.1.2.3:1", id(7));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->values, std::vector{endpoint("50.1.2.3:1234")});
    EXPECT_TRUE(dht.ask(Method::get_peers, "60.1.2.3:1", id(8))->values.empty());
    dht.wait(30min);
    EXPECT_TRUE(dht.ask(Method::get_peers, "60.1.2.3:1", id(7))->values.empty());
}

TEST(DhtAnswers, TakesThePortOfThePacketWhenItIsImplied) {
    Driver dht;
    const auto token = dht.ask(Method::get_peers, kStranger, id(7))->token;
    EXPECT_TRUE(dht.announce(kStranger, id(7), token, 0, true));
    EXPECT_EQ(dht.ask(Method::get_peers, "60.1.2.3:1", id(7))->values,
              std::vector{endpoint(kStranger)});
}

TEST(DhtAnswers, RefusesAnAnnounceThatIsNotProven) {
    Driver dht;
    const auto token = dht.ask(Method::get_peers, kStranger, id(7))->token;
    EXPECT_FALSE(dht.announce("60.1.2.3:6881", id(7), token, 1)) << "of another address";
    EXPECT_FALSE(dht.announce(kStranger, id(8), token, 1)) << "for another torrent";
    EXPECT_FALSE(dht.announce(kStranger, id(7), {}, 1)) << "without a token";
    EXPECT_FALSE(dht.announce(kStranger, id(7), ByteVector(8), 1)) << "with another";
    EXPECT_FALSE(dht.announce(kStranger, id(7), token, 0)) << "without a port";
    dht.wait(10min);
    EXPECT_FALSE(dht.announce(kStranger, id(7), token, 1)) << "too late";
    EXPECT_EQ(dht->stats().stored_peers, 0u);
}

TEST(DhtAnswers, NamesGoodNodesOfTheFamilyThatIsWanted) {
    Driver dht;
    dht.befriend(10, Family::v4);
    dht.befriend(10, Family::v6);
    const auto plain = dht.ask(Method::find_node, kStranger, id(7));
    ASSERT_TRUE(plain && !plain->nodes.empty());
    for (const auto& node : plain->nodes)
        EXPECT_TRUE(node.endpoint.address.is_v4());
    const auto other = dht.ask(Method::find_node, "60.1.2.3:1", id(7), Want{false, true});
    ASSERT_TRUE(other && !other->nodes.empty());
    for (const auto& node : other->nodes)
        EXPECT_FALSE(node.endpoint.address.is_v4());
    dht.wait(15min);  // nobody has answered since
    EXPECT_TRUE(dht.ask(Method::find_node, "70.1.2.3:1", id(7))->nodes.empty());
}

TEST(DhtAnswers, SendsAStrangerNoMoreThanThriceWhatCameFromIt) {
    Driver dht;
    dht.befriend(20, Family::v4);
    dht.befriend(20, Family::v6);
    for (std::uint8_t i = 0; i < 120; ++i) {
        const auto from = "51." + std::to_string(i) + ".2.3:6881";
        const auto token = dht.ask(Method::get_peers, from, id(7))->token;
        EXPECT_TRUE(dht.announce(from, id(7), token, 1234));
        dht.wait(1s);
    }
    std::size_t host = 0;
    for (const auto method : {Method::ping, Method::find_node, Method::get_peers}) {
        for (const auto& want : {std::optional<Want>(), std::optional(Want{true, true})}) {
            const auto from = "60.1." + std::to_string(++host) + ".3:1";
            const auto [asked, answered] = dht.sizes(method, from, id(7), want);
            EXPECT_GT(answered, 0u);
            EXPECT_LE(answered, kMaxGain * asked);
        }
    }
    const auto answer = dht.ask(Method::get_peers, "60.9.9.9:1", id(7));
    EXPECT_GE(answer->values.size(), 5u);
    EXPECT_GE(answer->nodes.size(), 3u);
}

TEST(DhtAnswers, SendsANodeThatHasAnsweredAllThatAPacketHolds) {
    Driver dht;
    const auto friends = dht.befriend(20, Family::v4);
    for (std::uint8_t i = 0; i < 120; ++i) {
        const auto from = "51." + std::to_string(i) + ".2.3:6881";
        const auto token = dht.ask(Method::get_peers, from, id(7))->token;
        EXPECT_TRUE(dht.announce(from, id(7), token, 1234));
        dht.wait(1s);
    }
    const auto from = friends[0].endpoint.to_string();
    const auto answer = dht.ask(Method::get_peers, from, id(7));
    EXPECT_EQ(answer->nodes.size(), 8u);
    EXPECT_GE(answer->values.size(), 50u);
    EXPECT_LE(answer->values.size(), kMaxValues);
    EXPECT_LE(dht.sizes(Method::get_peers, from, id(7), Want{true, true}).second, kMaxSent);
}

TEST(DhtAnswers, OneSourceAFewTimesASecond) {
    Driver dht;
    int answered = 0;
    for (int i = 0; i < 1000; ++i)
        answered += dht.ask(Method::ping, kStranger) ? 1 : 0;
    EXPECT_EQ(answered, 25);
    EXPECT_TRUE(dht.ask(Method::ping, "60.1.2.3:1"));
    dht.wait(299s);
    EXPECT_FALSE(dht.ask(Method::ping, kStranger));
    dht.wait(2s);
    EXPECT_TRUE(dht.ask(Method::ping, kStranger));
}

TEST(DhtAnswers, AllTogetherWithinTheBudget) {
    Driver dht;
    Rng rng(1);
    const auto before = dht->stats().reply_bytes;
    for (int i = 0; i < 10'000; ++i) {
        const Endpoint from{
            IpAddress::v4({static_cast<std::uint8_t>(20 + random_below(rng, 70)),
                           static_cast<std::uint8_t>(rng()), static_cast<std::uint8_t>(rng()), 1}),
            1};
        (void)dht.ask(Method::get_peers, from.to_string(), id(7));
        dht.wait(1ms);
    }
    const auto sent = static_cast<double>(dht->stats().reply_bytes - before);
    EXPECT_GT(sent, kReplyRate * 10);
    EXPECT_LE(sent, kReplyRate * 10 + kReplyBurst);
}

TEST(DhtAnswers, AsksWhoAskedItBeforeItNamesItToOthers) {
    Driver dht;
    (void)dht.ask(Method::ping, kStranger, {}, {}, false);
    EXPECT_EQ(dht->stats().nodes_v4, 0u);
    EXPECT_TRUE(dht.was_asked(kStranger)) << "in turn";
    Driver other;
    (void)other.ask(Method::ping, kStranger, {}, {}, true);
    EXPECT_FALSE(other.was_asked(kStranger)) << "BEP 43: it says that it is read-only";
}

TEST(DhtAnswers, NamesItselfAsAPeerOfWhatItAnnounces) {
    Driver dht;
    dht->search(as_info_hash(id(7)), 4321, dht.now());
    EXPECT_EQ(dht.ask(Method::get_peers, "127.0.0.1:5", id(7))->values,
              std::vector{endpoint("127.0.0.1:4321")});
    EXPECT_TRUE(dht.ask(Method::get_peers, kStranger, id(7))->values.empty())
        << "it does not know where it is seen from there";
}

TEST(DhtAnswers, TellsTheInternetNothingOfItsOwnNetwork) {
    Driver dht;
    dht.befriend(4, Family::v4, "192.168.1.");
    EXPECT_FALSE(dht.ask(Method::find_node, "192.168.7.7:1", id(7))->nodes.empty());
    EXPECT_TRUE(dht.ask(Method::find_node, kStranger, id(7))->nodes.empty());

    const auto token = dht.ask(Method::get_peers, "192.168.7.7:1", id(7))->token;
    EXPECT_TRUE(dht.announce("192.168.7.7:1", id(7), token, 5));
    EXPECT_EQ(dht.ask(Method::get_peers, "192.168.7.8:1", id(7))->values.size(), 1u);
    EXPECT_TRUE(dht.ask(Method::get_peers, kStranger, id(7))->values.empty());
}

}  // namespace
}  // namespace bt::dht
