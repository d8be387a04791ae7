#include "session/torrent.hpp"

#include <algorithm>
#include <thread>
#include <utility>

#include "bt/net/clock.hpp"
#include "bt/net/resolver.hpp"
#include "bt/session/log.hpp"
#include "bt/text/escape.hpp"

namespace bt::session {

namespace {

/// How long the trackers have to hear that we leave.
constexpr Duration kFarewell = std::chrono::seconds(1);
/// With fewer peers than this, trackers are asked for more as soon as they allow.
constexpr std::uint32_t kFewPeers = 20;
/// How often what another program did to the files is mended, before we give up.
constexpr int kMaxRounds = 5;
/// Addresses that are kept for another round.
constexpr std::ptrdiff_t kMaxToldOf = 500;

}  // namespace

Result<std::unique_ptr<Torrent>> Torrent::open(Shared& shared, TorrentId id,
                                               TorrentSettings settings) {
    const auto access = settings.seed_only ? disk::Access::read_only : disk::Access::read_write;
    auto storage =
        disk::Storage::open(settings.metainfo, settings.directory, access, settings.selection);
    if (!storage) return storage.error();
    if (!settings.seed_only) {
        const auto claimed = (*storage)->claim();
        if (!claimed) return claimed.error();
    }
    return std::unique_ptr<Torrent>(
        new Torrent(shared, id, std::move(settings), std::move(*storage)));
}

Torrent::Torrent(Shared& shared, TorrentId id, TorrentSettings settings,
                 std::shared_ptr<disk::Storage> storage)
    : shared_(shared),
      id_(id),
      settings_(std::move(settings)),
      storage_(std::move(storage)),
      wanted_(metainfo::wanted_pieces(stored())),
      pieces_wanted_(wanted_.count()),
      have_(wanted_.size()),
      files_(stored().files, stored().layout.piece_length()),
      changed_(shared.services.executor()),
      quiet_(shared.services.executor()),
      tasks_(shared.services.executor()),
      farewell_(shared.services.executor()) {}

Torrent::~Torrent() = default;

void Torrent::start() {
    tasks_.spawn(run());
}

void Torrent::abandon() {
    if (!writes()) return;
    if (!storage_->started()) storage_->finish();
    storage_->release();
}

std::optional<std::string> Torrent::clash(const Torrent& other) const {
    // What has ended has left its files to be looked at as any other's.
    if (!writes() || (other.over() && !other.busy())) return std::nullopt;
    if (!storage_->shares_folder(*other.storage_)) return std::nullopt;
    return metainfo::clash(stored(), other.stored());
}

net::Awaitable<void> Torrent::run() {
    for (int round = 0; round < kMaxRounds; ++round) {
        const bool checked = co_await check(round > 0 || !settings_.check_integrity);
        if (!checked) co_return;
        const bool had_all = complete();
        if (!had_all) {
            const bool whole = co_await download();
            if (!whole) co_return;
        }
        const bool looked_at = co_await conclude();
        if (!looked_at) co_return;
        if (concluded_) {
            // BEP 3: completed. Who had it all has nothing to tell of, nor who wants no more.
            if (!had_all && !partial() && finder_) finder_->completed();
            co_await on_concluded();
            co_return;
        }
        const bool ready = co_await start_over();
        if (!ready) co_return;
    }
    fail(restless());
}

Error Torrent::restless() {
    return {Errc::io_failed, "the files are being changed by another program all the time"};
}

net::Awaitable<bool> Torrent::download() {
    if (settings_.seed_only) {
        const auto missing = have_.size() - have_.count();
        fail({Errc::mismatch, std::to_string(missing) + " of " + std::to_string(have_.size()) +
                                  " pieces are missing or bad: nothing to seed"});
        co_return false;
    }
    exchange();
    hash_beside();
    set_state(TorrentState::downloading);
    while (!complete()) {
        const bool open = co_await changed_.wait();
        if (!open || over()) co_return false;
    }
    co_return true;
}

net::Awaitable<bool> Torrent::start_over() {
    log::warning("'", text::escape(settings_.metainfo->name),
                 "': checking again what another program changed");
    if (exchanging()) {
        peers_->close_all();
        co_await peers_->join();
        const auto stats = peers_->swarm().stats(net::now());
        earlier_.downloaded += stats.downloaded;
        earlier_.uploaded += stats.uploaded;
        earlier_.wasted += stats.wasted;
    }
    // What they asked of the disk must not come home to others.
    while (jobs_ > 0) {
        const bool open = co_await changed_.wait();
        if (!open || over()) co_return false;
    }
    if (exchanging()) peers_.reset();
    have_ = Bitfield(have_.size());
    done_bytes_ = 0;
    pieces_done_ = 0;
    files_ = FileProgress(stored().files, stored().layout.piece_length());
    set_state(TorrentState::checking);
    co_return true;
}

net::Awaitable<void> Torrent::on_concluded() {
    concluded_at_ = net::now();
    if (settings_.keep_seeding || settings_.seed_only) {
        if (!exchanging()) exchange();
        set_state(TorrentState::seeding);
        while (!seeded_enough_) {
            const bool open = co_await changed_.wait();
            if (!open || over()) co_return;
        }
    }
    end_exchange();
    if (!writes()) {
        set_state(TorrentState::finished);
        co_return;
    }
    disk::StorageJob job;
    job.kind = disk::StorageJob::Kind::finish;
    const auto finished = co_await storage_job(job);
    if (finished) set_state(TorrentState::finished);
}

void Torrent::finish_seeding() {
    seeded_enough_ = true;
    changed_.notify();
}

void Torrent::take_over(Neighbourhood around) {
    peers_ = std::move(around.peers);
    finder_ = std::move(around.finder);
    exchange_began_ = around.since;
    peers_->set_owner(*this);
    finder_->set_host(*this);
}

std::unique_ptr<swarm::Swarm> Torrent::make_swarm() {
    swarm::Settings swarm_settings;
    swarm_settings.buffer_limit_bytes = shared_.buffer_limit_bytes;
    swarm_settings.seed_when_complete = settings_.keep_seeding || settings_.seed_only;
    swarm_settings.sequential = settings_.sequential;
    auto swarm = std::make_unique<swarm::Swarm>(settings_.metainfo->layout, have_, wanted_,
                                                swarm_settings, shared_.seeds());
    resume_open_pieces(*swarm);
    swarm->doubt(survey_.verdict.suspects);
    if (horizon_) swarm->set_horizon(*horizon_, net::now());
    return swarm;
}

void Torrent::exchange() {
    if (!peers_) {
        auto peer_settings = peer_set_settings(settings_, info_hash(), shared_);
        peer_settings.complete = complete();
        PeerSet::Owner& owner = *this;
        peers_ = std::make_unique<PeerSet>(shared_, owner, id_, std::move(peer_settings));
    }
    peers_->begin(settings_.metainfo, storage_, make_swarm());
    if (finder_) {
        peers_->add(told_of_, swarm::PeerSource::tracker);
        return finder_->want_peers();
    }
    exchange_began_ = net::now();
    PeerFinder::Host& host = *this;
    finder_ = std::make_unique<PeerFinder>(shared_, finder_settings(settings_, info_hash()), host);
    finder_->start();
}

void Torrent::fail(Error error) {
    if (over()) return;
    error_ = std::move(error);
    if (writes() && !storage_->started()) storage_->finish();
    end_exchange();
    set_state(TorrentState::failed);
}

void Torrent::end_exchange() {
    exchange_ended_ = net::now();
    if (peers_) peers_->close_all();
    drop_kept_back();
    changed_.notify();
    if (finder_ && !winding_down_) {
        winding_down_ = true;
        farewell_.spawn(wind_down());
    }
}

net::Awaitable<void> Torrent::wind_down() {
    const auto deadline = net::now() + kFarewell;
    co_await finder_->stop(deadline);
}

void Torrent::set_state(TorrentState state) {
    state_ = state;
    if (state != TorrentState::checking) tell_of_files();
    shared_.observer.on_state(id_);
}

bool Torrent::over() const {
    return state_ == TorrentState::finished || state_ == TorrentState::failed ||
           state_ == TorrentState::stopped;
}

void Torrent::count_done(PieceIndex piece) {
    const auto& layout = settings_.metainfo->layout;
    const auto size = layout.piece_size(piece);
    ++pieces_done_;
    done_bytes_ += size;
    const auto& files = stored().files;
    for (const auto& slice : metainfo::slices(files, layout.piece_offset(piece), size)) {
        if (!files[slice.file.value()].is_wanted()) done_bytes_ -= slice.length;
        files_.count(slice.file);
    }
}

void Torrent::tell_of_files() {
    const auto whole = files_.take();
    if (!whole.empty()) shared_.observer.on_files_complete(id_, whole);
}

void Torrent::on_piece_done(PieceIndex piece) {
    have_.set(piece);
    count_done(piece);
    tell_of_files();
    if (unsynced_bytes_ == 0) unsynced_since_ = net::now();
    unsynced_bytes_ += settings_.metainfo->layout.piece_size(piece);
    if (peers_->swarm().complete()) changed_.notify();
}

void Torrent::on_tick(TimePoint now) {
    quiet_.notify();
    if (over()) return;
    sync_what_is_due(now);
    if (peers_) peers_->on_tick(now);
}

void Torrent::network_changed() {
    if (over()) return;
    if (finder_) finder_->network_changed();
    if (peers_ && !complete()) peers_->network_changed();
}

void Torrent::accept(net::TcpSocket socket, const Endpoint& remote, const wire::Handshake& theirs) {
    if (peers_ && !over()) peers_->accept(std::move(socket), remote, theirs);
}

void Torrent::on_disk_drained() {
    if (peers_) peers_->on_disk_drained();
}

void Torrent::on_peer_closed() {
    if (over() || complete() || !peers_) return;
    const auto counts = peers_->counts(net::now());
    if (counts.connected + counts.half_open + counts.ready < kFewPeers) finder_->want_peers();
}

AnnounceCounts Torrent::announce_counts() const {
    AnnounceCounts out;
    out.uploaded = earlier_.uploaded;
    out.downloaded = earlier_.downloaded;
    out.left = settings_.metainfo->payload_length() - done_bytes_;
    if (!exchanging()) return out;
    const auto stats = peers_->swarm().stats(net::now());
    out.uploaded += stats.uploaded;
    out.downloaded += stats.downloaded;
    // Who has no more than some files is no seed to a tracker.
    out.left =
        partial() ? settings_.metainfo->layout.total_length() - stats.verified : stats.wanted_left;
    return out;
}

void Torrent::on_found(std::span<const Endpoint> peers, swarm::PeerSource source) {
    told_of_.insert(told_of_.end(), peers.begin(), peers.end());
    if (std::ssize(told_of_) > kMaxToldOf) {
        told_of_.erase(told_of_.begin(), told_of_.end() - kMaxToldOf);
    }
    // A seed waits to be dialed: its peers want something, it does not. But who announces itself to
    // the local network hears of those only that do so later (BEP 14).
    const bool dials =
        !complete() || source == swarm::PeerSource::manual || source == swarm::PeerSource::lsd;
    if (!over() && dials && peers_) peers_->add(peers, source);
}

net::Awaitable<void> Torrent::stop(TimePoint deadline) {
    if (std::exchange(stopping_, true)) co_return;
    const bool was_over = over();
    if (!was_over) {
        state_ = concluded_ ? TorrentState::finished : TorrentState::stopped;
        if (exchanging() && anchored_) peers_->put_by();
        end_exchange();
    }
    tasks_.cancel();
    // A sync takes as long as the device likes; without it only the power may not be cut.
    while (jobs_ > (syncing_ ? 1u : 0u) && net::now() < deadline) {
        const bool open = co_await quiet_.wait();
        if (!open) break;
    }
    const bool idle = jobs_ == 0;
    if (idle && writes() && !concluded_ && storage_->started()) {
        disk::StorageJob job;
        job.kind = disk::StorageJob::Kind::close;
        job.torrent = id_;
        job.storage = storage_;
        submit(std::move(job));
        while (jobs_ > 0 && net::now() < deadline) {
            const bool open = co_await quiet_.wait();
            if (!open) break;
        }
    }
    co_await tasks_.join();
    if (peers_) co_await peers_->join();
    co_await farewell_.join();
    // Else the claim is given up with the process, when nothing can be written any more.
    if (jobs_ == 0) {
        if (writes() && !storage_->started()) storage_->finish();
        storage_->close_files();
        storage_->release();
    }
    if (!was_over) shared_.observer.on_state(id_);
}

}  // namespace bt::session
