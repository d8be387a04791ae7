#include "bt/crypto/sha1.hpp"

// OpenSSL's low-level functions: the state is plain bytes, so that a hash needs no allocation and
// can be copied. They run the same assembly as EVP. Deprecated in OpenSSL 3, without a replacement
// that keeps these properties.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <new>
#include <type_traits>

namespace bt::crypto {

static_assert(std::is_trivially_copyable_v<SHA_CTX>);

namespace {

template <std::size_t N>
SHA_CTX* context(std::array<std::byte, N>& state) {
    static_assert(N >= sizeof(SHA_CTX) && alignof(SHA_CTX) <= 8);
    return reinterpret_cast<SHA_CTX*>(state.data());
}

}  // namespace

Sha1Digest sha1(Bytes bytes) {
    Sha1Digest digest;
    SHA1(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
    return digest;
}

Sha1::Sha1() {
    SHA1_Init(::new (state_.data()) SHA_CTX);
}

void Sha1::update(Bytes bytes) {
    if (!bytes.empty()) SHA1_Update(context(state_), bytes.data(), bytes.size());
}

Sha1Digest Sha1::finish() {
    Sha1Digest digest;
    SHA1_Final(reinterpret_cast<unsigned char*>(digest.data()), context(state_));
    return digest;
}

}  // namespace bt::crypto
