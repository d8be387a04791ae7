// Torrent: the life of one torrent, from what is on disk to what is whole. Owned by the session, on
// the io thread.
//
//   checking -> downloading -> syncing -> seeding | finished
//      |  ^          |            |
//      |  '----------+------------+   when somebody else changed a file meanwhile
//      '--------- failed, stopped
//
// run() is that sequence; what happens in any order is the swarm's, the peer set's and the
// announcer's.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "bt/disk/job.hpp"
#include "bt/net/event.hpp"
#include "bt/net/task_group.hpp"
#include "bt/session/announcer.hpp"
#include "bt/session/session.hpp"
#include "session/checker.hpp"
#include "session/file_progress.hpp"
#include "session/member.hpp"
#include "session/metadata_session.hpp"
#include "session/peer_finder.hpp"
#include "session/peer_set.hpp"
#include "session/shared.hpp"

namespace bt::session {

class Torrent final : public Member, private PeerSet::Owner, private PeerFinder::Host {
public:
    /// Opens the output folder and, unless it only seeds, claims the torrent in it.
    [[nodiscard]] static Result<std::unique_ptr<Torrent>> open(Shared& shared, TorrentId id,
                                                               TorrentSettings settings);
    /// stop() has returned.
    ~Torrent() override;

    /// Has the peers that a magnet link's metadata came from; before start().
    void take_over(Neighbourhood around);
    /// Gives back what open() took; start() was not called.
    void abandon();
    /// The path of a file that `other`, which is here already, has or writes, and that this torrent
    /// would write.
    [[nodiscard]] std::optional<std::string> clash(const Torrent& other) const;

    // Member
    void start() override;
    void deliver(disk::Job& job) override;
    void on_disk_drained() override;
    void on_tick(TimePoint now) override;
    void network_changed() override;
    void accept(net::TcpSocket socket, const Endpoint& remote,
                const wire::Handshake& theirs) override;
    void finish_seeding() override;
    void set_horizon(std::uint64_t bytes) override;
    [[nodiscard]] net::Awaitable<void> stop(TimePoint deadline) override;
    [[nodiscard]] bool busy() const override { return jobs_ > 0; }
    [[nodiscard]] TorrentStatus status() const override;
    void add_counts(Counters& out) const override;
    [[nodiscard]] const InfoHash& info_hash() const override {
        return settings_.metainfo->info_hash;
    }

private:
    Torrent(Shared& shared, TorrentId id, TorrentSettings settings,
            std::shared_ptr<disk::Storage> storage);

    // PeerSet::Owner
    void on_piece_done(PieceIndex piece) override;
    void submit(disk::Job job) override;
    void on_peer_closed() override;
    // PeerFinder::Host
    [[nodiscard]] AnnounceCounts announce_counts() const override;
    void on_found(std::span<const Endpoint> peers, swarm::PeerSource source) override;

