#include "bt/net/random.hpp"

#include <openssl/rand.h>

#include "bt/core/assert.hpp"

namespace bt::net {

std::uint32_t unguessable() {
    std::uint32_t out = 0;
    const int done = ::RAND_bytes(reinterpret_cast<unsigned char*>(&out), sizeof out);
    BT_ASSERT(done == 1);
    return out;
}

}  // namespace bt::net
