#include "dht/outstanding.hpp"

#include <gtest/gtest.h>

#include <array>

#include "unit/dht/samples.hpp"

namespace bt::dht {
namespace {

using namespace std::chrono_literals;
using test::at;
using test::endpoint;

class OutstandingTest : public ::testing::Test {
protected:
    Outstanding outstanding{test::numbers()};

    std::array<std::byte, 4> ask(const Endpoint& to, TimePoint now, std::uint32_t lookup = 0) {
        Pending pending;
        pending.to = to;
        pending.purpose = lookup == 0 ? Purpose::contact : Purpose::lookup;
        pending.lookup = lookup;
        std::array<std::byte, 4> out;
        write_be(out.data(), outstanding.add(pending, 500ms, now));
        return out;
    }
};

TEST_F(OutstandingTest, TakesAnAnswerOfWhomItAskedOnce) {
    const auto to = endpoint("1.2.3.4:5");
    const auto transaction = ask(to, at(0));
    EXPECT_TRUE(outstanding.awaits(to));
    EXPECT_FALSE(outstanding.take(transaction, endpoint("1.2.3.4:6")));
    EXPECT_FALSE(outstanding.take(transaction, endpoint("1.2.3.5:5")));
    auto other = transaction;
    other[0] ^= std::byte{1};
    EXPECT_FALSE(outstanding.take(other, to));
    EXPECT_FALSE(outstanding.take(Bytes(transaction).first(3), to));
    EXPECT_EQ(outstanding.size(), 1u);
    EXPECT_TRUE(outstanding.take(transaction, to));
    EXPECT_FALSE(outstanding.take(transaction, to));
    EXPECT_FALSE(outstanding.awaits(to));
}

TEST_F(OutstandingTest, IsLateOnceAndDeadOnce) {
    const auto to = endpoint("1.2.3.4:5");
    const auto transaction = ask(to, at(0));
    EXPECT_EQ(outstanding.wake_at(), at(0.5));
    EXPECT_TRUE(outstanding.take_late(at(0.5) - 1ns).empty());
    EXPECT_EQ(outstanding.take_late(at(0.5)).size(), 1u);
    EXPECT_TRUE(outstanding.take_late(at(1)).empty());
    EXPECT_EQ(outstanding.wake_at(), at(0) + Outstanding::kAnswerTimeout);
    EXPECT_TRUE(outstanding.take_dead(at(0) + Outstanding::kAnswerTimeout - 1ns).empty());
    EXPECT_EQ(outstanding.take_dead(at(0) + Outstanding::kAnswerTimeout).size(), 1u);
    EXPECT_FALSE(outstanding.take(transaction, to));
    EXPECT_EQ(outstanding.wake_at(), kNever);
}

TEST_F(OutstandingTest, TakesALateAnswer) {
    const auto to = endpoint("1.2.3.4:5");
    const auto transaction = ask(to, at(0));
    (void)outstanding.take_late(at(1));
    EXPECT_TRUE(outstanding.take(transaction, to));
}

TEST_F(OutstandingTest, CountsByPurpose) {
    ask(endpoint("1.2.3.4:5"), at(0));
    ask(endpoint("[2a00::1]:5"), at(0));
    ask(endpoint("1.2.3.4:6"), at(1), 7);
    EXPECT_EQ(outstanding.count(Purpose::contact, Family::v4, true), 1u);
    EXPECT_EQ(outstanding.count(Purpose::contact, Family::v6, true), 1u);
    EXPECT_EQ(outstanding.count(Purpose::lookup, Family::v4, true), 1u);
    EXPECT_TRUE(outstanding.any_for(7));
    EXPECT_FALSE(outstanding.any_for(8));
    (void)outstanding.take_late(at(0.9));
    EXPECT_EQ(outstanding.count(Purpose::contact, Family::v4, false), 0u);
    EXPECT_EQ(outstanding.count(Purpose::contact, Family::v4, true), 1u);
}

TEST_F(OutstandingTest, IsFullInTime) {
    for (std::size_t i = 0; i < Outstanding::kMax; ++i) {
        EXPECT_FALSE(outstanding.full());
        ask(endpoint("1.2.3.4:5"), at(0));
    }
    EXPECT_TRUE(outstanding.full());
}

}  // namespace
}  // namespace bt::dht
