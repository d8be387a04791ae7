// The names of Asio as this project uses them: concrete executors, errors as values.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>

#include "bt/core/endpoint.hpp"

namespace bt::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;
using boost::system::error_code;

using Executor = asio::io_context::executor_type;
template <class T>
using Awaitable = asio::awaitable<T, Executor>;
using TcpSocket = asio::basic_stream_socket<tcp, Executor>;
using TcpAcceptor = asio::basic_socket_acceptor<tcp, Executor>;
using UdpSocket = asio::basic_datagram_socket<udp, Executor>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;

/// At leaf awaits: no extra coroutine frame, and an expected error is a value.
inline constexpr auto kAwait = asio::as_tuple(asio::deferred);

[[nodiscard]] asio::ip::address to_asio(const IpAddress& address);
[[nodiscard]] IpAddress from_asio(const asio::ip::address& address);
[[nodiscard]] tcp::endpoint to_tcp(const Endpoint& endpoint);
[[nodiscard]] udp::endpoint to_udp(const Endpoint& endpoint);
[[nodiscard]] Endpoint from_asio(const tcp::endpoint& endpoint);
[[nodiscard]] Endpoint from_asio(const udp::endpoint& endpoint);

}  // namespace bt::net
