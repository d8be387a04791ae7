#include <gtest/gtest.h>

#include <type_traits>

#include "bt/core/bytes.hpp"
#include "bt/core/ids.hpp"
#include "bt/core/result.hpp"
#include "bt/core/rng.hpp"
#include "bt/core/time.hpp"

namespace bt {
namespace {

static_assert(!std::is_convertible_v<PieceIndex, FileIndex>);
static_assert(!std::is_convertible_v<std::uint32_t, PieceIndex>);

TEST(Bytes, IntegersAreInNetworkByteOrder) {
    ByteVector out;
    append_be(out, std::uint32_t{0x01020304});
    append_be(out, std::uint64_t{0x41727101980});
    EXPECT_EQ(to_hex(Bytes(out)), "010203040000041727101980");
    EXPECT_EQ(read_be<std::uint16_t>(out.data()), 0x0102);
    EXPECT_EQ(read_be<std::uint64_t>(out.data() + 4), 0x41727101980u);
}

TEST(Bytes, TextAndBytesAreTheSameMemory) {
    const std::string_view text("a\0\xff", 3);
    EXPECT_EQ(as_text(as_bytes(text)).data(), text.data());
    EXPECT_EQ(as_text(as_bytes(text)), text);
}

TEST(InfoHash, IsShownInLowerCaseHex) {
    InfoHash hash;
    hash.bytes[0] = std::byte{0xAB};
    EXPECT_EQ(to_hex(hash), "ab" + std::string(38, '0'));
}

TEST(Result, HoldsAValueOrAnError) {
    const Result<int> good = 5;
    const Result<int> bad = fail(Errc::torrent, "why");
    EXPECT_EQ(*good, 5);
    ASSERT_FALSE(bad);
    EXPECT_EQ(bad.error().code, Errc::torrent);
    EXPECT_EQ(bad.error().message, "why");
    EXPECT_THROW((void)bad.value(), std::runtime_error);
}

TEST(Rng, AnEqualSeedGivesEqualChoices) {
    Rng a(7);
    Rng b(7);
    for (int i = 0; i < 100; ++i) {
        const auto value = random_below(a, 10);
        EXPECT_LT(value, 10u);
        EXPECT_EQ(value, random_below(b, 10));
    }
}

TEST(Time, SecondsConvertBothWays) {
    EXPECT_EQ(from_seconds(1.5), std::chrono::milliseconds(1500));
    EXPECT_DOUBLE_EQ(to_seconds(std::chrono::milliseconds(250)), 0.25);
}

}  // namespace
}  // namespace bt
