#include "bt/net/asio.hpp"

namespace bt::net {

asio::ip::address to_asio(const IpAddress& address) {
    if (address.is_v4()) return asio::ip::address_v4(address.v4_bytes());
    return asio::ip::address_v6(address.v6_bytes());
}

IpAddress from_asio(const asio::ip::address& address) {
    if (address.is_v4()) return IpAddress::v4(address.to_v4().to_bytes());
    return IpAddress::v6(address.to_v6().to_bytes());
}

tcp::endpoint to_tcp(const Endpoint& endpoint) {
    return {to_asio(endpoint.address), endpoint.port};
}

udp::endpoint to_udp(const Endpoint& endpoint) {
    return {to_asio(endpoint.address), endpoint.port};
}

Endpoint from_asio(const tcp::endpoint& endpoint) {
    return {from_asio(endpoint.address()), endpoint.port()};
}

Endpoint from_asio(const udp::endpoint& endpoint) {
    return {from_asio(endpoint.address()), endpoint.port()};
}

}  // namespace bt::net
