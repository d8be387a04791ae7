#include "crypto/sha1_backend.hpp"

namespace bt::crypto {

const Sha1Backend* sha1_ni() {
    return nullptr;
}

}  // namespace bt::crypto
