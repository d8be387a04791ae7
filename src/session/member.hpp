// Member: one torrent of a session, known or still to be known. Owned by the session, on the io
// thread.
#pragma once

#include "bt/core/endpoint.hpp"
#include "bt/core/time.hpp"
#include "bt/disk/job.hpp"
#include "bt/net/asio.hpp"
#include "bt/session/session.hpp"
#include "bt/wire/handshake.hpp"

namespace bt::session {

class Member {
public:
    /// stop() has returned.
    virtual ~Member() = default;

    virtual void start() = 0;
    /// A disk job of this torrent has come back.
    virtual void deliver(disk::Job& job) = 0;
    /// The last of a batch of jobs, of any torrent, has come back.
    virtual void on_disk_drained() = 0;
    virtual void on_tick(TimePoint now) = 0;
    /// This machine has got an address or a route.
    virtual void network_changed() = 0;
    virtual void accept(net::TcpSocket socket, const Endpoint& remote,
                        const wire::Handshake& theirs) = 0;
    /// From seeding to finished.
    virtual void finish_seeding() = 0;
    /// Session::set_horizon().
    virtual void set_horizon(std::uint64_t bytes) = 0;
    /// Ends everything. Returns when all is quiet, or soon after `deadline`; a second call returns
    /// at once.
    [[nodiscard]] virtual net::Awaitable<void> stop(TimePoint deadline) = 0;

    /// Jobs of it are on the disk pool, which names it when they come back.
    [[nodiscard]] virtual bool busy() const = 0;
    [[nodiscard]] virtual TorrentStatus status() const = 0;
    virtual void add_counts(Counters& out) const = 0;
    [[nodiscard]] virtual const InfoHash& info_hash() const = 0;
};

}  // namespace bt::session
