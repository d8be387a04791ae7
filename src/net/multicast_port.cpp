#include "bt/net/multicast_port.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/ip/v6_only.hpp>
#include <cerrno>
#include <utility>

namespace bt::net {

namespace {

template <class Value>
bool set(UdpSocket& socket, int level, int name, const Value& value) {
    return ::setsockopt(socket.native_handle(), level, name, &value, sizeof value) == 0;
}

using Place = MulticastPort::Place;

in_addr to_in_addr(const IpAddress& address) {
    return {htonl(asio::ip::address_v4(address.v4_bytes()).to_uint())};
}

ip_mreqn membership(const Endpoint& group, const Place& place) {
    ip_mreqn out{};
    out.imr_multiaddr = to_in_addr(group.address);
    // When sent to, else the system may choose the address of another interface.
    out.imr_address = to_in_addr(place.address);
    out.imr_ifindex = static_cast<int>(place.interface);
    return out;
}

bool join_one(UdpSocket& socket, const Endpoint& group, const Place& place) {
    bool joined = false;
    if (group.address.is_v4()) {
        joined = set(socket, IPPROTO_IP, IP_ADD_MEMBERSHIP, membership(group, place));
    } else {
        ipv6_mreq request{};
        const auto& bytes = group.address.v6_bytes();
        std::copy(bytes.begin(), bytes.end(), request.ipv6mr_multiaddr.s6_addr);
        request.ipv6mr_interface = place.interface;
        joined = set(socket, IPPROTO_IPV6, IPV6_JOIN_GROUP, request);
    }
    return joined || errno == EADDRINUSE;  // it is there already
}

bool send_on(UdpSocket& socket, const Endpoint& group, const Place& place) {
    if (group.address.is_v4()) {
        return set(socket, IPPROTO_IP, IP_MULTICAST_IF, membership(group, place));
    }
    return set(socket, IPPROTO_IPV6, IPV6_MULTICAST_IF, static_cast<int>(place.interface));
}

/// One hop; what we send comes back to this host, for other clients on it; and nothing that only
/// others here have joined.
bool set_scope(UdpSocket& socket, bool v4) {
    if (v4) {
        return set(socket, IPPROTO_IP, IP_MULTICAST_TTL, 1) &&
               set(socket, IPPROTO_IP, IP_MULTICAST_LOOP, 1) &&
               set(socket, IPPROTO_IP, IP_MULTICAST_ALL, 0);
    }
    // Before Linux 4.20 IPv6 has no such option; then more arrives than is asked for.
#ifdef IPV6_MULTICAST_ALL
    set(socket, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0);
#endif
    return set(socket, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 1) &&
           set(socket, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 1);
}

/// Nothing if `interface` has no address of the family.
std::optional<Place> place_of(const Interface& interface, bool v4) {
    const auto at = std::find_if(
        interface.addresses.begin(), interface.addresses.end(),
        [v4](const InterfaceAddress& address) { return address.address.is_v4() == v4; });
    if (at == interface.addresses.end()) return std::nullopt;
    return Place{interface.index, at->address};
}

}  // namespace

MulticastPort::MulticastPort(asio::io_context& io, const Endpoint& group_v4,
                             const Endpoint& group_v6, OnDatagram on_datagram)
    : executor_(io.get_executor()),
      on_datagram_(std::move(on_datagram)),
      groups_{Group{group_v4, {}, {}}, Group{group_v6, {}, {}}},
      tasks_(executor_) {}

bool MulticastPort::open(Group& group) {
    if (group.socket) return true;
    const bool v4 = group.endpoint.address.is_v4();
    const auto endpoint = to_udp(group.endpoint);
    auto& socket = group.socket.emplace(executor_);
    error_code ec;
    socket.open(endpoint.protocol(), ec);
    if (!ec && !v4) socket.set_option(asio::ip::v6_only(true), ec);
    if (!ec) socket.set_option(UdpSocket::reuse_address(true), ec);
    // Some clients set only the one, some only the other.
    if (!ec) set(socket, SOL_SOCKET, SO_REUSEPORT, 1);
    if (!ec) socket.bind(endpoint, ec);
    if (!ec) socket.non_blocking(true, ec);
    if (ec || !set_scope(socket, v4)) {
        group.socket.reset();
        return false;
    }
    tasks_.spawn(take_datagrams(socket, scratch_, on_datagram_, counts_));
    return true;
}

void MulticastPort::join(std::span<const Interface> interfaces) {
    if (stopped_) return;
    for (auto& group : groups_) {
        group.joined.clear();
        for (const auto& interface : interfaces) {
            const auto place = place_of(interface, group.endpoint.address.is_v4());
            if (!place || !open(group)) continue;
            if (join_one(*group.socket, group.endpoint, *place)) group.joined.push_back(*place);
        }
    }
}

void MulticastPort::send(const Endpoint& group, Bytes packet) {
    for (auto& one : groups_) {
        if (one.endpoint != group || !one.socket || !one.socket->is_open()) continue;
        for (const auto& place : one.joined) {
            if (!send_on(*one.socket, group, place)) {
                ++counts_.not_sent;  // the interface is gone
                continue;
            }
            send_datagram(*one.socket, packet, to_udp(group), counts_);
        }
    }
}

Awaitable<void> MulticastPort::stop() {
    stopped_ = true;
    error_code ignored;
    for (auto& group : groups_) {
        if (group.socket) group.socket->close(ignored);
    }
    tasks_.cancel();
    co_await tasks_.join();
}

std::size_t MulticastPort::joined() const {
    return groups_[0].joined.size() + groups_[1].joined.size();
}

}  // namespace bt::net
