#include <gtest/gtest.h>

#include "bt/core/rng.hpp"
#include "bt/wire/handshake.hpp"

namespace bt::wire {
namespace {

ExtendedHandshake parse(std::string_view text) {
    const auto parsed = parse_extended_handshake(as_bytes(text));
    EXPECT_TRUE(parsed) << text;
    return parsed ? *parsed : ExtendedHandshake{};
}

ExtendedHandshake full() {
    ExtendedHandshake out;
    out.client = "bt 0.1";
    out.reqq = 500;
    out.port = 6881;
    out.your_ip = IpAddress::parse("1.2.3.4");
    out.ut_metadata = 2;
    out.ut_pex = 1;
    out.metadata_size = 31235;
    out.upload_only = true;
    return out;
}

TEST(ExtendedHandshake, IsTheBytesOfBep10) {
    const auto bytes = to_wire(full());
    EXPECT_EQ(as_text(bytes),
              "d1:md11:ut_metadatai2e6:ut_pexi1ee13:metadata_sizei31235e1:pi6881e4:reqqi500e"
              "11:upload_onlyi1e1:v6:bt 0.16:yourip4:\x01\x02\x03\x04"
              "e");
}

TEST(ExtendedHandshake, LeavesOutWhatIsAbsent) {
    EXPECT_EQ(as_text(to_wire(ExtendedHandshake{})), "d1:mdee");
}

TEST(ExtendedHandshake, ReadsTheExampleOfBep10) {
    const auto got = parse("d1:md11:LT_metadatai1e6:ut_pexi2ee1:pi6881e1:v13:\xc2\xb5Torrent 1.2e");
    EXPECT_EQ(got.ut_pex, 2);
    EXPECT_EQ(got.ut_metadata, std::nullopt);
    EXPECT_EQ(got.port, 6881);
    EXPECT_EQ(got.client, "\xc2\xb5Torrent 1.2");
}

TEST(ExtendedHandshake, ReadsWhatItWrites) {
    const auto want = full();
    const auto got = parse(as_text(to_wire(want)));
    EXPECT_EQ(got.client, want.client);
    EXPECT_EQ(got.reqq, want.reqq);
    EXPECT_EQ(got.port, want.port);
    EXPECT_EQ(got.your_ip, want.your_ip);
    EXPECT_EQ(got.ut_metadata, want.ut_metadata);
    EXPECT_EQ(got.ut_pex, want.ut_pex);
    EXPECT_EQ(got.metadata_size, want.metadata_size);
    EXPECT_TRUE(got.upload_only);
}

TEST(ExtendedHandshake, TellsOffFromUnsaid) {
    EXPECT_EQ(parse("d1:md6:ut_pexi0eee").ut_pex, 0);
    EXPECT_EQ(parse("d1:mdee").ut_pex, std::nullopt);
    EXPECT_EQ(parse("de").ut_pex, std::nullopt);
}

TEST(ExtendedHandshake, IgnoresIdsThatAreNoByte) {
    EXPECT_EQ(parse("d1:md6:ut_pexi255eee").ut_pex, 255);
    EXPECT_EQ(parse("d1:md6:ut_pexi256eee").ut_pex, std::nullopt);
    EXPECT_EQ(parse("d1:md6:ut_pexi-1eee").ut_pex, std::nullopt);
}

TEST(ExtendedHandshake, IgnoresFieldsOfTheWrongType) {
    const auto got =
        parse("d1:m3:abc13:metadata_size1:51:p4:68814:reqqle11:upload_onlyde1:vi5e6:youripi1ee");
    EXPECT_EQ(got.ut_metadata, std::nullopt);
    EXPECT_EQ(got.metadata_size, std::nullopt);
    EXPECT_EQ(got.port, std::nullopt);
    EXPECT_EQ(got.reqq, std::nullopt);
    EXPECT_FALSE(got.upload_only);
    EXPECT_EQ(got.client, std::nullopt);
    EXPECT_EQ(got.your_ip, std::nullopt);
}

TEST(ExtendedHandshake, IgnoresNumbersOutOfRange) {
    EXPECT_EQ(parse("d1:pi0ee").port, std::nullopt);
    EXPECT_EQ(parse("d1:pi65536ee").port, std::nullopt);
    EXPECT_EQ(parse("d1:pi65535ee").port, 65535);
    EXPECT_EQ(parse("d13:metadata_sizei0ee").metadata_size, std::nullopt);
    EXPECT_EQ(parse("d13:metadata_sizei-1ee").metadata_size, std::nullopt);
    EXPECT_EQ(parse("d13:metadata_sizei4611686018427387904ee").metadata_size, 4611686018427387904u);
}

TEST(ExtendedHandshake, TakesAtLeastOneRequestAsTheQueueOfAPeer) {
    EXPECT_EQ(parse("d4:reqqi0ee").reqq, 1u);
    EXPECT_EQ(parse("d4:reqqi-5ee").reqq, 1u);
    EXPECT_EQ(parse("d4:reqqi9999999999ee").reqq, 0xffffffffu);
}

TEST(ExtendedHandshake, ReadsAddressesOfBothFamilies) {
    EXPECT_EQ(parse(std::string("d6:yourip4:\x7f\0\0\x01"
                                "e",
                                17))
                  .your_ip,
              IpAddress::parse("127.0.0.1"));
    EXPECT_EQ(parse("d6:yourip16:\xfe\x80"
                    "aaaaaaaaaaaaaae")
                  .your_ip,
              IpAddress::parse("fe80:6161:6161:6161:6161:6161:6161:6161"));
    EXPECT_EQ(parse("d6:yourip5:aaaaae").your_ip, std::nullopt);
}

TEST(ExtendedHandshake, WritesAnIpv6Address) {
    ExtendedHandshake handshake;
    handshake.your_ip = IpAddress::parse("2001:db8::1");
    EXPECT_EQ(parse(as_text(to_wire(handshake))).your_ip, handshake.your_ip);
}

TEST(ExtendedHandshake, CutsALongClientName) {
    const auto name = std::string(65, 'x');
    EXPECT_EQ(parse("d1:v65:" + name + "e").client, std::string(64, 'x'));
    EXPECT_EQ(parse("d1:v64:" + name.substr(1) + "e").client, std::string(64, 'x'));
}

TEST(ExtendedHandshake, RefusesWhatIsNoDictionary) {
    for (const std::string_view text : {"", "i5e", "le", "3:abc", "d", "d1:m", "x", "d1:mi1e"}) {
        const auto parsed = parse_extended_handshake(as_bytes(text));
        ASSERT_FALSE(parsed) << text;
        EXPECT_EQ(parsed.error().code, Errc::protocol);
    }
}

TEST(ExtendedHandshake, RefusesEveryTruncation) {
    const auto bytes = to_wire(full());
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
        EXPECT_FALSE(parse_extended_handshake(Bytes(bytes).first(cut))) << cut;
    }
}

TEST(ExtendedHandshake, KeepsItsBoundsWhateverIsMutated) {
    constexpr std::uint64_t kSeed = 99;
    SCOPED_TRACE(kSeed);
    Rng rng(kSeed);
    const auto golden = to_wire(full());
    int accepted = 0;
    for (int i = 0; i < 5000; ++i) {
        auto bytes = golden;
        for (auto n = 1 + random_below(rng, 3); n > 0; --n) {
            bytes[random_below(rng, bytes.size())] = static_cast<std::byte>(rng());
        }
        const auto parsed = parse_extended_handshake(bytes);
        if (!parsed) continue;
        ++accepted;
        ASSERT_LE(parsed->client.value_or("").size(), 64u);
        ASSERT_GE(parsed->reqq.value_or(1), 1u);
        ASSERT_NE(parsed->port, 0);
    }
    EXPECT_GT(accepted, 100);
}

}  // namespace
}  // namespace bt::wire
