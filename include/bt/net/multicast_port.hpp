// MulticastPort: sends to and receives from one multicast group of each family, on interfaces that
// are named. Owned by what speaks there, on the io thread.
//
// The sockets are bound to the address of their group, so that what is sent to this host alone, or
// to another group, does not arrive. Nothing leaves the local network: the hop limit is 1. Other
// programs of this host may be in the same groups; all of them receive what one of them sends.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "bt/net/asio.hpp"
#include "bt/net/datagrams.hpp"
#include "bt/net/interfaces.hpp"
#include "bt/net/task_group.hpp"

namespace bt::net {

class MulticastPort {
public:
    /// A longer datagram comes cut.
    static constexpr std::size_t kScratchBytes = 4097;

    MulticastPort(asio::io_context& io, const Endpoint& group_v4, const Endpoint& group_v6,
                  OnDatagram on_datagram);
    /// stop() has returned, or join() was never called.
    ~MulticastPort() = default;
    MulticastPort(const MulticastPort&) = delete;
    MulticastPort& operator=(const MulticastPort&) = delete;

    /// Joins the groups on `interfaces`, each in the families that it has an address of; sends on
    /// these and on no others. Opens the sockets with the first. What the system refuses is left
    /// out; asked again, it is tried again.
    void join(std::span<const Interface> interfaces);
    /// One datagram on each interface that is in `group`, one of the two.
    void send(const Endpoint& group, Bytes packet);
    [[nodiscard]] Awaitable<void> stop();

    /// Interfaces that are in a group, each family by itself.
    [[nodiscard]] std::size_t joined() const;
    [[nodiscard]] const DatagramCounts& counts() const { return counts_; }

    /// An interface, and the address of it that we send from.
    struct Place {
        unsigned interface = 0;
        IpAddress address;
    };

private:
    struct Group {
        Endpoint endpoint;
        std::optional<UdpSocket> socket;
        std::vector<Place> joined;
    };
    [[nodiscard]] bool open(Group& group);

    Executor executor_;
    OnDatagram on_datagram_;
    std::array<Group, 2> groups_;
    std::array<std::byte, kScratchBytes> scratch_;
    DatagramCounts counts_;
    bool stopped_ = false;
    TaskGroup tasks_;
};

}  // namespace bt::net
