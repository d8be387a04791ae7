#include "bt/dht/message.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "unit/dht/samples.hpp"

namespace bt::dht {
namespace {

using test::endpoint;
using test::id;

NodeId named(std::string_view text) {
    NodeId out;
    std::copy_n(as_bytes(text).begin(), out.bytes.size(), out.bytes.begin());
    return out;
}

/// Kept alive for the views into it.
class Parsed {
public:
    explicit Parsed(std::string_view text)
        : bytes_(as_bytes(text).begin(), as_bytes(text).end()), message_(parse_message(bytes_)) {}
    explicit Parsed(ByteVector bytes) : bytes_(std::move(bytes)), message_(parse_message(bytes_)) {}

    [[nodiscard]] bool ok() const { return message_.has_value(); }
    [[nodiscard]] const Query& query() const { return std::get<Query>(*message_); }
    [[nodiscard]] const Answer& answer() const { return std::get<Answer>(*message_); }
    [[nodiscard]] const ErrorAnswer& error() const { return std::get<ErrorAnswer>(*message_); }

private:
    ByteVector bytes_;
    std::optional<Message> message_;
};

const NodeId kAsker = named("abcdefghij0123456789");
const NodeId kOther = named("mnopqrstuvwxyz123456");

TEST(DhtMessage, ReadsTheQueriesOfBep5) {
    const Parsed ping("d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe");
    ASSERT_TRUE(ping.ok());
    EXPECT_EQ(ping.query().method, Method::ping);
    EXPECT_EQ(ping.query().id, kAsker);
    EXPECT_EQ(as_text(ping.query().transaction), "aa");
    EXPECT_FALSE(ping.query().read_only);

    const Parsed find(
        "d1:ad2:id20:abcdefghij01234567896:target20:mnopqrstuvwxyz123456e1:q9:find_node1:t2:aa1:"
        "y1:qe");
    ASSERT_TRUE(find.ok());
    EXPECT_EQ(find.query().method, Method::find_node);
    EXPECT_EQ(find.query().target, kOther);

    const Parsed get(
        "d1:ad2:id20:abcdefghij01234567899:info_hash20:mnopqrstuvwxyz123456e1:q9:get_peers1:t2:aa1:"
        "y1:qe");
    ASSERT_TRUE(get.ok());
    EXPECT_EQ(get.query().method, Method::get_peers);
    EXPECT_EQ(get.query().target, kOther);
    EXPECT_FALSE(get.query().want);

    const Parsed announce(
        "d1:ad2:id20:abcdefghij01234567899:info_hash20:mnopqrstuvwxyz1234564:porti6881e5:token8:"
        "aoeusnthe1:q13:announce_peer1:t2:aa1:y1:qe");
    ASSERT_TRUE(announce.ok());
    EXPECT_EQ(announce.query().method, Method::announce_peer);
    EXPECT_EQ(announce.query().port, 6881);
    EXPECT_FALSE(announce.query().implied_port);
    EXPECT_EQ(as_text(announce.query().token), "aoeusnth");
}

TEST(DhtMessage, ReadsTheAnswersOfBep5) {
    const Parsed pong("d1:rd2:id20:mnopqrstuvwxyz123456e1:t2:aa1:y1:re");
    ASSERT_TRUE(pong.ok());
    EXPECT_EQ(pong.answer().id, kOther);

    const Parsed values(
        "d1:rd2:id20:abcdefghij01234567895:token8:aoeusnth6:valuesl6:axje.u6:idhtnmee1:t2:aa1:y1:"
        "re");
    ASSERT_TRUE(values.ok());
    EXPECT_EQ(as_text(values.answer().token), "aoeusnth");
    EXPECT_EQ(values.answer().values,
              (std::vector{endpoint("97.120.106.101:11893"), endpoint("105.100.104.116:28269")}));

    // The example of nodes is cut short in the BEP: no whole node is in it.
    const Parsed nodes(
        "d1:rd2:id20:abcdefghij01234567895:nodes9:def456...5:token8:aoeusnthe1:t2:aa1:y1:re");
    ASSERT_TRUE(nodes.ok());
    EXPECT_TRUE(nodes.answer().nodes.empty());
    EXPECT_EQ(as_text(nodes.answer().token), "aoeusnth");

    const Parsed error("d1:eli201e23:A Generic Error Ocurrede1:t2:aa1:y1:ee");
    ASSERT_TRUE(error.ok());
    EXPECT_EQ(error.error().code, Refusal::generic);
}

TEST(DhtMessage, WritesTheQueriesOfBep5) {
    Query query;
    query.transaction = as_bytes("aa");
    query.id = kAsker;
    query.target = kOther;
    const auto written = [&](Method method) {
        query.method = method;
        const auto bytes = encode(query);
        return std::string(as_text(bytes));
    };
    const auto ends = [&](std::string text) {
        return text + std::string("1:t2:aa1:v4:BT\0\1", 16) + "1:y1:qe";
    };
    EXPECT_EQ(written(Method::ping), ends("d1:ad2:id20:abcdefghij0123456789e1:q4:ping"));
    EXPECT_EQ(written(Method::find_node),
              ends("d1:ad2:id20:abcdefghij01234567896:target20:mnopqrstuvwxyz123456e1:q9:find_"
                   "node"));
    EXPECT_EQ(written(Method::get_peers),
              ends("d1:ad2:id20:abcdefghij01234567899:info_hash20:mnopqrstuvwxyz123456e1:q9:get_"
                   "peers"));
    query.port = 6881;
    query.token = as_bytes("aoeusnth");
    EXPECT_EQ(written(Method::announce_peer),
              ends("d1:ad2:id20:abcdefghij012345678912:implied_porti0e9:info_hash20:"
                   "mnopqrstuvwxyz1234564:porti6881e5:token8:aoeusnthe1:q13:announce_peer"));
}

TEST(DhtMessage, AsksForFamiliesAndSaysThatItIsReadOnly) {
    Query query;
    query.transaction = as_bytes("aa");
    query.method = Method::get_peers;
    query.want = Want{true, true};
    query.read_only = true;
    const auto bytes = encode(query);
    const std::string text(as_text(bytes));
    EXPECT_NE(text.find("4:wantl2:n42:n6e"), std::string::npos);
    EXPECT_NE(text.find("2:roi1e"), std::string::npos);  // BEP 43
    const Parsed again(bytes);
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(again.query().want, (Want{true, true}));
    EXPECT_TRUE(again.query().read_only);
    query.want = Want{false, true};
    EXPECT_EQ(Parsed(encode(query)).query().want, (Want{false, true}));
}

TEST(DhtMessage, KeepsWhatAnAnswerHolds) {
    Answer answer;
    answer.transaction = as_bytes("xyz");
    answer.id = id(7);
    answer.nodes = {{id(1), endpoint("1.2.3.4:5")}, {id(2), endpoint("[2001:db8::1]:6")}};
    answer.values = {endpoint("5.6.7.8:9"), endpoint("[2001:db8::2]:7")};
    answer.token = as_bytes("12345678");
    answer.seen_as = endpoint("9.8.7.6:5432");
    const Parsed again(encode(answer));
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(again.answer().nodes, answer.nodes);
    EXPECT_EQ(again.answer().values, answer.values);
    EXPECT_EQ(as_text(again.answer().token), "12345678");
    EXPECT_EQ(again.answer().seen_as, answer.seen_as);

    const Parsed error(encode(ErrorAnswer{as_bytes("t"), Refusal::unknown, answer.seen_as}));
    ASSERT_TRUE(error.ok());
    EXPECT_EQ(error.error().code, Refusal::unknown);
    EXPECT_EQ(error.error().seen_as, answer.seen_as);
}

TEST(DhtMessage, RefusesWhatIsNone) {
    const std::string_view id20 = "2:id20:abcdefghij0123456789";
    const std::string bad[] = {
        "",
        "d",
        "de",
        "le",
        "i1e",
        "x",
        "d1:y1:qe",
        "d1:t2:aa1:y1:qe",
        "d1:q4:ping1:t2:aa1:y1:qe",
        "d1:ade1:q4:ping1:t2:aa1:y1:qe",
        "d1:ad2:id19:abcdefghij012345678e1:q4:ping1:t2:aa1:y1:qe",
        "d1:ad2:id30:abcdefghij0123456789abcdefghije1:q4:ping1:t2:aa1:y1:qe",
        "d1:ad2:idi5ee1:q4:ping1:t2:aa1:y1:qe",
        "d1:a1:x1:q4:ping1:t2:aa1:y1:qe",
        "d1:ad" + std::string(id20) + "e1:qi1e1:t2:aa1:y1:qe",
        "d1:ad" + std::string(id20) + "e1:q4:ping1:y1:qe",
        "d1:ad" + std::string(id20) + "e1:q4:ping1:t0:1:y1:qe",
        "d1:ad" + std::string(id20) + "e1:q4:ping1:ti5e1:y1:qe",
        "d1:ad" + std::string(id20) + "e1:q4:ping1:t2:aa1:y1:ze",
        "d1:ad" + std::string(id20) + "e1:q4:ping1:t2:aae",
        "d1:ad" + std::string(id20) + "e1:q9:find_node1:t2:aa1:y1:qe",
        "d1:ad" + std::string(id20) + "e1:q9:get_peers1:t2:aa1:y1:qe",
        "d1:rde1:t2:aa1:y1:re",
        "d1:t2:aa1:y1:re",
        std::string(70, 'l') + std::string(70, 'e'),
        std::string(70, 'd'),
    };
    for (const auto& text : bad)
        EXPECT_FALSE(Parsed(text).ok()) << text;
}

TEST(DhtMessage, TakesBoundsOfSizesExactly) {
    const auto ping = [](std::size_t transaction, std::size_t padding) {
        return "d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t" + std::to_string(transaction) + ":" +
               std::string(transaction, 't') + "1:y1:q1:z" + std::to_string(padding) + ":" +
               std::string(padding, 'z') + "e";
    };
    EXPECT_TRUE(Parsed(ping(kMaxTransaction, 1)).ok());
    EXPECT_FALSE(Parsed(ping(kMaxTransaction + 1, 1)).ok());
    const auto rest = ping(2, 1000).size() - 1000;
    EXPECT_TRUE(Parsed(ping(2, kMaxPacket - rest)).ok());
    EXPECT_FALSE(Parsed(ping(2, kMaxPacket - rest + 1)).ok());
    EXPECT_FALSE(Parsed(ping(2, 65'000)).ok());
}

TEST(DhtMessage, TakesSoManyNodesAndPeersOfAnAnswer) {
    Answer answer;
    answer.transaction = as_bytes("aa");
    for (std::size_t i = 0; i < kMaxNodesOfAnswer + 3; ++i) {
        answer.nodes.push_back({id(1), endpoint("1.2.3.4:5")});
        answer.nodes.push_back({id(1), endpoint("[2001:db8::1]:5")});
    }
    for (std::size_t i = 0; i < kMaxValues + 5; ++i)
        answer.values.push_back(endpoint("1.2.3.4:5"));
    const Parsed parsed(encode(answer));
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(parsed.answer().nodes.size(), 2 * kMaxNodesOfAnswer);
    EXPECT_EQ(parsed.answer().values.size(), kMaxValues);
}

TEST(DhtMessage, TakesTheUsablePartOfAHostileAnswer) {
    const Parsed parsed(
        "d2:ip3:abc1:rd2:id20:abcdefghij01234567895:nodesi5e6:nodes630:"
        "abcdefghijabcdefghijabcdefghij5:tokenle6:valuesl5:short6:axje.ui5elede7:seven77ee1:t2:aa1:"
        "y1:re");
    ASSERT_TRUE(parsed.ok());
    EXPECT_TRUE(parsed.answer().nodes.empty());
    EXPECT_TRUE(parsed.answer().token.empty());
    EXPECT_FALSE(parsed.answer().seen_as);
    EXPECT_EQ(parsed.answer().values.size(), 1u);
    const std::string long_token(kMaxToken + 1, 't');
    EXPECT_TRUE(Parsed("d1:rd2:id20:abcdefghij01234567895:token65:" + long_token +
                       "e1:t2:aa1:y1:re")
                    .answer()
                    .token.empty());
}

TEST(DhtMessage, ReadsPortsThatAreNoneAsNone) {
    for (const auto* port : {"i0e", "i-1e", "i65536e", "i99999999999999e", "4:6881", "le"}) {
        const Parsed parsed(
            std::string("d1:ad2:id20:abcdefghij01234567899:info_hash20:mnopqrstuvwxyz1234564:port") +
            port + "5:token1:xe1:q13:announce_peer1:t2:aa1:y1:qe");
        ASSERT_TRUE(parsed.ok()) << port;
        EXPECT_EQ(parsed.query().port, 0) << port;
    }
}

TEST(DhtMessage, ReadsMethodsThatItDoesNotKnow) {
    const Parsed parsed("d1:ad2:id20:abcdefghij0123456789e1:q4:vote1:t2:aa1:y1:qe");
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(parsed.query().method, Method::unknown);
}

}  // namespace
}  // namespace bt::dht
