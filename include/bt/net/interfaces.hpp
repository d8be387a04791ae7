// The network interfaces of this machine, and who is next to it. Values.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "bt/core/endpoint.hpp"

namespace bt::net {

struct InterfaceAddress {
    IpAddress address;
    unsigned prefix = 0;  // bits that its network's addresses have in common
};

struct Interface {
    std::string name;
    unsigned index = 0;  // the kernel's
    bool multicast = false;
    bool loopback = false;
    std::vector<InterfaceAddress> addresses;
};

/// More are left out, as are more addresses of one.
inline constexpr std::size_t kMaxInterfaces = 64;
inline constexpr std::size_t kMaxInterfaceAddresses = 64;

/// Those that are up and have an address, as they are now; none if the system does not tell.
[[nodiscard]] std::vector<Interface> interfaces();

[[nodiscard]] std::vector<IpAddress> addresses_of(std::span<const Interface> interfaces);

/// `address` is in a network that `interface` is in: reached without a router.
[[nodiscard]] bool is_on_link(const IpAddress& address, const Interface& interface);

}  // namespace bt::net
