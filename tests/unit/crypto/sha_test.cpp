#include <gtest/gtest.h>

#include <string>

#include "bt/crypto/sha1.hpp"
#include "bt/crypto/sha256.hpp"

namespace bt::crypto {
namespace {

constexpr std::string_view kTwoBlocks = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";

std::string sha1_hex(std::string_view text) {
    return to_hex(Bytes(sha1(as_bytes(text))));
}
std::string sha256_hex(std::string_view text) {
    return to_hex(Bytes(sha256(as_bytes(text))));
}

TEST(Sha1, GivesTheDigestsOfRfc3174) {
    EXPECT_EQ(sha1_hex("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
    EXPECT_EQ(sha1_hex(kTwoBlocks), "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
    EXPECT_EQ(sha1_hex(std::string(1'000'000, 'a')), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
}

TEST(Sha1, HashesNothing) {
    EXPECT_EQ(sha1_hex(""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    EXPECT_EQ(Sha1().finish(), sha1({}));
}

TEST(Sha1, DoesNotDependOnHowTheBytesArrive) {
    const std::string text(300, 'x');
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        Sha1 hash;
        hash.update(as_bytes(text).first(cut));
        hash.update({});
        hash.update(as_bytes(text).subspan(cut));
        EXPECT_EQ(hash.finish(), sha1(as_bytes(text))) << cut;
    }
}

TEST(Sha1, ACopyGoesOnByItself) {
    Sha1 first;
    first.update(as_bytes("ab"));
    Sha1 second = first;
    first.update(as_bytes("X"));
    second.update(as_bytes("c"));
    EXPECT_EQ(second.finish(), sha1(as_bytes("abc")));
    EXPECT_EQ(first.finish(), sha1(as_bytes("abX")));
}

TEST(Sha256, GivesTheDigestsOfFips180) {
    EXPECT_EQ(sha256_hex("abc"),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256_hex(kTwoBlocks),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

}  // namespace
}  // namespace bt::crypto
