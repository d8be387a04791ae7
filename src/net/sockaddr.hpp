// from_sockaddr: the address in what the system calls give.
#pragma once

#include <optional>

#include "bt/core/endpoint.hpp"

struct sockaddr;

namespace bt::net {

/// Nothing if there is none (null), or it is neither IPv4 nor IPv6.
[[nodiscard]] std::optional<IpAddress> from_sockaddr(const sockaddr* from);

}  // namespace bt::net
