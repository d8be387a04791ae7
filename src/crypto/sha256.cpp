#include "bt/crypto/sha256.hpp"

#include <openssl/sha.h>

namespace bt::crypto {

Sha256Digest sha256(Bytes bytes) {
    Sha256Digest digest;
    SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
           reinterpret_cast<unsigned char*>(digest.data()));
    return digest;
}

}  // namespace bt::crypto
