#include <gtest/gtest.h>

#include "bt/core/rng.hpp"
#include "bt/tracker/udp.hpp"
#include "unit/tracker/samples.hpp"

namespace bt::tracker {
namespace {

using test::at;
using test::sample_request;
using namespace std::chrono_literals;

constexpr std::uint64_t kConnectionId = 0xabcdef;

std::uint32_t number(Bytes packet, std::size_t from) {
    return read_be<std::uint32_t>(packet.data() + from);
}

/// One exchange in virtual time, and a tracker that answers when the test says so.
class Exchange {
public:
    explicit Exchange(unsigned last_retry = kUdpLastRetry,
                      std::optional<UdpConnection> connection = std::nullopt)
        : machine_(sample_request(), {Family::v4, "/announce", connection, last_retry},
                   [this] { return ++transaction_; }) {}

    /// What is sent at `seconds`: "connect", "announce", or "" for nothing.
    std::string poll(std::int64_t seconds) {
        const auto packet = machine_.poll(at(seconds));
        if (!packet) return "";
        last_ = *packet;
        if (packet->size() == kUdpConnectSize) return "connect";
        EXPECT_EQ(read_be<std::uint64_t>(packet->data()), kConnectionId);
        return "announce";
    }
    /// All that is sent until `end`, as "15 connect", polled only when the machine asks for it.
    std::vector<std::string> run_until(std::int64_t end) {
        std::vector<std::string> out;
        for (;;) {
            const auto wake = std::max(machine_.wake_at(), at(0));
            if (wake > at(end)) return out;
            const auto seconds = std::chrono::floor<std::chrono::seconds>(wake - at(0)).count();
            const auto sent = poll(seconds);
            if (!sent.empty()) out.push_back(std::to_string(seconds) + " " + sent);
        }
    }
    std::uint32_t transaction() const { return number(last_, 12); }

    bool answer_connect(std::int64_t seconds) { return answer_connect(seconds, transaction()); }
    bool answer_connect(std::int64_t seconds, std::uint32_t transaction) {
        ByteVector packet;
        append_be(packet, std::uint32_t{0});
        append_be(packet, transaction);
        append_be(packet, kConnectionId);
        return machine_.on_packet(packet, at(seconds));
    }
    bool answer_announce(std::int64_t seconds) { return answer_announce(seconds, transaction()); }
    bool answer_announce(std::int64_t seconds, std::uint32_t transaction) {
        ByteVector packet;
        for (const std::uint32_t value : {1u, transaction, 900u, 5u, 6u})
            append_be(packet, value);
        append(packet, "aaaapp");
        return machine_.on_packet(packet, at(seconds));
    }
    bool answer_error(std::int64_t seconds) {
        ByteVector packet;
        append_be(packet, std::uint32_t{3});
        append_be(packet, transaction());
        append(packet, "no");
        return machine_.on_packet(packet, at(seconds));
    }

