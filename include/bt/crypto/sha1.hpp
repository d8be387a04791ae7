// SHA-1 as BEP 3 uses it. A Sha1 is a plain value: a hash begun on one thread can go on in another.
#pragma once

#include <array>
#include <cstddef>

#include "bt/core/bytes.hpp"
#include "bt/core/ids.hpp"

namespace bt::crypto {

/// The digest of `bytes` in one go.
[[nodiscard]] Sha1Digest sha1(Bytes bytes);

/// A hash over bytes that arrive in parts. Copyable; finish() ends it.
class Sha1 {
public:
    Sha1();
    void update(Bytes bytes);
    [[nodiscard]] Sha1Digest finish();

private:
    alignas(8) std::array<std::byte, 96> state_;  // an OpenSSL SHA_CTX
};

}  // namespace bt::crypto
