#include "bt/net/interfaces.hpp"

#include <ifaddrs.h>
#include <net/if.h>
#include <sys/socket.h>

#include <algorithm>
#include <bit>
#include <memory>

#include "net/sockaddr.hpp"

namespace bt::net {

namespace {

/// Of a mask, whose ones come first.
unsigned ones(const IpAddress& mask) {
    unsigned out = 0;
    for (const auto byte : mask.v6_bytes())
        out += static_cast<unsigned>(std::popcount(byte));
    return out;
}

void add(std::vector<Interface>& to, const ifaddrs& one) {
    const auto address = from_sockaddr(one.ifa_addr);
    if (!address || (one.ifa_flags & IFF_UP) == 0) return;
    auto at = std::find_if(to.begin(), to.end(),
                           [&](const Interface& known) { return known.name == one.ifa_name; });
    if (at == to.end()) {
        if (to.size() == kMaxInterfaces) return;
        Interface fresh;
        fresh.name = one.ifa_name;
        fresh.index = ::if_nametoindex(one.ifa_name);
        fresh.multicast = (one.ifa_flags & IFF_MULTICAST) != 0;
        fresh.loopback = (one.ifa_flags & IFF_LOOPBACK) != 0;
        if (fresh.index == 0) return;  // it is gone already
        at = to.insert(to.end(), std::move(fresh));
    }
    if (at->addresses.size() == kMaxInterfaceAddresses) return;
    const auto mask = from_sockaddr(one.ifa_netmask);
    at->addresses.push_back({*address, mask ? ones(*mask) : address->is_v4() ? 32u : 128u});
}

}  // namespace

std::vector<Interface> interfaces() {
    ifaddrs* first = nullptr;
    if (::getifaddrs(&first) != 0) return {};
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(first, &::freeifaddrs);
    std::vector<Interface> out;
    for (const auto* at = first; at != nullptr; at = at->ifa_next)
        add(out, *at);
    return out;
}

std::vector<IpAddress> addresses_of(std::span<const Interface> interfaces) {
    std::vector<IpAddress> out;
    for (const auto& interface : interfaces)
        for (const auto& one : interface.addresses)
            out.push_back(one.address);
    return out;
}

bool is_on_link(const IpAddress& address, const Interface& interface) {
    return std::any_of(
        interface.addresses.begin(), interface.addresses.end(), [&](const InterfaceAddress& ours) {
            if (ours.address.is_v4() != address.is_v4() || ours.prefix == 0) return false;
            for (unsigned bit = 0; bit < ours.prefix; ++bit) {
                const auto differ = ours.address.v6_bytes()[bit / 8] ^ address.v6_bytes()[bit / 8];
                if ((differ & (0x80 >> bit % 8)) != 0) return false;
            }
            return true;
        });
}

}  // namespace bt::net
