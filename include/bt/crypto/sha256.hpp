// SHA-256: the second info-hash of a hybrid torrent (BEP 52).
#pragma once

#include "bt/core/bytes.hpp"
#include "bt/core/ids.hpp"

namespace bt::crypto {

/// The digest of `bytes` in one go.
[[nodiscard]] Sha256Digest sha256(Bytes bytes);

}  // namespace bt::crypto