    [[nodiscard]] net::Awaitable<void> run();
    // These return false when the torrent is over: it has failed, or is being stopped.
    /// Finds what is there; believes the resume state if `believe`.
    [[nodiscard]] net::Awaitable<bool> check(bool believe);
    /// Hashes what may be there, so far as downloading cannot begin before.
    [[nodiscard]] net::Awaitable<bool> hash();
    /// Whether downloading may begin before these are hashed.
    [[nodiscard]] bool may_wait(const Bitfield& suspects) const;
    /// Has suspects that are left hashed while the rest is downloaded.
    void hash_beside();
    void on_checked(const disk::CheckJob& job);
    [[nodiscard]] std::uint64_t bytes_of(const Bitfield& pieces) const;
    /// Makes sure that the rest can be written.
    [[nodiscard]] net::Awaitable<bool> prepare();
    /// Bytes that the file system must have left.
    [[nodiscard]] std::uint64_t needed_space() const;
    /// The first piece that is wanted and missing; one past the last if there is none.
    [[nodiscard]] PieceIndex first_missing() const;
    /// Deals with files of other content.
    [[nodiscard]] net::Awaitable<bool> make_room(const std::vector<disk::FileState>& files);
    /// Gets the pieces that are missing.
    [[nodiscard]] net::Awaitable<bool> download();
    /// Has all that is there made durable, and looks whether it is still as we wrote it. It may not
    /// be: then nothing is concluded, and checking it again tells what to do.
    [[nodiscard]] net::Awaitable<bool> conclude();
    [[nodiscard]] net::Awaitable<bool> sync_all();
    /// Ends the exchange that there was, for another one to begin.
    [[nodiscard]] net::Awaitable<bool> start_over();
    [[nodiscard]] net::Awaitable<void> on_concluded();
    /// Why what stands at the place of the files must not be written over.
    [[nodiscard]] std::optional<std::string> find_obstacle(
        const std::vector<disk::FileState>& files) const;
    /// A folder at the place of a file.
    [[nodiscard]] std::optional<std::string> find_folder(
        const std::vector<disk::FileState>& files) const;
    /// Null when the torrent is being stopped. A job that failed fails the torrent.
    [[nodiscard]] net::Awaitable<std::optional<disk::StorageJob>> storage_job(
        disk::StorageJob& job);
    void submit_sync();
    void on_synced();
    void drop_kept_back();
    void sync_what_is_due(TimePoint now);
    [[nodiscard]] net::Awaitable<void> wind_down();
    void exchange();
    [[nodiscard]] std::unique_ptr<swarm::Swarm> make_swarm();
    /// What others do to the files cannot be mended.
    [[nodiscard]] static Error restless();
    void resume_open_pieces(swarm::Swarm& swarm) const;
    /// Data goes between us and peers, or did.
    [[nodiscard]] bool exchanging() const { return peers_ && peers_->begun(); }
    void set_state(TorrentState state);
    void fail(Error error);
    void end_exchange();
    void count_done(PieceIndex piece);
    void tell_of_files();
    [[nodiscard]] bool over() const;
    [[nodiscard]] bool complete() const { return pieces_done_ == pieces_wanted_; }
    /// Some files are not wanted.
    [[nodiscard]] bool partial() const { return &stored() != settings_.metainfo.get(); }
    [[nodiscard]] const metainfo::Metainfo& stored() const { return storage_->metainfo(); }
    /// Files are written, and what is known of them is kept.
    [[nodiscard]] bool writes() const { return !settings_.seed_only; }

    Shared& shared_;
    TorrentId id_;
    TorrentSettings settings_;
    std::shared_ptr<disk::Storage> storage_;
    TorrentState state_ = TorrentState::checking;
    Error error_;
    const Bitfield wanted_;
    const std::uint32_t pieces_wanted_;
    Bitfield have_;                 // of those
    FileProgress files_;            // told of once the check is over
    std::uint64_t done_bytes_ = 0;  // of files, in pieces that we have
    std::uint32_t pieces_done_ = 0;
    std::size_t jobs_ = 0;  // under way on the disk pool
    /// False while a new resume state is not known to be on the device: after a power cut, data
    /// without it would be a stranger's.
    bool anchored_ = true;
    std::vector<disk::Job> kept_back_;  // until it is, or the exchange has ended
    std::unique_ptr<Checker> checker_;
    std::optional<disk::StorageJob> storage_result_;
    int altered_ = 0;                   // runs that were fetched again for it
    disk::Survey survey_;               // of the last check
    bool concluded_ = false;            // all is there, durable and as it was written
    bool syncing_ = false;              // a sync is under way on the disk pool
    std::uint64_t unsynced_bytes_ = 0;  // in pieces that came since a sync was last begun
    TimePoint unsynced_since_{};        // the first of those
    swarm::SwarmStats earlier_;         // of exchanges that had to be begun again
    std::vector<Endpoint> told_of_;     // the latest, for another exchange
    std::unique_ptr<PeerSet> peers_;    // those of a magnet link are there before the exchange
    std::unique_ptr<PeerFinder> finder_;
    TimePoint check_began_{};
    TimePoint exchange_began_{};
    TimePoint exchange_ended_{};
    TimePoint concluded_at_{};  // the last time
    std::optional<PieceIndex> horizon_;
    bool seeded_enough_ = false;
    bool winding_down_ = false;
    bool stopping_ = false;
    net::Event changed_;  // wakes run()
    net::Event quiet_;    // wakes stop()
    net::TaskGroup tasks_;
    net::TaskGroup farewell_;  // the last announces: stop() does not cancel them
};

}  // namespace bt::session