    bool succeeded() const { return machine_.outcome() && *machine_.outcome(); }
    bool failed(Errc code) const {
        const auto& outcome = machine_.outcome();
        return outcome && !*outcome && outcome->error().error.code == code;
    }
    UdpExchange& machine() { return machine_; }

private:
    std::uint32_t transaction_ = 100;
    ByteVector last_;
    UdpExchange machine_;
};

using Sent = std::vector<std::string>;

TEST(UdpExchange, ConnectsAndAnnounces) {
    Exchange exchange;
    EXPECT_EQ(exchange.poll(0), "connect");
    EXPECT_TRUE(exchange.answer_connect(1));
    EXPECT_EQ(exchange.poll(2), "announce");
    EXPECT_TRUE(exchange.answer_announce(3));
    ASSERT_TRUE(exchange.succeeded());
    EXPECT_EQ((*exchange.machine().outcome())->interval, 900s);
    EXPECT_EQ((*exchange.machine().outcome())->peers.size(), 1u);
    EXPECT_EQ(exchange.machine().wake_at(), kNever);
    EXPECT_EQ(exchange.poll(4), "");
}

TEST(UdpExchange, SendsConnectsAgainAsInBep15) {
    Exchange exchange(8);
    EXPECT_EQ(exchange.run_until(300),
              (Sent{"0 connect", "15 connect", "45 connect", "105 connect", "225 connect"}));
}

TEST(UdpExchange, ConnectsAgainWhenAnAnnounceTimesOutAsInBep15) {
    Exchange exchange(8);
    EXPECT_EQ(exchange.poll(0), "connect");
    exchange.answer_connect(1);
    EXPECT_EQ(exchange.poll(2), "announce");
    EXPECT_EQ(exchange.run_until(300),
              (Sent{"17 announce", "47 announce", "107 connect", "227 connect"}));
}

TEST(UdpExchange, UsesAConnectionForAMinuteAsInBep15) {
    Exchange first;
    first.poll(0);
    first.answer_connect(1);
    EXPECT_EQ(first.poll(2), "announce");
    first.answer_announce(3);
    const auto kept = first.machine().connection();
    ASSERT_TRUE(kept);
    EXPECT_EQ(Exchange(kUdpLastRetry, kept).poll(4), "announce");
    EXPECT_EQ(Exchange(kUdpLastRetry, kept).poll(60), "announce");
    EXPECT_EQ(Exchange(kUdpLastRetry, kept).poll(61), "connect");
    EXPECT_EQ(Exchange(kUdpLastRetry, kept).poll(62), "connect");
}

TEST(UdpExchange, CallsATrackerSilentAfterTheLastRetry) {
    Exchange exchange;
    EXPECT_EQ(exchange.run_until(224),
              (Sent{"0 connect", "15 connect", "45 connect", "105 connect"}));
    EXPECT_FALSE(exchange.machine().outcome());
    EXPECT_EQ(exchange.poll(225), "");
    EXPECT_TRUE(exchange.failed(Errc::timeout));
}

TEST(UdpExchange, BeginsTheRetriesAnewWithTheAnnounce) {
    Exchange exchange;
    EXPECT_EQ(exchange.run_until(50).size(), 3u);
    exchange.answer_connect(50);
    EXPECT_EQ(exchange.run_until(100), (Sent{"50 announce", "65 announce", "95 announce"}));
}

TEST(UdpExchange, EndsWithATrackerThatOnlyAnswersConnects) {
    Exchange exchange;
    int sent = 0;
    for (std::int64_t second = 0; second < 100'000 && !exchange.machine().outcome(); ++second) {
        const auto packet = exchange.poll(second);
        if (packet.empty()) continue;
        ++sent;
        if (packet == "connect") {
            EXPECT_TRUE(exchange.answer_connect(second));
        }
    }
    EXPECT_TRUE(exchange.failed(Errc::timeout));
    EXPECT_LE(sent, 12);
}

TEST(UdpExchange, KeepsTheTransactionOfWhatItSendsAgain) {
    Exchange exchange;
    exchange.poll(0);
    const auto connect = exchange.transaction();
    exchange.poll(15);
    EXPECT_EQ(exchange.transaction(), connect);
    EXPECT_TRUE(exchange.answer_connect(16));
    exchange.poll(16);
    EXPECT_NE(exchange.transaction(), connect);
}

TEST(UdpExchange, IgnoresWhatDoesNotAnswer) {
    Exchange exchange;
    exchange.poll(0);
    const auto connect = exchange.transaction();
    EXPECT_FALSE(exchange.answer_connect(1, connect + 1));
    EXPECT_FALSE(exchange.answer_announce(1));
    EXPECT_FALSE(exchange.machine().on_packet({}, at(1)));
    EXPECT_EQ(exchange.machine().wake_at(), at(15));
    EXPECT_TRUE(exchange.answer_connect(2));
    exchange.poll(2);
    EXPECT_FALSE(exchange.answer_connect(3));            // not a connect any more
    EXPECT_FALSE(exchange.answer_announce(3, connect));  // nor its transaction
    EXPECT_FALSE(exchange.machine().outcome());
    EXPECT_TRUE(exchange.answer_announce(4));
    EXPECT_FALSE(exchange.answer_announce(5));
}

TEST(UdpExchange, IgnoresAPacketBeforeItHasAsked) {
    Exchange exchange;
    ByteVector packet(16);
    EXPECT_FALSE(exchange.machine().on_packet(packet, at(0)));
    EXPECT_EQ(exchange.poll(0), "connect");
}

TEST(UdpExchange, EndsWithAnError) {
    Exchange exchange;
    exchange.poll(0);
    EXPECT_TRUE(exchange.answer_error(1));
    EXPECT_TRUE(exchange.failed(Errc::protocol));
    EXPECT_EQ(exchange.machine().outcome()->error().error.message, "tracker said \"no\"");
}

TEST(UdpExchange, ConnectsAnewWhenAKeptConnectionIsRefused) {
    Exchange exchange(kUdpLastRetry, UdpConnection{kConnectionId, at(60)});
    EXPECT_EQ(exchange.poll(0), "announce");
    EXPECT_TRUE(exchange.answer_error(1));
    EXPECT_FALSE(exchange.machine().outcome());
    EXPECT_EQ(exchange.poll(1), "connect");
    exchange.answer_connect(2);
    EXPECT_EQ(exchange.poll(2), "announce");
    exchange.answer_error(3);
    EXPECT_TRUE(exchange.failed(Errc::protocol));
}

TEST(UdpExchange, ConnectsAnewWhenAKeptConnectionIsNotAnswered) {
    Exchange exchange(kUdpLastRetry, UdpConnection{kConnectionId, at(60)});
    EXPECT_EQ(exchange.run_until(239),
              (Sent{"0 announce", "15 connect", "30 connect", "60 connect", "120 connect"}));
    EXPECT_FALSE(exchange.machine().connection());
    exchange.poll(240);
    EXPECT_TRUE(exchange.failed(Errc::timeout));
}

TEST(UdpExchange, ConnectsAnewOnceEvenWithoutRetries) {
    Exchange exchange(0, UdpConnection{kConnectionId, at(60)});
    EXPECT_EQ(exchange.run_until(15), (Sent{"0 announce", "15 connect"}));
    EXPECT_TRUE(exchange.answer_connect(16));
    EXPECT_EQ(exchange.run_until(30), (Sent{"16 announce"}));
    exchange.poll(31);
    EXPECT_TRUE(exchange.failed(Errc::timeout));
}

TEST(UdpExchange, TimesItsRetriesByTheFirstTimeout) {
    UdpExchange::Options options;
    options.first_timeout = 1s;
    UdpExchange machine(sample_request(), options, [] { return 1u; });
    EXPECT_TRUE(machine.poll(at(0)));
    EXPECT_EQ(machine.wake_at(), at(1));
    EXPECT_TRUE(machine.poll(at(1)));
    EXPECT_EQ(machine.wake_at(), at(3));
}

TEST(UdpExchange, IsNotDisturbedByCallsWithoutNeed) {
    Exchange exchange;
    exchange.poll(0);
    for (int second = 1; second < 15; ++second)
        EXPECT_EQ(exchange.poll(second), "");
    EXPECT_EQ(exchange.poll(15), "connect");
}

TEST(UdpExchange, SurvivesRandomPackets) {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        SCOPED_TRACE(seed);
        Rng rng(seed);
        Exchange exchange;
        for (std::int64_t second = 0; second < 1000; ++second) {
            (void)exchange.machine().poll(at(second));
            ByteVector packet;
            append_be(packet, static_cast<std::uint32_t>(random_below(rng, 4)));
            append_be(packet, static_cast<std::uint32_t>(100 + random_below(rng, 6)));
            packet.resize(random_below(rng, 60), std::byte{0x42});
            (void)exchange.machine().on_packet(packet, at(second));
        }
        EXPECT_TRUE(exchange.machine().outcome());
    }
}

}  // namespace
}  // namespace bt::tracker
