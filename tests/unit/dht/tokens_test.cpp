#include "dht/tokens.hpp"

#include <gtest/gtest.h>

#include "unit/dht/samples.hpp"

namespace bt::dht {
namespace {

using namespace std::chrono_literals;
using test::address;
using test::at;
using test::id;

const auto kAddress = test::address("1.2.3.4");

TEST(Tokens, AreGoodForTheAddressAndTheTorrentTheyAreFor) {
    Tokens tokens(test::numbers());
    const auto token = tokens.make(kAddress, id(1), at(0));
    EXPECT_TRUE(tokens.accepts(token, kAddress, id(1), at(1)));
    EXPECT_FALSE(tokens.accepts(token, address("1.2.3.5"), id(1), at(1)));
    EXPECT_FALSE(tokens.accepts(token, kAddress, id(2), at(1)));
    EXPECT_FALSE(tokens.accepts({}, kAddress, id(1), at(1)));
    EXPECT_FALSE(tokens.accepts(Bytes(token).first(7), kAddress, id(1), at(1)));
    auto changed = token;
    changed.back() ^= std::byte{1};
    EXPECT_FALSE(tokens.accepts(changed, kAddress, id(1), at(1)));
}

TEST(Tokens, LastAtLeastFiveAndLessThanTenMinutes) {
    for (const auto made : {0s, 1s, 299s, 300s, 301s, 599s, 10'000s}) {
        for (const auto asked_between : {false, true}) {
            Tokens tokens(test::numbers());
            (void)tokens.make(kAddress, id(9), at(0));
            const auto start = at(0) + made;
            const auto token = tokens.make(kAddress, id(1), start);
            if (asked_between) (void)tokens.make(kAddress, id(9), start + 200s);
            EXPECT_TRUE(tokens.accepts(token, kAddress, id(1), start + 5min - 1ns));
            EXPECT_FALSE(tokens.accepts(token, kAddress, id(1), start + 10min));
        }
    }
}

TEST(Tokens, AreNotGuessedFromThoseOfAnotherNode) {
    Tokens one(test::numbers(1));
    Tokens other(test::numbers(2));
    EXPECT_FALSE(other.accepts(one.make(kAddress, id(1), at(0)), kAddress, id(1), at(0)));
}

TEST(Tokens, OutliveAnyPause) {
    Tokens tokens(test::numbers());
    (void)tokens.make(kAddress, id(1), at(0));
    const auto token = tokens.make(kAddress, id(1), at(0) + 1000h);
    EXPECT_TRUE(tokens.accepts(token, kAddress, id(1), at(0) + 1000h + 1min));
}

}  // namespace
}  // namespace bt::dht
