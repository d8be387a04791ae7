#include "bt/swarm/peer_priority.hpp"

#include <gtest/gtest.h>

#include "bt/crypto/crc32c.hpp"
#include "bt/text/base32.hpp"

namespace bt::swarm {
namespace {

Endpoint at(std::string_view address, std::uint16_t port = 6881) {
    return {*IpAddress::parse(address), port};
}

std::uint32_t crc_of_hex(std::string_view hex) {
    return crypto::crc32c(*text::hex_decode(hex));
}

TEST(PeerPriority, IsThatOfBep40) {
    EXPECT_EQ(crc_of_hex("624C14007BD50000"), 0xec2d7224);
    EXPECT_EQ(crc_of_hex("7BD5200A7BD520EA"), 0x99568189);
    EXPECT_EQ(peer_priority(at("123.213.32.10"), at("98.76.54.32")), 0xec2d7224);
    EXPECT_EQ(peer_priority(at("123.213.32.10"), at("123.213.32.234")), 0x99568189);
}

TEST(PeerPriority, MasksTheLastByteWithinASixteen) {
    EXPECT_EQ(peer_priority(at("10.1.2.255"), at("10.1.3.255")), crc_of_hex("0a0102550a010355"));
}

TEST(PeerPriority, MasksIpv6BehindTheFirstDifference) {
    EXPECT_EQ(peer_priority(at("2001:db8:1::ffff"), at("2001:db8:2:ffff::1")),
              crc_of_hex("20010db8000100000000000000005555"
                         "20010db8000255550000000000000001"));
    EXPECT_EQ(peer_priority(at("2001:db8:1:ff00::ffff"), at("2001:db8:1:ee00::")),
              crc_of_hex("20010db80001ee000000000000000000"
                         "20010db80001ff000000000000005555"));
    EXPECT_EQ(peer_priority(at("2001:db8:1:12::ff"), at("2001:db8:1:13::ff")),
              crc_of_hex("20010db8000100120000000000000055"
                         "20010db8000100130000000000000055"));
}

TEST(PeerPriority, OfOneAddressIsThatOfThePorts) {
    EXPECT_EQ(peer_priority(at("1.2.3.4", 0x1234), at("1.2.3.4", 0xabcd)), crc_of_hex("1234abcd"));
}

TEST(PeerPriority, IsTheSameEitherWayRound) {
    for (const auto* other : {"98.76.54.32", "123.213.32.234", "123.213.1.2", "123.213.32.10"}) {
        EXPECT_EQ(peer_priority(at("123.213.32.10", 1), at(other, 2)),
                  peer_priority(at(other, 2), at("123.213.32.10", 1)));
    }
}

TEST(PeerPriority, IsNoneForTwoFamilies) {
    EXPECT_FALSE(peer_priority(at("1.2.3.4"), at("2001:db8::1")));
}

}  // namespace
}  // namespace bt::swarm
