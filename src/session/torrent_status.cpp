#include <bit>
#include <utility>

#include "bt/net/clock.hpp"
#include "session/torrent.hpp"

#include <algorithm>

namespace bt::session {

TorrentStatus Torrent::status() const {
    const auto now = net::now();
    TorrentStatus out;
    out.state = state_;
    out.error = error_;
    out.length = stored().payload_length();
    out.done = done_bytes_;
    out.pieces = pieces_wanted_;
    const auto missing = first_missing();
    const auto& layout = settings_.metainfo->layout;
    out.in_order = missing.value() < layout.piece_count() ? layout.piece_offset(missing)
                                                          : layout.total_length();
    out.held =
        state_ == TorrentState::downloading && horizon_ && missing >= *horizon_ && !complete();
    out.pieces_done = pieces_done_;
    if (checker_) {
        out.checked = checker_->hashed_bytes();
        out.to_check = checker_->total_bytes();
        const auto seconds = to_seconds(now - check_began_);
        if (seconds > 0) out.check_rate = static_cast<double>(out.checked) / seconds;
    }
    if (state_ == TorrentState::syncing) {
        const auto progress = storage_->sync_progress();
        out.synced = progress.done;
        out.to_sync = progress.total;
    }
    out.unsynced = concluded_ && writes() && !settings_.sync;
    out.downloaded = earlier_.downloaded;
    out.wasted = earlier_.wasted;
    out.uploaded = earlier_.uploaded;
    if (peers_ && finder_) fill_in(out, *peers_, *finder_, shared_, now);
    if (exchange_began_ != TimePoint{}) {
        const auto until = concluded_ && writes() ? concluded_at_ : over() ? exchange_ended_ : now;
        out.active_seconds = std::max(0.0, to_seconds(until - exchange_began_));
    }
    if (!exchanging()) return out;
    const auto stats = peers_->swarm().stats(now);
    out.downloaded += stats.downloaded;
    out.wasted += stats.wasted;
    out.uploaded += stats.uploaded;
    out.hash_failures = stats.hash_failures;
    out.peers = stats.peers;
    out.seeds = stats.seeds;
    out.choking_us = stats.choking_us;
    out.interesting = stats.interesting;
    out.endgame = stats.endgame;
    if (over()) return out;
    out.down_rate = stats.down_rate;
    out.up_rate = stats.up_rate;
    if (stats.down_rate > 0) {
        out.eta_seconds = static_cast<double>(stats.wanted_left) / stats.down_rate;
    }
    return out;
}

PieceIndex Torrent::first_missing() const {
    const auto& wanted = wanted_.words();
    const auto& have = have_.words();
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        const auto missing = wanted[i] & ~have[i];
        if (missing == 0) continue;
        const auto bit = static_cast<std::uint32_t>(std::countr_zero(missing));
        return PieceIndex(static_cast<std::uint32_t>(64 * i) + bit);
    }
    return PieceIndex(settings_.metainfo->layout.piece_count());
}

void Torrent::add_counts(Counters& out) const {
    if (!exchanging()) return;
    const auto stats = peers_->swarm().stats(net::now());
    out.requests += stats.requests;
    out.cancels += stats.cancels;
    out.duplicates += stats.duplicates;
    out.wasted_bytes += stats.wasted;
    out.parked_bytes += stats.parked;
    out.deepest_queue = std::max(out.deepest_queue, stats.deepest_queue);
}

}  // namespace bt::session
