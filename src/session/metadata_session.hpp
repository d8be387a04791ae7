// MetadataSession: a torrent of which only a magnet link is known, until its metadata has come from
// peers (BEP 9). Owned by the session, on the io thread; then a Torrent takes its place, and its
// connections and finder with it.
//
//   metadata -> known -> (a Torrent) | failed, stopped
#pragma once

#include <memory>

#include "session/member.hpp"
#include "session/peer_finder.hpp"
#include "session/peer_set.hpp"
#include "session/shared.hpp"

namespace bt::session {

/// What finds peers and what speaks to them, handed from owner to owner.
struct Neighbourhood {
    std::unique_ptr<PeerSet> peers;
    std::unique_ptr<PeerFinder> finder;
    TimePoint since{};
};

class MetadataSession final : public Member, private PeerSet::Owner, private PeerFinder::Host {
public:
    /// The settings have a magnet link with a v1 info-hash.
    MetadataSession(Shared& shared, TorrentId id, TorrentSettings settings);

    /// The metadata is there, and all is to go on as a Torrent. Nothing is left to be stopped.
    [[nodiscard]] Neighbourhood part();
    [[nodiscard]] bool known() const { return state_ == TorrentState::known; }

    // Member
    void start() override;
    void deliver(disk::Job&) override {}
    void on_disk_drained() override {}
    void on_tick(TimePoint now) override;
    void network_changed() override;
    void accept(net::TcpSocket socket, const Endpoint& remote,
                const wire::Handshake& theirs) override;
    void finish_seeding() override {}
    void set_horizon(std::uint64_t) override {}
    [[nodiscard]] net::Awaitable<void> stop(TimePoint deadline) override;
    [[nodiscard]] bool busy() const override { return false; }
    [[nodiscard]] TorrentStatus status() const override;
    void add_counts(Counters&) const override {}
    [[nodiscard]] const InfoHash& info_hash() const override { return info_hash_; }

private:
    // PeerSet::Owner
    void on_piece_done(PieceIndex) override {}
    void submit(disk::Job) override {}
    void on_peer_closed() override;
    void on_metadata(ByteVector info) override;
    // PeerFinder::Host
    [[nodiscard]] AnnounceCounts announce_counts() const override;
    void on_found(std::span<const Endpoint> peers, swarm::PeerSource source) override;

    [[nodiscard]] bool over() const {
        return state_ == TorrentState::failed || state_ == TorrentState::stopped;
    }

    Shared& shared_;
    TorrentId id_;
    TorrentSettings settings_;
    const InfoHash info_hash_;
    TorrentState state_ = TorrentState::metadata;
    Error error_;
    Neighbourhood around_;
    bool stopping_ = false;
};

/// Of a torrent, or of a link to one: how it is found.
[[nodiscard]] PeerFinderSettings finder_settings(const TorrentSettings& settings,
                                                 const InfoHash& info_hash);
[[nodiscard]] PeerSetSettings peer_set_settings(const TorrentSettings& settings,
                                                const InfoHash& info_hash, const Shared& shared);
void fill_in(TorrentStatus& out, const PeerSet& peers, const PeerFinder& finder,
             const Shared& shared, TimePoint now);

}  // namespace bt::session
