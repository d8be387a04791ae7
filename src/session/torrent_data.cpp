// What a torrent does with what is on disk: before there is anything to download, and when all is.
#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>
#include <variant>

#include "bt/net/clock.hpp"
#include "bt/session/log.hpp"
#include "bt/text/escape.hpp"
#include "bt/text/size.hpp"
#include "session/torrent.hpp"

namespace bt::session {

namespace {

/// What a power cut can take away: what came since the last sync, which is begun when there is this
/// much of it, or the first of it is so old.
constexpr std::uint64_t kSyncBytes = 64u << 20;
constexpr Duration kSyncInterval = std::chrono::seconds(5);
/// Runs, of 1 MiB at most, that are fetched again because what was parked of them has been altered.
constexpr int kMaxAltered = 60;

}  // namespace

net::Awaitable<bool> Torrent::check(bool believe) {
    disk::StorageJob job;
    job.kind = disk::StorageJob::Kind::survey;
    job.believe = believe;
    auto surveyed = co_await storage_job(job);
    if (!surveyed) co_return false;
    survey_ = std::move(surveyed->survey);
    have_ = survey_.verdict.trusted;
    const bool hashed = co_await hash();
    if (!hashed) co_return false;
    for (std::uint32_t i = 0; i < have_.size(); ++i) {
        if (have_.get(PieceIndex(i))) count_done(PieceIndex(i));
    }
    if (!writes()) co_return true;
    const bool ready = co_await prepare();
    co_return ready;
}

net::Awaitable<bool> Torrent::hash() {
    auto& verdict = survey_.verdict;
    Checker::Work work;
    work.pieces = Bitfield(have_.size());
    // A piece that has been begun can only be gone on with from the start.
    work.prefixes = std::move(verdict.doubtful_prefixes);
    work.parked = std::move(verdict.doubtful_parked);
    if (!may_wait(verdict.suspects)) std::swap(work.pieces, verdict.suspects);
    check_began_ = net::now();
    checker_ = std::make_unique<Checker>(id_, storage_, std::move(work), 2 * shared_.disk.threads(),
                                         [this](disk::Job j) { submit(std::move(j)); });
    checker_->start();
    while (!checker_->done()) {
        const bool open = co_await changed_.wait();
        if (!open || over()) co_return false;
    }
    if (checker_->refused()) {
        fail(*checker_->refused());
        co_return false;
    }
    for (PieceIndex piece(0); piece.value() < have_.size(); ++piece) {
        if (checker_->good().get(piece)) have_.set(piece);
    }
    for (const auto& [piece, prefix] : checker_->good_prefixes()) {
        verdict.prefixes.emplace(piece, prefix);
        verdict.suspects.clear(piece);
    }
    for (const auto& [piece, blocks] : checker_->good_parked()) {
        if (have_.get(piece)) continue;
        verdict.parked.emplace(piece, blocks);
        verdict.suspects.clear(piece);
    }
    checker_.reset();
    co_return true;
}

bool Torrent::may_wait(const Bitfield& suspects) const {
    // It shows whether a file that stands in the way is ours.
    const bool ours = writes() && survey_.known && survey_.replaced.empty();
    if (!ours || have_.count() + suspects.count() == pieces_wanted_) return false;
    return bytes_of(suspects) > shared_.hash_first_bytes;
}

std::uint64_t Torrent::bytes_of(const Bitfield& pieces) const {
    std::uint64_t out = 0;
    for (PieceIndex piece(0); piece.value() < pieces.size(); ++piece) {
        if (pieces.get(piece)) out += settings_.metainfo->layout.piece_size(piece);
    }
    return out;
}

void Torrent::resume_open_pieces(swarm::Swarm& swarm) const {
    const auto& verdict = survey_.verdict;
    const auto open = [&](PieceIndex piece) {
        return !have_.get(piece) && !verdict.suspects.get(piece);
    };
    for (const auto& [piece, prefix] : verdict.prefixes) {
        if (open(piece)) swarm.resume_prefix(piece, prefix.length, prefix.hash);
    }
    for (const auto& [piece, blocks] : verdict.parked) {
        if (open(piece)) swarm.resume_parked(piece, blocks);
    }
}

void Torrent::hash_beside() {
    if (survey_.verdict.suspects.none()) return;
    log::info("\"", text::escape(settings_.metainfo->name),
              "\": ", text::human_size(bytes_of(survey_.verdict.suspects)),
              " of an earlier run are hashed beside the download");
    Checker::Work work;
    work.pieces = survey_.verdict.suspects;
    work.record = true;
    check_began_ = net::now();
    checker_ = std::make_unique<Checker>(id_, storage_, std::move(work), 1,
                                         [this](disk::Job j) { submit(std::move(j)); });
    checker_->start();
}

void Torrent::on_checked(const disk::CheckJob& job) {
    if (!checker_ || over()) return;
    if (job.outcome == disk::Outcome::failed) return fail(job.error);
    checker_->on_checked(job);
    if (!exchanging()) return;  // whoever waits for the checker has the verdicts from it
    if (checker_->refused()) return fail(*checker_->refused());
    peers_->on_checked(job);
    if (checker_->done()) checker_.reset();
}

net::Awaitable<bool> Torrent::prepare() {
    const bool room = co_await make_room(survey_.files);
    if (!room) co_return false;
    if (complete() && !settings_.keep_seeding) {
        storage_->owe(have_, survey_.verdict.durable);
        disk::StorageJob job;
        job.kind = disk::StorageJob::Kind::make_empty_files;
        const auto made = co_await storage_job(job);
        co_return made.has_value();
    }
    const auto needed = needed_space();
    const auto free = storage_->free_space();
    if (needed > free) {
        fail({Errc::no_space, text::human_size(needed) + " needed, " + text::human_size(free) +
                                  " free in '" + text::escape(settings_.directory.string()) + "'"});
        co_return false;
    }
    const bool fresh = !storage_->started();
    disk::StorageJob job;
    job.kind = disk::StorageJob::Kind::begin;
    job.have = have_;
    job.survey = survey_;
    job.allocate = settings_.allocate;
    const auto begun = co_await storage_job(job);
    if (begun && fresh && settings_.sync) {
        anchored_ = false;
        submit_sync();  // peers need not wait for the device
    }
    if (begun && begun->sparse) {
        log::warning("'", text::escape(settings_.directory.string()),
                     "': the file system cannot reserve space: files are sparse");
    }
    co_return begun.has_value();
}

std::uint64_t Torrent::needed_space() const {
    const auto missing = stored().payload_length() - done_bytes_;
    const auto by_pieces = missing - std::min(missing, bytes_of(survey_.verdict.suspects));
    if (settings_.overwrite) return by_pieces + metainfo::parts_length(stored());
    // What is reserved already, or was written and is not known, needs no more.
    std::uint64_t by_blocks = 0;
    const auto& files = stored().files;
    for (std::size_t i = 0; i < survey_.files.size(); ++i) {
        const auto held = std::min(survey_.files[i].allocated, files[i].length);
        if (files[i].is_wanted()) by_blocks += files[i].length - held;
    }
    return std::min(by_pieces, by_blocks) + metainfo::parts_length(stored());
}

net::Awaitable<bool> Torrent::make_room(const std::vector<disk::FileState>& files) {
    const auto obstacle = find_obstacle(files);
    if (!obstacle) co_return true;
    if (const auto folder = find_folder(files)) {
        fail({Errc::in_the_way, "'" + text::escape(*folder) +
                                    "' is a folder in the way, which is never replaced; move it"});
        co_return false;
    }
    if (!settings_.overwrite) {
        fail({Errc::in_the_way, *obstacle + "; --overwrite replaces it"});
        co_return false;
    }
    disk::StorageJob job;
    job.kind = disk::StorageJob::Kind::clear;
    job.survey.files = files;
    job.have = have_;
    const auto cleared = co_await storage_job(job);
    survey_.verdict.prefixes.clear();  // what they lay in may have been removed
    survey_.verdict.parked.clear();
    co_return cleared.has_value();
}

std::optional<std::string> Torrent::find_folder(const std::vector<disk::FileState>& files) const {
    for (std::size_t i = 0; i < files.size(); ++i) {
        const auto& file = stored().files[i];
        if (!files[i].foreign || !file.is_wanted()) continue;
        std::error_code ec;
        const auto status = std::filesystem::symlink_status(settings_.directory / file.path, ec);
        if (std::filesystem::is_directory(status)) return file.path;
    }
    return std::nullopt;
}

std::optional<std::string> Torrent::find_obstacle(const std::vector<disk::FileState>& files) const {
    const auto& wanted = stored().files;
    for (std::size_t i = 0; i < files.size(); ++i) {
        if (files[i].exists && wanted[i].is_wanted() && files[i].size > wanted[i].length) {
            return "'" + text::escape(wanted[i].path) + "' is longer than in the torrent";
        }
    }
    // Files of an unfinished download are ours, also where none of their pieces is whole.
    const auto intruder =
        storage_->started() ? storage_->intruder(survey_, have_) : storage_->intruder(files, have_);
    if (!intruder) return std::nullopt;
    return "'" + text::escape(*intruder) + "' is in the way and holds other data";
}

net::Awaitable<bool> Torrent::conclude() {
    if (!writes()) {
        concluded_ = true;
        co_return true;
    }
    if (settings_.sync) {
        set_state(TorrentState::syncing);
        const bool synced = co_await sync_all();
        if (!synced) co_return false;
    }
    disk::StorageJob job;
    job.kind = disk::StorageJob::Kind::confirm;
    const auto confirmed = co_await storage_job(job);
    if (!confirmed) co_return false;
    concluded_ = !confirmed->disturbed;
    if (confirmed->disturbed) {
        log::warning("'", text::escape(*confirmed->disturbed), "' was changed by another program");
    }
    co_return true;
}

void Torrent::submit(disk::Job job) {
    if (const auto bytes = disk::bytes_to_write(job); bytes > 0 && !anchored_) {
        shared_.disk.hold(bytes);
        kept_back_.push_back(std::move(job));
        return;
    }
    ++jobs_;
    shared_.disk.submit(std::move(job));
}

void Torrent::deliver(disk::Job& job) {
    --jobs_;
    if (auto* piece = std::get_if<disk::PieceJob>(&job)) {
        if (piece->outcome == disk::Outcome::failed) {
            fail(piece->error);
        } else if (piece->outcome == disk::Outcome::altered && ++altered_ > kMaxAltered) {
            fail(piece->error.message.empty() ? restless() : piece->error);
        } else if (exchanging()) {
            peers_->on_written(*piece);
        }
    } else if (auto* parked = std::get_if<disk::ParkJob>(&job)) {
        if (parked->outcome == disk::Outcome::failed) {
            fail(parked->error);
        } else if (exchanging()) {
            peers_->on_parked(*parked);
        }
    } else if (auto* read = std::get_if<disk::ReadJob>(&job)) {
        if (read->outcome == disk::Outcome::failed) {
            fail(read->error);
        } else if (exchanging()) {
            peers_->on_read(*read);
        }
    } else if (auto* checked = std::get_if<disk::CheckJob>(&job)) {
        on_checked(*checked);
        changed_.notify();
    } else if (auto* storage = std::get_if<disk::StorageJob>(&job)) {
        if (storage->outcome == disk::Outcome::failed) fail(storage->error);
        if (storage->kind == disk::StorageJob::Kind::sync) on_synced();
        if (storage->kind != disk::StorageJob::Kind::sync) storage_result_ = std::move(*storage);
        changed_.notify();
    }
    if (jobs_ > 0) return;
    quiet_.notify();
    changed_.notify();
}

void Torrent::on_synced() {
    syncing_ = false;
    if (std::exchange(anchored_, true)) return;
    for (auto& job : std::exchange(kept_back_, {})) {
        shared_.disk.release(disk::bytes_to_write(job));
        submit(std::move(job));
    }
}

void Torrent::drop_kept_back() {
    for (const auto& job : std::exchange(kept_back_, {}))
        shared_.disk.release(disk::bytes_to_write(job));
}

net::Awaitable<bool> Torrent::sync_all() {
    // One that is under way began before the last piece was there.
    for (int syncs = 0; syncs < 2; ++syncs) {
        if (syncs > 0) submit_sync();
        while (syncing_) {
            const bool open = co_await changed_.wait();
            if (!open || over()) co_return false;
        }
    }
    co_return !over();
}

void Torrent::submit_sync() {
    syncing_ = true;
    unsynced_bytes_ = 0;
    disk::StorageJob job;
    job.kind = disk::StorageJob::Kind::sync;
    job.torrent = id_;
    job.storage = storage_;
    submit(std::move(job));
}

void Torrent::sync_what_is_due(TimePoint now) {
    if (!settings_.sync || syncing_ || unsynced_bytes_ == 0 || complete()) return;
    if (unsynced_bytes_ >= kSyncBytes || now - unsynced_since_ >= kSyncInterval) submit_sync();
}

net::Awaitable<std::optional<disk::StorageJob>> Torrent::storage_job(disk::StorageJob& job) {
    job.torrent = id_;
    job.storage = storage_;
    storage_result_.reset();
    submit(std::move(job));
    while (!storage_result_) {
        const bool open = co_await changed_.wait();
        if (!open) co_return std::nullopt;
    }
    std::optional<disk::StorageJob> out;
    if (storage_result_->outcome != disk::Outcome::failed && !over()) {
        out = std::move(*storage_result_);
    }
    storage_result_.reset();
    co_return out;
}

void Torrent::set_horizon(std::uint64_t bytes) {
    const auto& layout = settings_.metainfo->layout;
    const std::uint64_t length = layout.piece_length();
    bytes = std::min(bytes, layout.total_length());
    const PieceIndex end(static_cast<std::uint32_t>((bytes + length - 1) / length));
    if (horizon_ && end <= *horizon_) return;
    horizon_ = end;
    if (!exchanging() || over()) return;
    const auto now = net::now();
    peers_->swarm().set_horizon(end, now);
    peers_->carry_out(now);
}

}  // namespace bt::session
