// PeerSet: the connections of one torrent. It dials and accepts, and carries out what the swarm
// decides. Owned by a torrent while it exchanges data; on the io thread.
//
// Of a magnet link it is there before the torrent is known: then it fetches the metadata (BEP 9),
// and keeps what peers say until begin() brings a swarm that can make something of it.
//
// A session is in `sessions_` from dial or accept until its last coroutine has ended; it has a key,
// and a place in `by_slot_`, from its handshake, or begin() if that is later, until it is closed.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "bt/metainfo/metainfo.hpp"
#include "bt/net/task_group.hpp"
#include "bt/swarm/metadata_fetch.hpp"
#include "bt/swarm/peer_book.hpp"
#include "bt/swarm/pex.hpp"
#include "bt/swarm/swarm.hpp"
#include "session/peer_session.hpp"
#include "session/shared.hpp"

namespace bt::session {

struct PeerSetSettings {
    InfoHash info_hash;
    swarm::PeerBookSettings book;
    RateLimits limits;
    bool complete = false;  // all is there: others come to us
    bool pex = true;        // BEP 11; not of private torrents
    bool dht = true;        // PORT messages (BEP 5); not of private torrents
};

class PeerSet {
public:
    /// Of what peers say before the torrent is known. Who would make it more is closed.
    static constexpr std::size_t kMaxEarlyBytes = 16u << 20;

    class Owner {
    public:
        virtual ~Owner() = default;
        virtual void on_piece_done(PieceIndex piece) = 0;
        /// Submits a job in the torrent's name.
        virtual void submit(disk::Job job) = 0;
        /// There may be room for a connection, or need of more addresses.
        virtual void on_peer_closed() = 0;
        /// The info dictionary is there (BEP 9) and hashes to the info-hash. Not from within a call
        /// of the owner's.
        virtual void on_metadata(ByteVector /*info*/) {}
    };

    /// Both outlive the set.
    PeerSet(Shared& shared, Owner& owner, TorrentId id, PeerSetSettings settings);
    /// join() has returned.
    ~PeerSet();

    /// Another takes over, with all connections.
    void set_owner(Owner& owner) { owner_ = &owner; }
    /// The torrent is not known, and nobody but the peers can tell it: they are asked.
    void fetch_metadata();
    /// It is known to be private (BEP 27).
    void go_private();
    /// The exchange of data begins, with the peers that are there.
    void begin(std::shared_ptr<const metainfo::Metainfo> metainfo,
               std::shared_ptr<disk::Storage> storage, std::unique_ptr<swarm::Swarm> swarm);
    [[nodiscard]] bool begun() const { return swarm_ != nullptr; }
    /// Nothing while no metadata is being fetched.
    [[nodiscard]] std::optional<swarm::MetadataProgress> metadata_progress() const;
    /// Connected, from their handshake on.
    [[nodiscard]] std::uint32_t peer_count() const;
    /// Candidates that peers have named (BEP 11).
    [[nodiscard]] std::uint64_t named_by_peers() const { return named_by_peers_; }

    void add(std::span<const Endpoint> endpoints, swarm::PeerSource source);
    /// An incoming connection whose handshake names this torrent.
    void accept(net::TcpSocket socket, const Endpoint& remote, const wire::Handshake& theirs);
    void on_tick(TimePoint now);
    /// A job of this torrent has come back. on_disk_drained() follows the last of a batch.
    void on_written(disk::PieceJob& job);
    void on_parked(disk::ParkJob& job);
    /// No more blocks are taken: those that wait for others go to the disk.
    void put_by();
    void on_read(disk::ReadJob& job);
    void network_changed();
    void on_checked(const disk::CheckJob& job);
    void on_disk_drained();
    /// Carries out all that the swarm wants done.
    void carry_out(TimePoint now);
    /// Closes every connection, and dials no more.
    void close_all();
    /// Returns when the last coroutine has ended. close_all() comes first.
    [[nodiscard]] net::Awaitable<void> join() { return tasks_.join(); }

    [[nodiscard]] swarm::Swarm& swarm() { return *swarm_; }
    [[nodiscard]] const swarm::Swarm& swarm() const { return *swarm_; }
    [[nodiscard]] swarm::PeerBook::Counts counts(TimePoint now) const { return book_.counts(now); }

