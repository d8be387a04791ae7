#include "session/checker.hpp"

#include <algorithm>
#include <utility>

namespace bt::session {

namespace {

/// One job: long enough to read ahead well, short enough for a live progress.
constexpr std::uint64_t kJobBytes = 8u << 20;
constexpr std::uint32_t kJobPieces = 1024;

}  // namespace

Checker::Checker(TorrentId torrent, std::shared_ptr<disk::Storage> storage, Work work,
                 unsigned window, Submit submit)
    : torrent_(torrent),
      storage_(std::move(storage)),
      work_(std::move(work)),
      good_(work_.pieces.size()),
      window_(std::max(1u, window)),
      submit_(std::move(submit)) {
    const auto& layout = storage_->metainfo().layout;
    for (std::uint32_t i = 0; i < good_.size(); ++i) {
        if (work_.pieces.get(PieceIndex(i))) total_bytes_ += layout.piece_size(PieceIndex(i));
    }
    for (const auto& [piece, prefix] : work_.prefixes)
        total_bytes_ += prefix.length;
    for (const auto& [piece, blocks] : work_.parked)
        total_bytes_ += blocks.size() * kBlockSize;
}

void Checker::start() {
    fill();
}

void Checker::fill() {
    while (under_way_ < window_ && !work_.prefixes.empty())
        submit_prefix();
    while (under_way_ < window_ && !work_.parked.empty())
        submit_parked();
    while (under_way_ < window_) {
        while (next_ < good_.size() && !work_.pieces.get(PieceIndex(next_)))
            ++next_;
        if (next_ == good_.size()) return;
        submit_pieces();
    }
}

void Checker::submit_prefix() {
    auto prefix = work_.prefixes.extract(work_.prefixes.begin());
    disk::CheckJob job;
    job.first = prefix.key();
    job.prefix = std::move(prefix.mapped());
    job.good.resize(1);
    submit(std::move(job));
}

void Checker::submit_parked() {
    auto parked = work_.parked.extract(work_.parked.begin());
    disk::CheckJob job;
    job.first = parked.key();
    job.parked = std::move(parked.mapped());
    job.good.resize(1);
    submit(std::move(job));
}

void Checker::submit_pieces() {
    const auto& layout = storage_->metainfo().layout;
    disk::CheckJob job;
    job.first = PieceIndex(next_);
    job.record = work_.record;
    std::uint32_t count = 0;
    std::uint64_t bytes = 0;
    while (next_ < good_.size() && work_.pieces.get(PieceIndex(next_)) && bytes < kJobBytes &&
           count < kJobPieces) {
        bytes += layout.piece_size(PieceIndex(next_));
        ++count;
        ++next_;
    }
    job.good.resize(count);
    submit(std::move(job));
}

void Checker::submit(disk::CheckJob job) {
    job.torrent = torrent_;
    job.storage = storage_;
    ++under_way_;
    submit_(std::move(job));
}

void Checker::on_checked(const disk::CheckJob& job) {
    BT_ASSERT(under_way_ > 0);
    --under_way_;
    hashed_bytes_ += job.bytes;
    if (job.error.code == Errc::open_failed) refused_ = job.error;
    if (job.parked) {
        if (!job.parked->empty()) good_parked_.emplace(job.first, *job.parked);
    } else if (job.prefix) {
        if (job.good[0]) good_prefixes_.emplace(job.first, *job.prefix);
    } else {
        for (std::uint32_t i = 0; i < job.good.size(); ++i) {
            if (job.good[i]) good_.set(PieceIndex(job.first.value() + i));
        }
    }
    fill();
}

}  // namespace bt::session
