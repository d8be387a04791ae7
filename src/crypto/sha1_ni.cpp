// SHA-1 with the SHA instructions of x86, N streams side by side. Four rounds take one instruction
// whose result comes several cycles later, and which can start more often than that: one stream
// alone leaves the unit idle for most of the time.
#include <cpuid.h>
#include <immintrin.h>

#include <utility>

#include "bt/core/assert.hpp"
#include "crypto/sha1_backend.hpp"

// The rest of the program is built for processors without these instructions: each function asks
// for them by itself, so that no inline function of a shared header is built with them.
#define BT_SHA_NI gnu::target("sha,sse4.1")
#define BT_EACH_STREAM(k) _Pragma("GCC unroll 4") for (std::size_t k = 0; k < N; ++k)

namespace bt::crypto {

namespace {

constexpr int kReversed = 0b00'01'10'11;  // the order of words: a is the highest of a register
constexpr std::size_t kGroups = 20;       // of four rounds each

/// The registers of N streams. All loops over the streams are unrolled and all arrays dissolved.
template <std::size_t N>
struct Streams {
    __m128i abcd[N];
    __m128i e[N];     // in its highest word; within a block, abcd of the group before
    __m128i w[4][N];  // the message schedule of the last four groups
    const std::byte* at[N];

    [[BT_SHA_NI, gnu::always_inline]] void load(std::span<const Sha1Lane> lanes) {
        BT_EACH_STREAM(k) {
            const auto* state = lanes[k].state;
            const auto words = _mm_loadu_si128(reinterpret_cast<const __m128i*>(state));
            abcd[k] = _mm_shuffle_epi32(words, kReversed);
            e[k] = _mm_set_epi32(static_cast<int>(state[4]), 0, 0, 0);
            at[k] = lanes[k].blocks;
        }
    }

    [[BT_SHA_NI, gnu::always_inline]] void store(std::span<const Sha1Lane> lanes) const {
        BT_EACH_STREAM(k) {
            auto* state = lanes[k].state;
            const auto words = _mm_shuffle_epi32(abcd[k], kReversed);
            _mm_storeu_si128(reinterpret_cast<__m128i*>(state), words);
            state[4] = static_cast<std::uint32_t>(_mm_extract_epi32(e[k], 3));
        }
    }

    /// The words of group G: of the block itself, then made of those of the four groups before.
    template <std::size_t G>
    [[BT_SHA_NI, gnu::always_inline]] void schedule(std::size_t k) {
        auto& words = w[G % 4][k];
        if constexpr (G < 4) {
            const auto big_endian = _mm_set_epi64x(0x0001020304050607, 0x08090a0b0c0d0e0f);
            const auto* from = reinterpret_cast<const __m128i*>(at[k]) + G;
            words = _mm_shuffle_epi8(_mm_loadu_si128(from), big_endian);
        } else {
            words = _mm_sha1msg1_epu32(words, w[(G + 1) % 4][k]);
            words = _mm_xor_si128(words, w[(G + 2) % 4][k]);
            words = _mm_sha1msg2_epu32(words, w[(G + 3) % 4][k]);
        }
    }

    template <std::size_t G>
    [[BT_SHA_NI, gnu::always_inline]] void rounds() {
        BT_EACH_STREAM(k) {
            schedule<G>(k);
            const auto& words = w[G % 4][k];
            const auto input =
                G == 0 ? _mm_add_epi32(e[k], words) : _mm_sha1nexte_epu32(e[k], words);
            e[k] = abcd[k];
            abcd[k] = _mm_sha1rnds4_epu32(abcd[k], input, static_cast<int>(G / 5));
        }
    }

    template <std::size_t... G>
    [[BT_SHA_NI, gnu::always_inline]] void block(std::index_sequence<G...>) {
        __m128i abcd_before[N];
        __m128i e_before[N];
        BT_EACH_STREAM(k) {
            abcd_before[k] = abcd[k];
            e_before[k] = e[k];
        }
        (rounds<G>(), ...);
        BT_EACH_STREAM(k) {
            e[k] = _mm_sha1nexte_epu32(e[k], e_before[k]);
            abcd[k] = _mm_add_epi32(abcd[k], abcd_before[k]);
            at[k] += Sha1::kBlock;
        }
    }
};

template <std::size_t N>
[[BT_SHA_NI]] void compress_streams(std::span<const Sha1Lane> lanes, std::size_t count) {
    Streams<N> streams;
    streams.load(lanes);
    for (; count != 0; --count)
        streams.block(std::make_index_sequence<kGroups>());
    streams.store(lanes);
}

void compress(std::span<const Sha1Lane> lanes, std::size_t count) {
    static_assert(kMaxSha1Streams == 4);
    switch (lanes.size()) {
        case 1:
            return compress_streams<1>(lanes, count);
        case 2:
            return compress_streams<2>(lanes, count);
        case 3:
            return compress_streams<3>(lanes, count);
        case 4:
            return compress_streams<4>(lanes, count);
        default:
            BT_ASSERT(false);
    }
}

bool has_sha() {
    constexpr unsigned kSsse3 = 1U << 9;   // leaf 1, ECX
    constexpr unsigned kSse41 = 1U << 19;  // leaf 1, ECX
    constexpr unsigned kSha = 1U << 29;    // leaf 7, EBX
    unsigned a = 0;
    unsigned b = 0;
    unsigned c = 0;
    unsigned d = 0;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & kSsse3) || !(c & kSse41)) return false;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & kSha);
}

}  // namespace

const Sha1Backend* sha1_ni() {
    static constexpr Sha1Backend kBackend{kMaxSha1Streams, compress};
    return has_sha() ? &kBackend : nullptr;
}

}  // namespace bt::crypto
