#include "bt/net/network_watch.hpp"

#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace bt::net {
namespace {

/// -1 if there is none to be had.
int open_news() {
    const int fd = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    if (fd < 0) return -1;
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_groups =
        RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;
    if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
    ::close(fd);
    return -1;
}

/// An address that others can see, or the way to everywhere.
bool opens_a_way(nlmsghdr& message) {
    if (message.nlmsg_type == RTM_NEWADDR && message.nlmsg_len >= NLMSG_LENGTH(sizeof(ifaddrmsg))) {
        return static_cast<const ifaddrmsg*>(NLMSG_DATA(&message))->ifa_scope < RT_SCOPE_LINK;
    }
    if (message.nlmsg_type == RTM_NEWROUTE && message.nlmsg_len >= NLMSG_LENGTH(sizeof(rtmsg))) {
        const auto* route = static_cast<const rtmsg*>(NLMSG_DATA(&message));
        return route->rtm_dst_len == 0 && route->rtm_type == RTN_UNICAST;
    }
    return false;
}

}  // namespace

NetworkWatch::NetworkWatch(asio::io_context& io) : descriptor_(io), pause_(io) {
    const int fd = open_news();
    if (fd >= 0) descriptor_.assign(fd);
}

Awaitable<void> NetworkWatch::run(std::function<void()> appeared) {
    while (descriptor_.is_open()) {
        const auto [failed] =
            co_await descriptor_.async_wait(asio::posix::descriptor_base::wait_read, kAwait);
        if (failed) co_return;
        if (!take_news()) continue;
        const bool settled = co_await wait(kSettle);
        if (!settled) co_return;
        (void)take_news();
        appeared();
        const bool rested = co_await wait(kPause);
        if (!rested) co_return;
    }
}

Awaitable<bool> NetworkWatch::wait(Duration time) {
    pause_.expires_after(time);
    const auto [cancelled] = co_await pause_.async_wait(kAwait);
    co_return !cancelled;
}

bool NetworkWatch::take_news() {
    alignas(nlmsghdr) std::array<char, 16 * 1024> buffer;
    bool found = false;
    for (;;) {
        const auto got = ::recv(descriptor_.native_handle(), buffer.data(), buffer.size(), 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && errno == ENOBUFS) {
            found = true;  // there was more than the kernel keeps
            continue;
        }
        if (got <= 0) return found;
        auto left = static_cast<unsigned>(got);
        for (auto* message = reinterpret_cast<nlmsghdr*>(buffer.data()); NLMSG_OK(message, left);
             message = NLMSG_NEXT(message, left)) {
            found = found || opens_a_way(*message);
        }
    }
}

}  // namespace bt::net
