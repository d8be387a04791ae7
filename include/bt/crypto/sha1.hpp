// SHA-1 as BEP 3 uses it. A Sha1 is a plain value: a hash begun on one thread can go on in another.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "bt/core/bytes.hpp"
#include "bt/core/ids.hpp"

namespace bt::crypto {

/// The digest of `bytes` in one go.
[[nodiscard]] Sha1Digest sha1(Bytes bytes);

/// A hash over bytes that arrive in parts. Trivially copyable; finish() ends it.
class Sha1 {
public:
    static constexpr std::size_t kBlock = 64;  // bytes that the algorithm takes in at a time

    /// Goes on with a hash whose words() were these after `length` bytes, a multiple of kBlock.
    [[nodiscard]] static Sha1 at(const std::array<std::uint32_t, 5>& words, std::uint64_t length);

    void update(Bytes bytes);
    [[nodiscard]] Sha1Digest finish();
    /// The state so far, without the last length % kBlock bytes.
    [[nodiscard]] const std::array<std::uint32_t, 5>& words() const { return state_; }

private:
    friend class Sha1Cursor;

    [[nodiscard]] std::size_t held() const { return length_ % kBlock; }

    std::array<std::uint32_t, 5> state_{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    std::uint64_t length_ = 0;              // bytes so far
    std::array<std::byte, kBlock> held_{};  // the first held() of them are not in state_ yet
};

/// The bytes by which sha1_update() advances one hash: the parts in their order, each of any size.
struct Sha1Update {
    Sha1* hash = nullptr;
    std::span<const Bytes> parts;
};

/// The most hashes that sha1_update() interleaves on any processor.
inline constexpr std::size_t kMaxSha1Streams = 4;

/// How many hashes sha1_update() interleaves on this processor: 1 if it gains nothing over
/// update().
[[nodiscard]] std::size_t sha1_streams();

/// Advances any number of hashes, no two of them the same. One hash is a chain of instructions that
/// wait for each other; a processor with SHA instructions fills the gaps with sha1_streams()
/// others.
void sha1_update(std::span<const Sha1Update> updates);

}  // namespace bt::crypto
