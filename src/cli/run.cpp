#include "cli/run.hpp"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <utility>

#include "bt/net/clock.hpp"
#include "cli/figures.hpp"
#include "cli/log.hpp"
#include "cli/reason.hpp"
#include "cli/terminal_display.hpp"

namespace bt::cli {

using session::TorrentState;
using session::TorrentStatus;

namespace {

constexpr Duration kWatchInterval = std::chrono::seconds(1);

/// nohup and its like have chosen that a hang-up is not heard.
bool hears_hang_up() {
    struct sigaction current {};
    return ::sigaction(SIGHUP, nullptr, &current) != 0 || current.sa_handler != SIG_IGN;
}

extern "C" void leave_at_once(int) {
    wipe_terminal();
    ::_exit(static_cast<int>(ExitCode::second_interrupt));
}

bool complete(const TorrentStatus& status) {
    return status.state == TorrentState::finished || status.state == TorrentState::seeding;
}

std::uint64_t each(std::uint64_t total, std::uint64_t count) {
    return count == 0 ? 0 : total / count;
}

void log_counters(const session::Counters& c) {
    spdlog::debug("counters receives={} bytes_a_receive={} pauses={} sends={} bytes_a_send={}",
                  c.receives, each(c.received_bytes, c.receives), c.pauses, c.sends,
                  each(c.sent_bytes, c.sends));
    spdlog::debug(
        "counters blocks={} requests={} deepest_queue={} cancels={} duplicates={} wasted_bytes={}",
        c.blocks, c.requests, c.deepest_queue, c.cancels, c.duplicates, c.wasted_bytes);
    spdlog::debug(
        "counters runs={} bytes_a_run={} hash_seconds={:.3f} write_seconds={:.3f} "
        "most_disk_jobs={} "
        "most_block_bytes={}",
        c.runs, each(c.run_bytes, c.runs), to_seconds(c.hash_time), to_seconds(c.write_time),
        c.most_jobs, c.most_block_bytes);
}

}  // namespace

void leave(ExitCode code) {
    stop_log();
    std::_Exit(static_cast<int>(code));
}

Run::Run(net::asio::io_context& io, RunSettings settings, Display& display)
    : io_(io),
      settings_(std::move(settings)),
      display_(display),
      signals_(io),
      draw_timer_(io),
      watch_timer_(io),
      end_timer_(io) {}

void Run::add(std::string name, session::TorrentSettings torrent) {
    queue_.push_back({rows_.size(), std::move(torrent)});
    rows_.emplace_back().name = std::move(name);
}

void Run::refuse(std::string name, const Error& error) {
    rows_.emplace_back().name = std::move(name);
    end_row(rows_.size() - 1, exit_code(error.code), error.message);
}

ExitCode Run::go() {
    if (!queue_.empty()) {
        auto session = session::Session::create(io_, settings_.session, *this);
        if (!session) {
            display_.say(Severity::error, session.error().message);
            return exit_code(session.error().code);
        }
        session_ = std::move(*session);
        await_signal();
        await_max_time();
        start_next();
        draw();
        watch();
        end_if_idle();
        io_.run();
        settle_all();
        log_counters(session_->counters());
    }
    display_.finish(rows_);
    std::vector<ExitCode> codes;
    for (const auto& row : rows_)
        codes.push_back(row.code);
    return overall(codes);
}

void Run::start_next() {
    while (!ending_ && !queue_.empty() && has_free_slot()) {
        auto next = std::move(queue_.front());
        queue_.pop_front();
        start(std::move(next));
    }
}

bool Run::has_free_slot() {
    const auto now = net::now();
    std::size_t open = 0;
    std::size_t moving = 0;
    for (auto& active : active_) {
        if (active.ended) continue;
        ++open;
        note_movement(active, session_->status(active.id));
        if (active.state != TorrentState::seeding && now - active.moved < kSlotPatience) ++moving;
    }
    return open < kMostOpen && moving < settings_.jobs;
}

void Run::start(Waiting waiting) {
    Active active;
    active.row = waiting.row;
    active.seed_only = waiting.torrent.seed_only;
    active.has_peers = !waiting.torrent.peers.empty();
    active.moved = net::now();
    rows_[active.row].seeded = active.seed_only;
    const auto added = session_->add(std::move(waiting.torrent));
    if (!added) {
        end_row(active.row, exit_code(added.error().code), added.error().message);
        return;
    }
    active.id = *added;
    active_.push_back(active);
    enter_state(active_.back(), session_->status(active.id));
}

void Run::on_state(TorrentId torrent) {
    if (ending_) return;
    // Not from within the session's own call.
    boost::asio::post(io_, [this, torrent] {
        if (ending_) return;
        const auto at = std::find_if(active_.begin(), active_.end(),
                                     [&](const Active& one) { return one.id == torrent; });
        if (at == active_.end() || at->ended) return;
        take_state(*at);
        start_next();
        end_if_idle();
    });
}

void Run::take_state(Active& active) {
    const auto status = session_->status(active.id);
    if (status.state != active.state) enter_state(active, status);
}

void Run::enter_state(Active& active, const TorrentStatus& status) {
    active.state = status.state;
    active.moved = net::now();
    const auto& name = rows_[active.row].name;
    spdlog::info("torrent=\"{}\" {}", name, state_word(status.state));
    switch (status.state) {
        case TorrentState::finished:
            end(active, status, ExitCode::ok, {});
            return;
        case TorrentState::failed:
            end(active, status, exit_code(status.error.code), status.error.message);
            return;
        case TorrentState::stopped:
            end(active, status, ExitCode::interrupted, "stopped");
            return;
        case TorrentState::seeding:
            display_.say(Severity::info, name + (active.seed_only ? ": " : ": complete, ") +
                                             "seeding on port " +
                                             std::to_string(session_->listen_port()));
            return;
        case TorrentState::downloading:
            if (status.trackers.empty() && !active.has_peers) {
                end(active, status, ExitCode::no_peer,
                    "no peer can be found: the torrent has no tracker, and neither --tracker nor "
                    "--peer names one");
                return;
            }
            break;
        case TorrentState::checking:
        case TorrentState::syncing:
            break;
    }
    display_.state_changed(view_of(active));
}

void Run::end_if_idle() {
    const bool idle = queue_.empty() && std::all_of(active_.begin(), active_.end(),
                                                    [](const Active& one) { return one.ended; });
    if (idle) stop(Ending::complete);
}

void Run::watch() {
    if (ending_ || (!settings_.stall_timeout && queue_.empty())) return;
    watch_timer_.expires_after(kWatchInterval);
    watch_timer_.async_wait([this](net::error_code ec) {
        if (ec || ending_) return;
        for (auto& active : active_) {
            if (!active.ended) give_up_if_stalled(active);
        }
        start_next();
        end_if_idle();
        watch();
    });
}

void Run::note_movement(Active& active, const TorrentStatus& status) const {
    const auto bytes = status.checked + status.downloaded + status.uploaded + status.synced;
    if (bytes == active.bytes) return;
    active.bytes = bytes;
    active.moved = net::now();
}

void Run::give_up_if_stalled(Active& active) {
    const auto status = session_->status(active.id);
    note_movement(active, status);
    if (!settings_.stall_timeout || status.state != TorrentState::downloading) return;
    if (net::now() - active.moved < *settings_.stall_timeout) return;
    const bool ever = status.ever_connected > 0;
    end(active, status, ever ? ExitCode::stalled : ExitCode::no_peer,
        (ever ? "stalled at " : "no peer ever answered, stalled at ") + amount_done(status) + ": " +
            why_nothing_moves(status));
}

void Run::draw() {
    const auto interval = display_.interval();
    if (ending_ || interval <= Duration::zero()) return;
    draw_timer_.expires_after(interval);
    draw_timer_.async_wait([this](net::error_code ec) {
        if (ec || ending_) return;
        std::vector<View> views;
        for (auto& active : active_) {
            if (!active.ended) views.push_back(view_of(active));
        }
        display_.update(views);
        draw();
    });
}

View Run::view_of(Active& active) const {
    View view;
    view.name = rows_[active.row].name;
    view.status = session_->status(active.id);
    note_movement(active, view.status);
    const bool still = net::now() - active.moved >= kReasonAfter;
    if (still && view.status.state == TorrentState::downloading) {
        view.reason = why_nothing_moves(view.status);
    }
    return view;
}

void Run::end(Active& active, const TorrentStatus& status, ExitCode code, std::string message) {
    active.ended = true;
    const bool given_up = status.state == TorrentState::checking ||
                          status.state == TorrentState::downloading ||
                          status.state == TorrentState::syncing;
    if (given_up) session_->stop(active.id);  // what is reported here is its last word
    rows_[active.row].status = status;
    end_row(active.row, code, std::move(message));
}

void Run::end_row(std::size_t row, ExitCode code, std::string message) {
    rows_[row].code = code;
    rows_[row].message = std::move(message);
    spdlog::info("torrent=\"{}\" exit={} {}", rows_[row].name, static_cast<int>(code),
                 rows_[row].message);
    display_.ended(rows_[row]);
}

void Run::settle(Active& active) {
    const auto status = session_->status(active.id);
    if (complete(status)) {
        end(active, status, ExitCode::ok, {});
    } else if (status.state == TorrentState::failed) {
        end(active, status, exit_code(status.error.code), status.error.message);
    } else {
        const bool late = ending_ == Ending::out_of_time;
        end(active, status, late ? ExitCode::out_of_time : ExitCode::interrupted,
            (late ? "out of time with " : "interrupted with ") + amount_done(status) +
                " done; the same command goes on from there");
    }
}

void Run::settle_all() {
    for (auto& active : active_) {
        if (!active.ended) settle(active);
    }
    const bool late = ending_ == Ending::out_of_time;
    for (const auto& waiting : queue_) {
        end_row(waiting.row, late ? ExitCode::out_of_time : ExitCode::interrupted, "not started");
    }
}

void Run::await_signal() {
    signals_.add(SIGINT);
    signals_.add(SIGTERM);
    if (hears_hang_up()) signals_.add(SIGHUP);
    signals_.async_wait([this](net::error_code ec, int) {
        if (ec) return;
        // The second signal is not left to this thread, which may be held up.
        signals_.clear();
        std::signal(SIGINT, leave_at_once);
        std::signal(SIGTERM, leave_at_once);
        if (hears_hang_up()) std::signal(SIGHUP, leave_at_once);
        display_.say(Severity::info, "stopping; once more to leave at once");
        stop(Ending::interrupted);
    });
}

void Run::await_max_time() {
    if (!settings_.max_time) return;
    end_timer_.expires_after(*settings_.max_time);
    end_timer_.async_wait([this](net::error_code ec) {
        if (!ec) stop(Ending::out_of_time);
    });
}

void Run::stop(Ending ending) {
    if (ending_) return;
    ending_ = ending;
    draw_timer_.cancel();
    watch_timer_.cancel();
    end_timer_.expires_after(kStopBudget);
    end_timer_.async_wait([this](net::error_code ec) {
        if (!ec) io_.stop();
    });
    boost::asio::co_spawn(io_, stop_session(), [this](std::exception_ptr error) {
        if (error) std::rethrow_exception(error);
        io_.stop();
    });
}

net::Awaitable<void> Run::stop_session() {
    co_await session_->stop();
}

}  // namespace bt::cli
