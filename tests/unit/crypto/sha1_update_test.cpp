#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <memory>
#include <ostream>
#include <random>
#include <string>
#include <vector>

#include "bt/crypto/sha1.hpp"
#include "crypto/sha1_backend.hpp"

namespace bt::crypto {
namespace {

Sha1Digest reference(Bytes bytes) {
    Sha1Digest digest;
    EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), nullptr,
               EVP_sha1(), nullptr);
    return digest;
}

using Random = std::mt19937;

std::size_t up_to(Random& random, std::size_t most) {
    return std::uniform_int_distribution<std::size_t>(0, most)(random);
}

ByteVector noise(Random& random, std::size_t size) {
    ByteVector bytes(size);
    for (auto& byte : bytes)
        byte = static_cast<std::byte>(random());
    return bytes;
}

/// `bytes` as parts: some empty, some small, some whole blocks, some large.
std::vector<Bytes> split(Random& random, Bytes bytes) {
    std::vector<Bytes> parts;
    while (!bytes.empty()) {
        const std::array<std::size_t, 5> sizes{0, up_to(random, 8), up_to(random, 130),
                                               64 * up_to(random, 4), up_to(random, 3000)};
        const auto size = std::min(sizes[up_to(random, sizes.size() - 1)], bytes.size());
        parts.push_back(bytes.first(size));
        bytes = bytes.subspan(size);
    }
    return parts;
}

struct Named {
    const char* name;
    const Sha1Backend* backend;
    friend std::ostream& operator<<(std::ostream& out, const Named& named) {
        return out << named.name;
    }
};

std::vector<Named> backends() {
    std::vector<Named> all{{"openssl", &sha1_openssl()}};
    if (const auto* ni = sha1_ni()) all.push_back({"ni", ni});
    return all;
}

class Sha1UpdateOn : public testing::TestWithParam<Named> {
protected:
    static void update(std::span<const Sha1Update> updates) {
        sha1_update(updates, *GetParam().backend);
    }
    static void update(Sha1& hash, std::span<const Bytes> parts) {
        const Sha1Update one{&hash, parts};
        update({&one, 1});
    }
    static std::string hex(std::string_view text) {
        Sha1 hash;
        const auto bytes = as_bytes(text);
        update(hash, {&bytes, 1});
        return to_hex(Bytes(hash.finish()));
    }
};

INSTANTIATE_TEST_SUITE_P(, Sha1UpdateOn, testing::ValuesIn(backends()));

