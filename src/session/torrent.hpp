// Torrent: the life of one torrent, from what is on disk to what is whole. Owned by the session, on
// the io thread.
//
//   checking -> downloading -> seeding | finished
//        \------------\-----------\-----> failed, stopped
//
// run() is that sequence; what happens in any order is the swarm's, the peer set's and the
// announcer's.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "bt/disk/claim.hpp"
#include "bt/disk/job.hpp"
#include "bt/net/event.hpp"
#include "bt/net/task_group.hpp"
#include "bt/session/announcer.hpp"
#include "bt/session/session.hpp"
#include "session/checker.hpp"
#include "session/peer_set.hpp"
#include "session/shared.hpp"

namespace bt::session {

class Torrent final : public PeerSet::Owner, public Announcer::Host {
public:
    /// Opens the output folder and, unless it only seeds, claims the torrent in it.
    [[nodiscard]] static Result<std::unique_ptr<Torrent>> open(Shared& shared, TorrentId id,
                                                               TorrentSettings settings);
    /// stop() has returned.
    ~Torrent() override;

    void start();
    /// A disk job of this torrent has come back.
    void deliver(disk::Job& job);
    /// The last of a batch of jobs, of any torrent, has come back.
    void on_disk_drained();
    void on_tick(TimePoint now);
    void accept(net::TcpSocket socket, const Endpoint& remote, const wire::Handshake& theirs);
    /// Ends everything. Returns when all is quiet, or soon after `deadline`; a second call returns
    /// at once.
    [[nodiscard]] net::Awaitable<void> stop(TimePoint deadline);

    [[nodiscard]] TorrentStatus status() const;
    void add_counts(Counters& out) const;
    [[nodiscard]] const InfoHash& info_hash() const { return settings_.metainfo->info_hash; }

    // PeerSet::Owner
    void on_piece_done(PieceIndex piece) override;
    void submit(disk::Job job) override;
    void on_peer_closed() override;
    // Announcer::Host
    [[nodiscard]] AnnounceCounts announce_counts() const override;
    void on_tracker_peers(std::span<const Endpoint> peers) override;
    void on_tracker_status() override {}

private:
    Torrent(Shared& shared, TorrentId id, TorrentSettings settings,
            std::shared_ptr<disk::Storage> storage, std::unique_ptr<disk::Claim> claim);

    [[nodiscard]] net::Awaitable<void> run();
    /// Finds what is there. False: failed.
    [[nodiscard]] net::Awaitable<bool> check();
    /// Deals with files of other content. False: failed.
    [[nodiscard]] net::Awaitable<bool> make_room(const std::vector<disk::FileState>& files);
    /// Why what stands at the place of the files must not be written over.
    [[nodiscard]] std::optional<std::string> find_obstacle(
        const std::vector<disk::FileState>& files) const;
    [[nodiscard]] net::Awaitable<disk::StorageJob> storage_job(disk::StorageJob& job);
    [[nodiscard]] net::Awaitable<void> add_named_peers();
    [[nodiscard]] net::Awaitable<void> wind_down();
    void exchange();
    void on_complete();
    void set_state(TorrentState state);
    void fail(Error error);
    void end_exchange();
    void count_done(PieceIndex piece);
    [[nodiscard]] bool over() const;
    [[nodiscard]] bool complete() const { return have_.all(); }

    Shared& shared_;
    TorrentId id_;
    TorrentSettings settings_;
    std::shared_ptr<disk::Storage> storage_;
    std::unique_ptr<disk::Claim> claim_;
    TorrentState state_ = TorrentState::checking;
    Error error_;
    Bitfield have_;
    std::uint64_t done_bytes_ = 0;  // of files, in pieces that we have
    std::uint32_t pieces_done_ = 0;
    std::size_t jobs_ = 0;  // under way on the disk pool
    std::unique_ptr<Checker> checker_;
    std::optional<disk::StorageJob> storage_result_;
    std::unique_ptr<PeerSet> peers_;
    std::unique_ptr<Announcer> announcer_;
    TimePoint check_began_{};
    TimePoint exchange_began_{};
    TimePoint exchange_ended_{};
    bool winding_down_ = false;
    bool stopping_ = false;
    net::Event changed_;  // wakes run()
    net::Event quiet_;    // wakes stop()
    net::TaskGroup tasks_;
    net::TaskGroup farewell_;  // the last announces: stop() does not cancel them
};

}  // namespace bt::session
