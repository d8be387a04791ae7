#include "session/checker.hpp"

#include <algorithm>
#include <utility>

namespace bt::session {

namespace {

/// One job: long enough to read ahead well, short enough for a live progress.
constexpr std::uint64_t kJobBytes = 8u << 20;
constexpr std::uint32_t kJobPieces = 1024;

}  // namespace

Checker::Checker(TorrentId torrent, std::shared_ptr<disk::Storage> storage, Bitfield present,
                 unsigned window, Submit submit)
    : torrent_(torrent),
      storage_(std::move(storage)),
      present_(std::move(present)),
      good_(present_.size()),
      window_(std::max(1u, window)),
      submit_(std::move(submit)) {
    const auto& layout = storage_->metainfo().layout;
    for (std::uint32_t i = 0; i < present_.size(); ++i) {
        if (present_.get(PieceIndex(i))) total_bytes_ += layout.piece_size(PieceIndex(i));
    }
}

void Checker::start() {
    fill();
}

void Checker::fill() {
    const auto& layout = storage_->metainfo().layout;
    while (under_way_ < window_) {
        while (next_ < present_.size() && !present_.get(PieceIndex(next_)))
            ++next_;
        if (next_ == present_.size()) return;
        disk::CheckJob job;
        job.torrent = torrent_;
        job.storage = storage_;
        job.first = PieceIndex(next_);
        std::uint32_t count = 0;
        std::uint64_t bytes = 0;
        while (next_ < present_.size() && present_.get(PieceIndex(next_)) && bytes < kJobBytes &&
               count < kJobPieces) {
            bytes += layout.piece_size(PieceIndex(next_));
            ++count;
            ++next_;
        }
        job.good.resize(count);
        ++under_way_;
        submit_(std::move(job));
    }
}

void Checker::on_checked(const disk::CheckJob& job) {
    BT_ASSERT(under_way_ > 0);
    --under_way_;
    hashed_bytes_ += job.bytes;
    if (job.error.code == Errc::open_failed) refused_ = job.error;
    for (std::uint32_t i = 0; i < job.good.size(); ++i) {
        if (job.good[i]) good_.set(PieceIndex(job.first.value() + i));
    }
    fill();
}

}  // namespace bt::session
