// OpenSSL's low-level functions: they work on a state of ours. Deprecated in OpenSSL 3, without a
// replacement that keeps this property.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include "crypto/sha1_backend.hpp"

namespace bt::crypto {

namespace {

void compress(std::span<const Sha1Lane> lanes, std::size_t count) {
    for (const auto& [state, blocks] : lanes) {
        SHA_CTX context{};
        context.h0 = state[0];
        context.h1 = state[1];
        context.h2 = state[2];
        context.h3 = state[3];
        context.h4 = state[4];
        SHA1_Update(&context, blocks, count * Sha1::kBlock);
        state[0] = context.h0;
        state[1] = context.h1;
        state[2] = context.h2;
        state[3] = context.h3;
        state[4] = context.h4;
    }
}

}  // namespace

const Sha1Backend& sha1_openssl() {
    static constexpr Sha1Backend kBackend{1, compress};
    return kBackend;
}

}  // namespace bt::crypto
