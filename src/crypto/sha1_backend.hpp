// What compresses blocks into the states of SHA-1: this processor's own instructions, or OpenSSL.
// Stateless, for any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "bt/crypto/sha1.hpp"

namespace bt::crypto {

/// One stream as a backend sees it: the five words of its state, and whole blocks to go into them.
struct Sha1Lane {
    std::uint32_t* state = nullptr;
    const std::byte* blocks = nullptr;
};

struct Sha1Backend {
    std::size_t streams;  // the most lanes in one call, 1 to kMaxSha1Streams
    /// Takes the first `count` blocks of each lane.
    void (*compress)(std::span<const Sha1Lane> lanes, std::size_t count);
};

/// OpenSSL: everywhere, one stream at a time.
[[nodiscard]] const Sha1Backend& sha1_openssl();

/// The SHA instructions of x86, with interleaved streams; null where the processor has none. Asks
/// the processor each time, which is slow in a virtual machine.
[[nodiscard]] const Sha1Backend* sha1_ni();

/// The one that sha1_update() and Sha1 use here.
[[nodiscard]] const Sha1Backend& sha1_backend();

void sha1_update(std::span<const Sha1Update> updates, const Sha1Backend& backend);

}  // namespace bt::crypto
