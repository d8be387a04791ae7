#include "session/torrent.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <thread>
#include <utility>
#include <variant>

#include "bt/net/clock.hpp"
#include "bt/net/resolver.hpp"
#include "bt/text/escape.hpp"
#include "bt/text/size.hpp"

namespace bt::session {

namespace {

/// How long the trackers have to hear that we leave.
constexpr Duration kFarewell = std::chrono::seconds(1);
/// With fewer peers than this, trackers are asked for more as soon as they allow.
constexpr std::uint32_t kFewPeers = 20;

}  // namespace

Result<std::unique_ptr<Torrent>> Torrent::open(Shared& shared, TorrentId id,
                                               TorrentSettings settings) {
    const auto access = settings.seed_only ? disk::Access::read_only : disk::Access::read_write;
    auto storage = disk::Storage::open(settings.metainfo, settings.directory, access);
    if (!storage) return storage.error();
    std::unique_ptr<disk::Claim> claim;
    if (!settings.seed_only) {
        auto acquired = disk::Claim::acquire(settings.directory, settings.metainfo->info_hash);
        if (!acquired) return acquired.error();
        claim = std::move(*acquired);
    }
    return std::unique_ptr<Torrent>(
        new Torrent(shared, id, std::move(settings), std::move(*storage), std::move(claim)));
}

Torrent::Torrent(Shared& shared, TorrentId id, TorrentSettings settings,
                 std::shared_ptr<disk::Storage> storage, std::unique_ptr<disk::Claim> claim)
    : shared_(shared),
      id_(id),
      settings_(std::move(settings)),
      storage_(std::move(storage)),
      claim_(std::move(claim)),
      have_(settings_.metainfo->layout.piece_count()),
      changed_(shared.services.executor()),
      quiet_(shared.services.executor()),
      tasks_(shared.services.executor()),
      farewell_(shared.services.executor()) {}

Torrent::~Torrent() = default;

void Torrent::start() {
    tasks_.spawn(run());
}

net::Awaitable<void> Torrent::run() {
    const bool checked = co_await check();
    if (!checked) co_return;
    if (settings_.seed_only && !complete()) {
        const auto missing = have_.size() - have_.count();
        fail({Errc::mismatch, std::to_string(missing) + " of " + std::to_string(have_.size()) +
                                  " pieces are missing or bad: nothing to seed"});
        co_return;
    }
    if (!settings_.seed_only) {
        disk::StorageJob job;
        job.kind = disk::StorageJob::Kind::make_empty_files;
        const auto made = co_await storage_job(job);
        if (made.outcome == disk::Outcome::failed) {
            fail(made.error);
            co_return;
        }
    }
    const bool was_complete = complete();
    if (was_complete && !settings_.keep_seeding && !settings_.seed_only) {
        on_complete();
        co_return;
    }
    exchange();
    if (was_complete) {
        on_complete();
        co_return;
    }
    set_state(TorrentState::downloading);
    while (!complete()) {
        const bool open = co_await changed_.wait();
        if (!open) co_return;
        if (over()) co_return;
    }
    announcer_->completed();
    on_complete();
}

net::Awaitable<bool> Torrent::check() {
    disk::StorageJob job;
    job.kind = disk::StorageJob::Kind::inspect;
    auto found = co_await storage_job(job);
    if (found.outcome == disk::Outcome::failed) {
        fail(found.error);
        co_return false;
    }
    check_began_ = net::now();
    checker_ =
        std::make_unique<Checker>(id_, storage_, std::move(found.have), 2 * shared_.disk.threads(),
                                  [this](disk::Job j) { submit(std::move(j)); });
    checker_->start();
    while (!checker_->done()) {
        const bool open = co_await changed_.wait();
        if (!open) co_return false;
        if (over()) co_return false;
    }
    if (checker_->refused()) {
        fail(*checker_->refused());
        co_return false;
    }
    have_ = checker_->good();
    checker_.reset();
    for (std::uint32_t i = 0; i < have_.size(); ++i) {
        if (have_.get(PieceIndex(i))) count_done(PieceIndex(i));
    }
    if (settings_.seed_only) co_return true;
    const bool room = co_await make_room(found.files);
    if (!room) co_return false;
    if (complete()) co_return true;
    const auto needed = settings_.metainfo->payload_length() - done_bytes_;
    const auto free = storage_->free_space();
    if (needed > free) {
        fail({Errc::no_space, text::human_size(needed) + " needed, " + text::human_size(free) +
                                  " free in '" + text::escape(settings_.directory.string()) + "'"});
        co_return false;
    }
    if (const auto marked = claim_->mark_started(); !marked) {
        fail(marked.error());
        co_return false;
    }
    co_return true;
}

net::Awaitable<bool> Torrent::make_room(const std::vector<disk::FileState>& files) {
    const auto obstacle = find_obstacle(files);
    if (!obstacle) co_return true;
    if (!settings_.overwrite) {
        fail({Errc::in_the_way, *obstacle + "; --overwrite replaces it"});
        co_return false;
    }
    disk::StorageJob job;
    job.kind = disk::StorageJob::Kind::clear;
    job.files = files;
    job.have = have_;
    const auto cleared = co_await storage_job(job);
    if (cleared.outcome == disk::Outcome::failed) {
        fail(cleared.error);
        co_return false;
    }
    co_return true;
}

std::optional<std::string> Torrent::find_obstacle(const std::vector<disk::FileState>& files) const {
    const auto& wanted = settings_.metainfo->files;
    for (std::size_t i = 0; i < files.size(); ++i) {
        if (files[i].exists && !wanted[i].pad && files[i].size > wanted[i].length) {
            return "'" + text::escape(wanted[i].path) + "' is longer than in the torrent";
        }
    }
    // Files of an unfinished download are ours, also where none of their pieces is whole.
    if (claim_->started()) return std::nullopt;
    const auto intruder = storage_->intruder(files, have_);
    if (!intruder) return std::nullopt;
    return "'" + text::escape(*intruder) + "' is in the way and holds other data";
}

net::Awaitable<disk::StorageJob> Torrent::storage_job(disk::StorageJob& job) {
    job.torrent = id_;
    job.storage = storage_;
    storage_result_.reset();
    submit(std::move(job));
    while (!storage_result_) {
        const bool open = co_await changed_.wait();
        if (!open) break;
    }
    disk::StorageJob out;
    out.outcome = disk::Outcome::failed;
    if (storage_result_) out = std::move(*storage_result_);
    storage_result_.reset();
    co_return out;
}

void Torrent::exchange() {
    exchange_began_ = net::now();
    swarm::Settings swarm_settings;
    swarm_settings.buffer_limit_bytes = shared_.buffer_limit_bytes;
    swarm_settings.seed_when_complete = settings_.keep_seeding || settings_.seed_only;
    auto swarm = std::make_unique<swarm::Swarm>(settings_.metainfo->layout, have_,
                                                Bitfield(have_.size(), true), swarm_settings,
                                                shared_.seeds());
    swarm::PeerBookSettings book;
    book.max_peers = settings_.max_peers;
    peers_ = std::make_unique<PeerSet>(shared_, *this, id_, settings_.metainfo, storage_,
                                       std::move(swarm), book);
    AnnouncerSettings announcing;
    announcing.info_hash = settings_.metainfo->info_hash;
    announcing.peer_id = shared_.peer_id;
    announcing.key = static_cast<std::uint32_t>(shared_.seeds());
    announcing.port = shared_.listen_port;
    announcing.tiers = settings_.metainfo->trackers;
    announcing.typed = settings_.extra_trackers;
    announcer_ = std::make_unique<Announcer>(shared_.services, std::move(announcing), *this);
    announcer_->start();
    if (!settings_.peers.empty()) tasks_.spawn(add_named_peers());
}

net::Awaitable<void> Torrent::add_named_peers() {
    for (const auto& [host, port] : settings_.peers) {
        auto look_up = shared_.services.resolver().resolve(host, port);
        const auto found = co_await std::move(look_up);
        if (!found) {
            spdlog::warn("peer {}: {}", text::escape(host), found.error().message);
            continue;
        }
        if (over()) co_return;
        peers_->add(*found, swarm::PeerSource::manual);
    }
}

void Torrent::on_complete() {
    if (claim_) claim_->finish();
    if (settings_.keep_seeding || settings_.seed_only) {
        set_state(TorrentState::seeding);
        return;
    }
    end_exchange();
    storage_->close_files();
    set_state(TorrentState::finished);
}

void Torrent::fail(Error error) {
    if (over()) return;
    error_ = std::move(error);
    if (claim_ && !claim_->started()) claim_->finish();
    end_exchange();
    set_state(TorrentState::failed);
}

void Torrent::end_exchange() {
    exchange_ended_ = net::now();
    if (peers_) peers_->close_all();
    changed_.notify();
    if (announcer_ && !winding_down_) {
        winding_down_ = true;
        farewell_.spawn(wind_down());
    }
}

net::Awaitable<void> Torrent::wind_down() {
    const auto deadline = net::now() + kFarewell;
    co_await announcer_->stop(deadline);
}

void Torrent::set_state(TorrentState state) {
    state_ = state;
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
    const auto& files = settings_.metainfo->files;
    for (const auto& slice : metainfo::slices(files, layout.piece_offset(piece), size)) {
        if (files[slice.file.value()].pad) done_bytes_ -= slice.length;
    }
}

void Torrent::on_piece_done(PieceIndex piece) {
    have_.set(piece);
    count_done(piece);
    if (peers_->swarm().complete()) changed_.notify();
}

void Torrent::submit(disk::Job job) {
    ++jobs_;
    shared_.disk.submit(std::move(job));
}

void Torrent::deliver(disk::Job& job) {
    --jobs_;
    if (auto* piece = std::get_if<disk::PieceJob>(&job)) {
        if (piece->outcome == disk::Outcome::failed) {
            fail(piece->error);
        } else if (peers_) {
            peers_->on_written(*piece);
        }
    } else if (auto* read = std::get_if<disk::ReadJob>(&job)) {
        if (read->outcome == disk::Outcome::failed) {
            fail(read->error);
        } else if (peers_) {
            peers_->on_read(*read);
        }
    } else if (auto* checked = std::get_if<disk::CheckJob>(&job)) {
        if (checker_) checker_->on_checked(*checked);
        changed_.notify();
    } else if (auto* storage = std::get_if<disk::StorageJob>(&job)) {
        storage_result_ = std::move(*storage);
        changed_.notify();
    }
    if (jobs_ == 0) quiet_.notify();
}

void Torrent::on_tick(TimePoint now) {
    quiet_.notify();
    if (peers_ && !over()) peers_->on_tick(now);
}

void Torrent::accept(net::TcpSocket socket, const Endpoint& remote, const wire::Handshake& theirs) {
    if (peers_ && !over()) peers_->accept(std::move(socket), remote, theirs);
}

void Torrent::on_disk_drained() {
    if (peers_) peers_->on_disk_drained();
}

void Torrent::on_peer_closed() {
    if (over() || complete()) return;
    const auto counts = peers_->counts(net::now());
    if (counts.connected + counts.half_open + counts.ready < kFewPeers) announcer_->want_peers();
}

AnnounceCounts Torrent::announce_counts() const {
    AnnounceCounts out;
    const auto stats = peers_->swarm().stats(net::now());
    out.uploaded = stats.uploaded;
    out.downloaded = stats.downloaded;
    out.left = stats.wanted_left;
    return out;
}

void Torrent::on_tracker_peers(std::span<const Endpoint> peers) {
    // A seed waits to be dialed: its peers want something, it does not.
    if (!over() && !complete()) peers_->add(peers, swarm::PeerSource::tracker);
}

net::Awaitable<void> Torrent::stop(TimePoint deadline) {
    if (std::exchange(stopping_, true)) co_return;
    const bool was_over = over();
    if (!was_over) {
        state_ = complete() ? TorrentState::finished : TorrentState::stopped;
        end_exchange();
    }
    tasks_.cancel();
    while (jobs_ > 0 && net::now() < deadline) {
        const bool open = co_await quiet_.wait();
        if (!open) break;
    }
    if (!was_over && complete()) state_ = TorrentState::finished;
    if (claim_ && (complete() || !claim_->started())) claim_->finish();
    co_await tasks_.join();
    if (peers_) co_await peers_->join();
    co_await farewell_.join();
    if (jobs_ == 0) storage_->close_files();
    claim_.reset();
    if (!was_over) shared_.observer.on_state(id_);
}

}  // namespace bt::session
