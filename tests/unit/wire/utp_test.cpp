#include "bt/wire/utp.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace bt::wire {
namespace {

// BEP 29: type and version, extension, connection, time, difference, window, sequence,
// acknowledged.
const std::string kSyn("\x41\0\x12\x34\0\0\x03\xe8\0\0\0\0\0\x10\0\0\xab\xcd\0\0", 20);

std::string refuse(std::string_view packet, std::uint32_t microseconds = 3000) {
    const auto out = refuse_utp(as_bytes(packet), microseconds);
    return out ? std::string(as_text(*out)) : std::string();
}

TEST(Utp, AConnectionIsRefusedByItsResetOfBep29) {
    EXPECT_EQ(refuse(kSyn),
              std::string("\x31\0\x12\x34\0\0\x0b\xb8\0\0\x07\xd0\0\0\0\0\0\0\xab\xcd", 20));
    EXPECT_EQ(refuse(kSyn + "an extension"), refuse(kSyn));
}

TEST(Utp, ClocksMayBeWhereTheyLike) {
    EXPECT_EQ(refuse(kSyn, 0).substr(8, 4), std::string("\xff\xff\xfc\x18", 4));
}

TEST(Utp, NothingElseIsAnswered) {
    for (std::size_t length = 0; length < kSyn.size(); ++length)
        EXPECT_EQ(refuse(kSyn.substr(0, length)), "") << length;
    for (unsigned first = 0; first < 256; ++first) {
        if (first == 0x41) continue;
        auto other = kSyn;
        other[0] = static_cast<char>(first);
        EXPECT_EQ(refuse(other), "") << first;
    }
    EXPECT_EQ(refuse(refuse(kSyn)), "");
}

}  // namespace
}  // namespace bt::wire
