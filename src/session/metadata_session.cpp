#include "session/metadata_session.hpp"

#include <utility>

#include "bt/core/assert.hpp"
#include "bt/net/clock.hpp"
#include "bt/session/log.hpp"
#include "bt/text/escape.hpp"

namespace bt::session {

namespace {

/// How long the trackers have to hear that we leave.
constexpr Duration kFarewell = std::chrono::seconds(1);
/// With fewer peers than this, more are asked for.
constexpr std::uint32_t kFewPeers = 20;
/// A torrent of unknown size is told to trackers as one of which something is missing.
constexpr std::uint64_t kUnknownLeft = kBlockSize;

}  // namespace

PeerFinderSettings finder_settings(const TorrentSettings& settings, const InfoHash& info_hash) {
    PeerFinderSettings out;
    out.info_hash = info_hash;
    out.typed_trackers = settings.extra_trackers;
    out.peers = settings.peers;
    if (settings.magnet) {
        out.named_peers = settings.magnet->peers;
        for (const auto& url : settings.magnet->trackers)
            out.tiers.push_back({url});
    }
    if (settings.metainfo) {
        out.tiers = settings.metainfo->trackers;
        out.nodes = settings.metainfo->nodes;
        out.open = !settings.metainfo->is_private;
    }
    return out;
}

PeerSetSettings peer_set_settings(const TorrentSettings& settings, const InfoHash& info_hash,
                                  const Shared& shared) {
    const bool is_private = settings.metainfo && settings.metainfo->is_private;
    PeerSetSettings out;
    out.info_hash = info_hash;
    out.book.max_peers = settings.max_peers;
    out.limits = settings.limits;
    out.pex = shared.pex && !is_private;
    out.dht = !is_private;
    return out;
}

void fill_in(TorrentStatus& out, const PeerSet& peers, const PeerFinder& finder,
             const Shared& shared, TimePoint now) {
    const auto counts = peers.counts(now);
    out.peers = peers.peer_count();
    out.half_open = counts.half_open;
    out.known_peers = counts.known;
    out.ever_connected = counts.ever_connected;
    out.banned = counts.banned;
    out.trackers = finder.trackers();
    out.found = finder.found();
    out.found.pex = peers.named_by_peers();
    out.asks_local_network = finder.asks_local_network();
    if (finder.asks_dht()) {
        const auto dht = shared.dht->status();
        out.dht_nodes = dht.nodes_v4 + dht.nodes_v6;
    }
    if (const auto progress = peers.metadata_progress()) {
        out.metadata_pieces = progress->pieces;
        out.metadata_of = progress->of;
    }
}

MetadataSession::MetadataSession(Shared& shared, TorrentId id, TorrentSettings settings)
    : shared_(shared),
      id_(id),
      settings_(std::move(settings)),
      info_hash_(*settings_.magnet->info_hash) {
    PeerSet::Owner& owner = *this;
    PeerFinder::Host& host = *this;
    around_.peers = std::make_unique<PeerSet>(shared_, owner, id_,
                                              peer_set_settings(settings_, info_hash_, shared_));
    around_.finder =
        std::make_unique<PeerFinder>(shared_, finder_settings(settings_, info_hash_), host);
}

void MetadataSession::start() {
    around_.since = net::now();
    around_.peers->fetch_metadata();
    around_.finder->start();
}

Neighbourhood MetadataSession::part() {
    BT_ASSERT(known() && !stopping_);
    return std::move(around_);
}

void MetadataSession::on_tick(TimePoint now) {
    if (!over()) around_.peers->on_tick(now);
}

void MetadataSession::network_changed() {
    if (over()) return;
    around_.finder->network_changed();
    around_.peers->network_changed();
}

void MetadataSession::accept(net::TcpSocket socket, const Endpoint& remote,
                             const wire::Handshake& theirs) {
    if (!over()) around_.peers->accept(std::move(socket), remote, theirs);
}

void MetadataSession::on_metadata(ByteVector info) {
    auto joined = metainfo::join(*settings_.magnet, info);
    if (joined) {
        if (joined->is_private) {
            around_.peers->go_private();
            around_.finder->go_private();
        }
        state_ = TorrentState::known;
        log::info("torrent=\"", text::escape(joined->name), "\" metadata of ", info.size(),
                  " bytes");
        shared_.observer.on_metadata(
            id_, std::make_shared<const metainfo::Metainfo>(std::move(*joined)));
    } else {
        error_ = joined.error();
        state_ = TorrentState::failed;
        around_.peers->close_all();
    }
    shared_.observer.on_state(id_);
}

void MetadataSession::on_peer_closed() {
    if (over()) return;
    const auto counts = around_.peers->counts(net::now());
    if (counts.connected + counts.half_open + counts.ready < kFewPeers) {
        around_.finder->want_peers();
    }
}

AnnounceCounts MetadataSession::announce_counts() const {
    AnnounceCounts out;
    out.left = kUnknownLeft;
    return out;
}

void MetadataSession::on_found(std::span<const Endpoint> peers, swarm::PeerSource source) {
    if (!over()) around_.peers->add(peers, source);
}

net::Awaitable<void> MetadataSession::stop(TimePoint deadline) {
    if (std::exchange(stopping_, true)) co_return;
    const bool was_over = over();
    if (!was_over) state_ = TorrentState::stopped;
    around_.peers->close_all();
    auto farewell = around_.finder->stop(std::min(deadline, net::now() + kFarewell));
    co_await std::move(farewell);
    co_await around_.peers->join();
    if (!was_over) shared_.observer.on_state(id_);
}

TorrentStatus MetadataSession::status() const {
    const auto now = net::now();
    TorrentStatus out;
    out.state = state_;
    out.error = error_;
    if (!around_.peers) return out;  // a Torrent takes over
    fill_in(out, *around_.peers, *around_.finder, shared_, now);
    out.active_seconds = to_seconds(now - around_.since);
    return out;
}

}  // namespace bt::session
