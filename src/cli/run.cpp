#include "cli/run.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <cstdlib>
#include <exception>
#include <utility>

#include "bt/net/clock.hpp"
#include "bt/session/log.hpp"
#include "bt/text/escape.hpp"
#include "bt/text/size.hpp"
#include "cli/fetch.hpp"
#include "cli/figures.hpp"
#include "cli/log.hpp"
#include "cli/magnet_source.hpp"
#include "cli/reason.hpp"
#include "cli/source.hpp"

namespace bt::cli {

using session::TorrentState;
using session::TorrentStatus;

namespace {

constexpr Duration kWatchInterval = std::chrono::milliseconds(200);

}  // namespace

void leave(ExitCode code) {
    stop_log();
    std::_Exit(static_cast<int>(code));
}

Run::Run(net::asio::io_context& io, RunSettings settings, Display& display)
    : io_(io),
      settings_(std::move(settings)),
      display_(display),
      interrupts_(io),
      fetches_(io.get_executor()),
      hooks_(io, *this),
      draw_timer_(io),
      watch_timer_(io),
      end_timer_(io),
      slots_(settings_.slots) {}

void Run::add(Task task) {
    slots_.add(rows_.size());
    rows_.emplace_back().name = task.name;
    rows_.back().subject.source = task.source;
    tasks_.push_back(std::move(task));
    ended_.push_back(false);
}

ExitCode Run::go() {
    interrupts_.await([this] {
        display_.say(Severity::info, "stopping; once more to leave at once");
        stop(Ending::interrupted);
    });
    await_max_time();
    display_.begin(rows_.size());
    start_next();
    draw();
    watch();
    end_if_idle();
    io_.run();
    interrupts_.leave_on_the_next();
    hooks_.abandon();
    settle_all();
    streaming_.clean_up();
    if (session_) log_counters(session_->counters());
    display_.finish(rows_);
    std::vector<ExitCode> codes;
    for (const auto& row : rows_)
        codes.push_back(row.code);
    return overall(codes);
}

void Run::start_next() {
    while (!ending_) {
        const auto row = slots_.next(net::now());
        if (!row) return;
        begin(*row);
    }
}

void Run::begin(Row row) {
    auto& task = tasks_[row];
    display_.starting(rows_[row].subject);
    if (task.loaded) return take(row, *task.loaded);
    if (auto magnet = as_magnet(task.source)) return begin_magnet(row, std::move(*magnet));
    if (!is_url(task.source)) return take(row, load_source(task.source));
    if (!open_session()) return;
    // Not from within the fetch, which the end of the run cancels.
    fetches_.spawn(fetch(row), [this, row] {
        if (ending_) return;
        take(row, *tasks_[row].loaded);
        start_next();
        end_if_idle();
    });
}

net::Awaitable<void> Run::fetch(Row row) {
    auto fetching = fetch_torrent(session_->services(), tasks_[row].source);
    tasks_[row].loaded = co_await std::move(fetching);
}

void Run::take(Row row, LoadedTorrent loaded) {
    if (!loaded) return end_row(row, exit_code(loaded.error().code), loaded.error().message);
    const auto& torrent = **loaded;
    const auto own_name = torrent.name;
    if (const auto error = admit(row, torrent.info_hash)) {
        return end_row(row, exit_code(error->code), error->message);
    }
    rows_[row].name = text::escape(torrent.name, kNameBytes);
    if (!open_session()) return;
    auto wanted = settings_of(row, std::move(*loaded));
    if (!wanted) return end_row(row, exit_code(wanted.error().code), wanted.error().message);
    // A stream has no name on disk that means anything to others.
    know(row, *wanted, tasks_[row].settings->files.streams() ? own_name : wanted->metainfo->name);
    rows_[row].seeded = wanted->seed_only;
    const auto added = session_->add(*wanted);
    if (!added) return end_row(row, exit_code(added.error().code), added.error().message);
    rows_[row].begun = true;
    auto& active = active_.emplace_back();
    active.row = row;
    active.id = *added;
    if (!stream(active, *wanted)) return;
    enter_state(active, session_->status(active.id));
}

std::optional<Error> Run::admit(Row row, const InfoHash& info_hash) {
    const auto [at, first] = seen_.try_emplace(info_hash, row);
    if (first || at->second == row) return std::nullopt;
    return fail(Errc::duplicate, "the same torrent twice in one run");
}

bool Run::open_session() {
    if (session_) return true;
    auto session = session::Session::create(io_, settings_.session, *this);
    if (session) {
        session_ = std::move(*session);
        return true;
    }
    // Nothing of the run can be had.
    for (Row row = 0; row < rows_.size(); ++row) {
        if (!ended_[row]) end_row(row, exit_code(session.error().code), session.error().message);
    }
    stop(Ending::complete);
    return false;
}

Run::Active* Run::find(TorrentId torrent) {
    const auto at = std::find_if(active_.begin(), active_.end(),
                                 [&](const Active& one) { return one.id == torrent; });
    return at == active_.end() ? nullptr : &*at;
}

void Run::on_state(TorrentId torrent) {
    if (ending_) return;
    // Not from within the session's own call.
    boost::asio::post(io_, [this, torrent] {
        auto* const active = find(torrent);
        if (ending_ || active == nullptr || active->yielding) return;
        take_state(*active);
        start_next();
        end_if_idle();
    });
}

void Run::on_removed(TorrentId torrent) {
    const auto* const active = find(torrent);
    if (active == nullptr) return;
    slots_.put_back(active->row);
    known_.erase(active->row);
    active_.remove_if([&](const Active& one) { return one.id == torrent; });
    if (ending_) return;
    boost::asio::post(io_, [this] { start_next(); });
}

void Run::take_state(Active& active) {
    const auto status = session_->status(active.id);
    if (status.state != active.state) enter_state(active, status);
}

void Run::enter_state(Active& active, const TorrentStatus& status) {
    active.state = status.state;
    slots_.tell(active.row, status, net::now());
    const auto& name = rows_[active.row].name;
    session::log::info("torrent=\"", name, "\" ", state_word(status.state));
    switch (status.state) {
        case TorrentState::finished:
            if (streaming_.holds(active.row)) break;
            tell_complete(active);
            end(active, status, ExitCode::ok, {});
            return;
        case TorrentState::failed:
            end(active, status, exit_code(status.error.code), status.error.message);
            return;
        case TorrentState::stopped:
            end(active, status, ExitCode::interrupted, "stopped");
            return;
        case TorrentState::seeding:
            display_.say(Severity::info, name + (rows_[active.row].seeded ? ": " : ": complete, ") +
                                             "seeding on port " +
                                             std::to_string(session_->listen_port()));
            tell_complete(active);
            if (!rows_[active.row].seeded) hooks_.complete(active.row);
            return;
        case TorrentState::downloading:
        case TorrentState::metadata: {
            const auto& task = tasks_[active.row];
            const auto named =
                task.settings->torrent.peers.size() + (task.magnet ? task.magnet->peers.size() : 0);
            if (!can_ask(status, named)) {
                const auto known = known_.find(active.row);
                const bool unusable =
                    known != known_.end() && !known->second.torrent->trackers.empty();
                return end(active, status, ExitCode::no_peer, nobody_to_ask(unusable));
            }
            break;
        }
        case TorrentState::known:
        case TorrentState::checking:
        case TorrentState::syncing:
            break;
    }
    display_.state_changed(view_of(active));
}

void Run::end_if_idle() {
    if (slots_.idle() && hooks_.idle()) stop(Ending::complete);
}

void Run::watch() {
    if (ending_) return;
    watch_timer_.expires_after(kWatchInterval);
    watch_timer_.async_wait([this](net::error_code ec) {
        if (ec || ending_) return;
        for (auto at = active_.begin(); at != active_.end();) {
            auto& active = *at++;  // judging may end it
            if (!active.yielding) judge(active);
        }
        start_next();
        end_if_idle();
        watch();
    });
}

void Run::draw() {
    const auto interval = display_.interval();
    if (ending_ || interval <= Duration::zero()) return;
    draw_timer_.expires_after(interval);
    draw_timer_.async_wait([this](net::error_code ec) {
        if (ec || ending_) return;
        std::vector<View> views;
        for (const auto& active : active_) {
            if (!active.yielding) views.push_back(view_of(active));
        }
        display_.update(views);
        draw();
    });
}

View Run::view_of(const Active& active) {
    View view;
    view.name = rows_[active.row].name;
    view.subject = rows_[active.row].subject;
    view.status = session_->status(active.id);
    slots_.tell(active.row, view.status, net::now());
    const bool still = slots_.quiet(active.row, net::now()) >= kReasonAfter;
    const auto state = view.status.state;
    if (view.status.held) {
        view.reason = "waits for the reader of standard output, " + streaming_.progress();
    } else if (still && (state == TorrentState::downloading || state == TorrentState::metadata)) {
        view.reason = why_nothing_moves(view.status);
    }
    if (view.status.state == TorrentState::finished && streaming_.holds(active.row)) {
        view.reason = streaming_.progress();
    }
    return view;
}

void Run::end(Active& active, TorrentStatus status, ExitCode code, std::string message) {
    const auto row = active.row;
    const auto id = active.id;
    if (const auto past = past_.find(row); past != past_.end()) {
        status.downloaded += past->second.downloaded;
        status.uploaded += past->second.uploaded;
        status.active_seconds += past->second.active_seconds;
        past_.erase(past);
    }
    if (streaming_.is(row)) status.unsynced = false;  // it is not to stay
    status.trackers = {};                             // a thousand torrents end one day
    rows_[row].status = std::move(status);
    active_.remove_if([&](const Active& one) { return one.id == id; });
    if (!ending_) session_->remove(id);  // what is reported here is its last word
    end_row(row, code, std::move(message));
}

void Run::end_row(Row row, ExitCode code, std::string message) {
    slots_.close(row);
    tasks_[row].loaded.reset();
    hooks_.end(row, code, std::move(message));
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
    boost::asio::co_spawn(io_, stop_all(), [this](std::exception_ptr error) {
        if (error) std::rethrow_exception(error);
        io_.stop();
    });
}

net::Awaitable<void> Run::stop_all() {
    if (ending_ != Ending::complete) hooks_.stop();
    fetches_.cancel();
    co_await fetches_.join();
    if (session_) co_await session_->stop();
    co_await hooks_.join();
}

}  // namespace bt::cli
