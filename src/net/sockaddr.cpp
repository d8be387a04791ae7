#include "net/sockaddr.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstring>

namespace bt::net {

std::optional<IpAddress> from_sockaddr(const sockaddr* from) {
    if (from == nullptr) return std::nullopt;
    if (from->sa_family == AF_INET) {
        const auto& in = *reinterpret_cast<const sockaddr_in*>(from);
        std::array<std::uint8_t, 4> bytes{};
        std::memcpy(bytes.data(), &in.sin_addr, bytes.size());
        return IpAddress::v4(bytes);
    }
    if (from->sa_family == AF_INET6) {
        const auto& in = *reinterpret_cast<const sockaddr_in6*>(from);
        std::array<std::uint8_t, 16> bytes{};
        std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
        return IpAddress::v6(bytes);
    }
    return std::nullopt;
}

}  // namespace bt::net
