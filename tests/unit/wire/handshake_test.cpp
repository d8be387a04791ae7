#include "bt/wire/handshake.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "unit/wire/describe.hpp"

namespace bt::wire {
namespace {

using test::unhex;

Handshake example() {
    Handshake out;
    out.info_hash.bytes.fill(std::byte{0x11});
    out.peer_id.bytes.fill(std::byte{0x22});
    return out;
}

const std::string kGolden =
    "13426974546f7272656e742070726f746f636f6c 0000000000000000"
    "1111111111111111111111111111111111111111 2222222222222222222222222222222222222222";

std::array<std::byte, kHandshakeSize> sized(const ByteVector& bytes) {
    std::array<std::byte, kHandshakeSize> out{};
    std::copy_n(bytes.begin(), std::min(bytes.size(), out.size()), out.begin());
    return out;
}

TEST(Handshake, IsTheBytesOfBep3) {
    EXPECT_EQ(to_wire(example()), sized(unhex(kGolden)));
}

TEST(Handshake, SetsTheReservedBits) {
    auto handshake = example();
    handshake.extended = true;
    EXPECT_EQ(to_hex(Bytes(to_wire(handshake)).subspan(20, 8)), "0000000000100000");
    handshake = example();
    handshake.fast = true;
    EXPECT_EQ(to_hex(Bytes(to_wire(handshake)).subspan(20, 8)), "0000000000000004");
    handshake = example();
    handshake.dht = true;
    EXPECT_EQ(to_hex(Bytes(to_wire(handshake)).subspan(20, 8)), "0000000000000001");
}

TEST(Handshake, ReadsWhatItWrites) {
    auto handshake = example();
    handshake.fast = handshake.extended = handshake.dht = true;
    const auto parsed = parse_handshake(to_wire(handshake));
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->info_hash, handshake.info_hash);
    EXPECT_EQ(parsed->peer_id, handshake.peer_id);
    EXPECT_TRUE(parsed->fast && parsed->extended && parsed->dht);
}

TEST(Handshake, ReadsEachBitAlone) {
    for (const int bit : {0, 1, 2}) {
        auto handshake = example();
        handshake.fast = bit == 0;
        handshake.extended = bit == 1;
        handshake.dht = bit == 2;
        const auto parsed = parse_handshake(to_wire(handshake));
        ASSERT_TRUE(parsed);
        EXPECT_EQ(parsed->fast, bit == 0);
        EXPECT_EQ(parsed->extended, bit == 1);
        EXPECT_EQ(parsed->dht, bit == 2);
    }
}

TEST(Handshake, IgnoresUnknownReservedBits) {
    auto bytes = to_wire(example());
    std::fill_n(bytes.begin() + 20, 8, std::byte{0xff});
    const auto parsed = parse_handshake(bytes);
    ASSERT_TRUE(parsed);
    EXPECT_TRUE(parsed->fast && parsed->extended && parsed->dht);
    EXPECT_EQ(parsed->info_hash, example().info_hash);
}

TEST(Handshake, RefusesAnotherProtocol) {
    const auto refused = [](std::string_view start) {
        auto bytes = to_wire(Handshake{});
        std::ranges::copy(as_bytes(start), bytes.begin());
        const auto parsed = parse_handshake(bytes);
        return !parsed && parsed.error().code == Errc::protocol;
    };
    EXPECT_TRUE(refused("GET /announce HTTP/1.1\r\n"));
    EXPECT_TRUE(refused("\x16\x03\x01\x02"));
    EXPECT_TRUE(refused("\xff"));
    EXPECT_TRUE(refused("\x12"));
    EXPECT_TRUE(
        refused("\x13"
                "BitTorrent Protocol"));
    EXPECT_TRUE(
        refused("\x13"
                "bitTorrent protocol"));
}

TEST(Handshake, LooksAtEveryByteOfTheProtocolString) {
    for (std::size_t i = 0; i < 20; ++i) {
        auto bytes = to_wire(example());
        bytes[i] ^= std::byte{1};
        EXPECT_FALSE(parse_handshake(bytes)) << i;
    }
}

}  // namespace
}  // namespace bt::wire