    // For its sessions.
    [[nodiscard]] Shared& shared() { return shared_; }
    [[nodiscard]] Throttle::Flow& receiving() { return receiving_; }
    [[nodiscard]] Throttle::Flow& sending() { return sending_; }
    [[nodiscard]] std::uint32_t piece_count() const {
        return metainfo_ ? metainfo_->layout.piece_count() : wire::kAnyPieceCount;
    }
    /// Empty while it is not known.
    [[nodiscard]] Bytes info_dictionary() const {
        return metainfo_ ? metainfo_->info_bytes() : Bytes();
    }
    [[nodiscard]] bool exchanges_peers() const { return pex_.has_value(); }
    [[nodiscard]] wire::Handshake our_handshake() const;
    /// Whether this peer, which we dialed, may hear what we have and that we are interested before
    /// its own handshake is here. Not once it has failed us: aria2 closes a connection on which it
    /// finds more than a handshake at first.
    [[nodiscard]] bool may_speak_first(const PeerSession& session) const;
    void speak_first(PeerSession& session);
    /// False when the connection is not wanted; it is closed then.
    [[nodiscard]] bool on_handshake(PeerSession& session);
    void close(PeerSession& session, swarm::CloseKind kind, const std::string& why);
    void read_block(PeerSession& session, const BlockRequest& block);
    void spawn_send_rest(PeerSession& session);
    void on_extended_handshake(PeerSession& session, const wire::ExtendedHandshake& theirs);
    void on_metadata(PeerSession& session, const wire::MetadataMessage& message);
    void on_pex(PeerSession& session, Bytes payload);
    void on_port(PeerSession& session, std::uint16_t port);
    /// It has said something before the torrent is known.
    void on_early(PeerSession& session);
    /// There is something to flush.
    void mark(PeerSession& session);

private:
    void dial(TimePoint now);
    void start(std::unique_ptr<PeerSession> session);
    void spawn(PeerSession& session, net::Awaitable<void> task);
    void release(PeerSession& session);
    [[nodiscard]] PeerSession* find(PeerKey key) const;
    /// The connection that is to go when two lead to one peer.
    [[nodiscard]] PeerSession* redundant(PeerSession& session);
    /// BEP 3, 6: what we have comes before anything else.
    void tell_pieces(PeerSession& session);
    /// Names our node of the DHT to it, and tells the book what the DHT has learnt of us.
    void follow_dht(PeerSession& session, const wire::Handshake& theirs);
    /// Its handshake is done, and the torrent is known.
    void admit(PeerSession& session, TimePoint now);
    /// ... but the torrent is not.
    void keep_waiting(PeerSession& session);
    /// One that has waited takes part.
    void admit_early(PeerSession& session, TimePoint now);
    [[nodiscard]] PeerSession* find(swarm::ConnectionId number) const;
    void follow_metadata(TimePoint now);
    void name_peers(TimePoint now);
    void ban(const IpAddress& address);
    void perform(swarm::Send& action);
    void perform(swarm::Serve& action);
    void perform(swarm::StopServing& action);
    void perform(swarm::WriteRun& action);
    void perform(swarm::ParkBlocks& action);
    void perform(swarm::Disconnect& action);
    void perform(swarm::BanAddress& action);
    void perform(swarm::PieceDone& action);

    Shared& shared_;
    Owner* owner_;
    TorrentId id_;
    const InfoHash info_hash_;
    bool dht_;
    std::shared_ptr<const metainfo::Metainfo> metainfo_;  // null before begin(), as what follows
    std::shared_ptr<disk::Storage> storage_;
    std::unique_ptr<swarm::Swarm> swarm_;
    std::unique_ptr<swarm::MetadataFetch> metadata_;  // while it is being fetched
    bool metadata_news_ = false;  // it may want something since it was last followed
    std::optional<swarm::Pex> pex_;
    swarm::PeerBook book_;
    Throttle::Flow receiving_;
    Throttle::Flow sending_;
    std::unordered_map<const PeerSession*, std::unique_ptr<PeerSession>> sessions_;
    std::vector<PeerSession*> by_slot_;
    std::vector<PeerSession*> dirty_;
    std::vector<swarm::Action> actions_;
    std::uint32_t next_number_ = 0;
    std::uint64_t named_by_peers_ = 0;
    std::size_t early_bytes_ = 0;
    bool carrying_out_ = false;
    bool closing_ = false;
    net::TaskGroup tasks_;
};

}  // namespace bt::session
