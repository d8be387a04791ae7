#include "bt/crypto/crc32c.hpp"

#include <gtest/gtest.h>

#include <array>

namespace bt::crypto {
namespace {

TEST(Crc32c, HasTheKnownValues) {
    EXPECT_EQ(crc32c(as_bytes("123456789")), 0xe3069283);
    EXPECT_EQ(crc32c({}), 0u);
    EXPECT_EQ(
        crc32c(std::array{std::byte{0xef}, std::byte{0xfe}, std::byte{0xa5}, std::byte{0x5a}}),
        0x5ee3b9d5u);
}

}  // namespace
}  // namespace bt::crypto
