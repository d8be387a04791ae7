// unguessable: numbers that nobody else can foresee: ids of transactions, what they are checked by.
#pragma once

#include <cstdint>

namespace bt::net {

/// From OpenSSL's generator, which is seeded by the system. Any thread.
[[nodiscard]] std::uint32_t unguessable();

}  // namespace bt::net