TEST_P(Sha1UpdateOn, GivesTheDigestsOfFips180) {
    EXPECT_EQ(hex(""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    EXPECT_EQ(hex("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
    EXPECT_EQ(hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
              "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
    EXPECT_EQ(hex("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
                  "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu"),
              "a49b2446a02c645bf419f995b67091253a04a259");
    EXPECT_EQ(hex(std::string(1'000'000, 'a')), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
}

TEST_P(Sha1UpdateOn, HashesEveryLengthAtOnce) {
    constexpr std::size_t kLengths = 301;
    Random random(1);
    std::vector<ByteVector> texts;  // of their exact size each, for the address sanitizer
    for (std::size_t size = 0; size < kLengths; ++size)
        texts.push_back(noise(random, size));
    std::vector<Bytes> parts(texts.begin(), texts.end());
    std::vector<Sha1> hashes(kLengths);
    std::vector<Sha1Update> updates;
    for (std::size_t i = 0; i < kLengths; ++i)
        updates.push_back({&hashes[i], {&parts[i], 1}});

    update(updates);

    for (std::size_t i = 0; i < kLengths; ++i) {
        EXPECT_EQ(hashes[i].finish(), reference(texts[i])) << i << " bytes";
    }
}

TEST_P(Sha1UpdateOn, DoesNotDependOnTheStreamsBesideNorOnTheParts) {
    for (unsigned seed = 1; seed <= 200; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Random random(seed);
        const auto streams = 1 + seed % 9;
        const std::size_t longest = seed % 3 == 0 ? 200 : 20'000;
        std::vector<ByteVector> texts;
        std::vector<std::vector<Bytes>> parts;
        std::vector<Sha1> hashes(streams);
        for (std::size_t i = 0; i < streams; ++i) {
            texts.push_back(noise(random, up_to(random, longest)));
            parts.push_back(split(random, texts.back()));
        }
        std::vector<Sha1Update> updates;
        for (std::size_t i = 0; i < streams; ++i)
            updates.push_back({&hashes[i], parts[i]});

        update(updates);

        for (std::size_t i = 0; i < streams; ++i) {
            EXPECT_EQ(hashes[i].finish(), reference(texts[i])) << "stream " << i;
        }
    }
}

TEST_P(Sha1UpdateOn, KeepsALongStreamGoingWhileShortOnesComeAndGo) {
    Random random(2);
    const auto long_text = noise(random, 100'000);
    const auto short_text = noise(random, 1'000);
    const Bytes long_part(long_text);
    const Bytes short_part(short_text);
    for (std::size_t place = 0; place < 9; ++place) {
        std::vector<Sha1> hashes(9);
        std::vector<Sha1Update> updates;
        for (auto& hash : hashes)
            updates.push_back({&hash, {&short_part, 1}});
        updates[place].parts = {&long_part, 1};

        update(updates);

        for (std::size_t i = 0; i < hashes.size(); ++i) {
            EXPECT_EQ(hashes[i].finish(), reference(i == place ? long_text : short_text))
                << "stream " << i << ", the long one is " << place;
        }
    }
}

TEST_P(Sha1UpdateOn, GoesOnWithAHashThatUpdateBegan) {
    Random random(3);
    const auto text = noise(random, 1'000);
    for (std::size_t cut = 0; cut <= 300; ++cut) {
        Sha1 hash;
        hash.update(Bytes(text).first(cut));
        const auto rest = Bytes(text).subspan(cut);
        update(hash, {&rest, 1});
        EXPECT_EQ(hash.finish(), reference(text)) << "cut at " << cut;
    }
}

TEST_P(Sha1UpdateOn, LeavesAHashThatUpdateCanGoOnWith) {
    Random random(4);
    const auto text = noise(random, 1'000);
    for (std::size_t cut = 0; cut <= 300; ++cut) {
        Sha1 hash;
        const auto begin = Bytes(text).first(cut);
        update(hash, {&begin, 1});
        hash.update(Bytes(text).subspan(cut));
        EXPECT_EQ(hash.finish(), reference(text)) << "cut at " << cut;
    }
}

TEST_P(Sha1UpdateOn, ACopyGoesOnByItself) {
    Random random(5);
    const auto text = noise(random, 1'000);
    const auto begin = Bytes(text).first(777);
    const std::array<Bytes, 2> ends{Bytes(text).subspan(777), Bytes(text).subspan(900)};
    Sha1 first;
    update(first, {&begin, 1});
    Sha1 second = first;
    const std::array<Sha1Update, 2> updates{{{&first, {&ends[0], 1}}, {&second, {&ends[1], 1}}}};

    update(updates);

    ByteVector other(begin.begin(), begin.end());
    append(other, ends[1]);
    EXPECT_EQ(first.finish(), reference(text));
    EXPECT_EQ(second.finish(), reference(other));
}

TEST_P(Sha1UpdateOn, TakesNoHashesNoPartsAndEmptyParts) {
    std::array<Sha1, 6> hashes;
    const std::array<Bytes, 2> empty{};
    std::vector<Sha1Update> updates;
    for (auto& hash : hashes)
        updates.push_back({&hash, {}});
    updates[1].parts = empty;

    update(std::span<const Sha1Update>());
    update(updates);

    for (auto& hash : hashes)
        EXPECT_EQ(hash.finish(), reference({}));
}

TEST(Sha1Update, CountsPastFourGigabits) {
    constexpr std::size_t kTimes = 520;
    Random random(6);
    const auto mebibyte = noise(random, 1 << 20);
    const std::vector<Bytes> parts(kTimes, Bytes(mebibyte));
    Sha1 hash;
    const Sha1Update one{&hash, parts};
    sha1_update({&one, 1}, sha1_openssl());  // fast in every build

    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          EVP_MD_CTX_free);
    EVP_DigestInit_ex(context.get(), EVP_sha1(), nullptr);
    for (const auto& part : parts)
        EVP_DigestUpdate(context.get(), part.data(), part.size());
    Sha1Digest expected;
    EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char*>(expected.data()), nullptr);
    EXPECT_EQ(hash.finish(), expected);
}

TEST(Sha1Update, InterleavesAsManyStreamsAsItSays) {
    EXPECT_EQ(sha1_streams(), sha1_ni() ? kMaxSha1Streams : 1);
    EXPECT_EQ(sha1_openssl().streams, 1U);
}

}  // namespace
}  // namespace bt::crypto
