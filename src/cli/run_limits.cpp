// A run's torrents and what the user's limits say of them.
#include <utility>

#include "bt/net/clock.hpp"
#include "bt/text/size.hpp"
#include "cli/figures.hpp"
#include "cli/reason.hpp"
#include "cli/run.hpp"

namespace bt::cli {

using session::TorrentState;
using session::TorrentStatus;

namespace {

std::string too_slow(double speed, std::uint64_t lowest) {
    return "too slow: " + text::human_rate(speed) + " on average of the last minute, less than " +
           text::human_rate(static_cast<double>(lowest));
}

}  // namespace

void Run::judge(Active& active) {
    const auto now = net::now();
    const auto status = session_->status(active.id);
    if (status.state != active.state) return;  // on_state() is on its way
    slots_.tell(active.row, status, now);
    const auto& endings = tasks_[active.row].settings->endings;
    switch (active.endings.judge(endings, status, now)) {
        case EndingWatch::Verdict::too_slow:
            return end(active, status, ExitCode::too_slow,
                       too_slow(active.endings.speed(), endings.lowest_speed));
        case EndingWatch::Verdict::seeded:
            return session_->finish(active.id);
        case EndingWatch::Verdict::go_on:
            break;
    }
    const bool waits = status.state == TorrentState::metadata;
    if (waits && endings.metadata_timeout &&
        status.active_seconds >= to_seconds(*endings.metadata_timeout)) {
        return give_up_metadata(active, status, true);
    }
    switch (slots_.judge(active.row, endings.stall_timeout, now)) {
        case Slots::Verdict::give_up:
            if (waits) return give_up_metadata(active, status, false);
            return give_up(active, status);
        case Slots::Verdict::yield:
            return yield(active, status);
        case Slots::Verdict::go_on:
            return;
    }
}

void Run::yield(Active& active, const TorrentStatus& status) {
    active.yielding = true;
    auto& past = past_[active.row];
    past.had_peers = past.had_peers || status.ever_connected > 0;
    past.downloaded += status.downloaded;
    past.uploaded += status.uploaded;
    past.active_seconds += status.active_seconds;
    auto& so_far = rows_[active.row].status;  // its last word, should it not be tried again
    so_far = status;
    so_far.trackers = {};
    so_far.downloaded = past.downloaded;
    so_far.uploaded = past.uploaded;
    so_far.active_seconds = past.active_seconds;
    display_.say(Severity::info,
                 rows_[active.row].name + ": stalled at " + amount_done(status) +
                     ", to be tried again after the others: " + why_nothing_moves(status));
    session_->remove(active.id);
}

void Run::give_up(Active& active, const TorrentStatus& status) {
    const bool ever = status.ever_connected > 0 || past_[active.row].had_peers;
    end(active, status, ever ? ExitCode::stalled : ExitCode::no_peer,
        (ever ? "stalled at " : "no peer ever answered, stalled at ") + amount_done(status) + ": " +
            why_nothing_moves(status));
}

}  // namespace bt::cli
