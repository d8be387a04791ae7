// Run: the torrents of one command, from the first to the last. Owned by the command, on the io
// thread.
//
// It keeps the queue, tells the display what happens, gives up what the user's limits say, and
// turns signals into an orderly end. It ends as soon as no torrent is at work any more.
//
// Invariants
//  - Every torrent that was added has one row of the result, in the order of the command line.
//  - A row is ended once; what the session tells of its torrent afterwards changes nothing.
//  - At most kMostOpen torrents are open, of which at most `jobs` move or may yet move.
#pragma once

#include <boost/asio/signal_set.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bt/core/result.hpp"
#include "bt/core/time.hpp"
#include "bt/net/asio.hpp"
#include "bt/session/session.hpp"
#include "cli/display.hpp"
#include "cli/exit_code.hpp"
#include "cli/view.hpp"

namespace bt::cli {

struct RunSettings {
    session::SessionSettings session;
    unsigned jobs = 5;                      // torrents at once, those that seed not counted
    std::optional<Duration> stall_timeout;  // a torrent is given up after so long without a byte
    std::optional<Duration> max_time;       // the run ends
};

class Run final : private session::Observer {
public:
    /// A torrent that has not moved for so long passes its place to the next one.
    static constexpr Duration kSlotPatience = std::chrono::seconds(60);
    /// Nothing has moved for so long: the display says why.
    static constexpr Duration kReasonAfter = std::chrono::seconds(10);
    /// Past it an end that was asked for is no longer waited for.
    static constexpr Duration kStopBudget = std::chrono::milliseconds(2900);
    static constexpr std::size_t kMostOpen = 200;

    Run(net::asio::io_context& io, RunSettings settings, Display& display);

    /// `name` is escaped.
    void add(std::string name, session::TorrentSettings torrent);
    /// A source that is no usable torrent.
    void refuse(std::string name, const Error& error);

    /// Runs all of them. After it the Run and the io context must not be torn down piece by piece:
    /// leave the process (see leave()).
    [[nodiscard]] ExitCode go();

private:
    enum class Ending : std::uint8_t { complete, interrupted, out_of_time };

    struct Waiting {
        std::size_t row;
        session::TorrentSettings torrent;
    };
    struct Active {
        std::size_t row;
        TorrentId id;
        session::TorrentState state = session::TorrentState::checking;
        bool seed_only = false;
        bool has_peers = false;  // named by the user
        bool ended = false;
        std::uint64_t bytes = 0;  // hashed, received and sent when it moved last
        TimePoint moved;
    };

    void on_state(TorrentId torrent) override;

    void start_next();
    void start(Waiting waiting);
    [[nodiscard]] bool has_free_slot();
    void take_state(Active& active);
    void enter_state(Active& active, const session::TorrentStatus& status);
    /// Ends the run if nothing is at work or waiting.
    void end_if_idle();

    void watch();
    void note_movement(Active& active, const session::TorrentStatus& status) const;
    void give_up_if_stalled(Active& active);
    void draw();
    [[nodiscard]] View view_of(Active& active) const;

    void end(Active& active, const session::TorrentStatus& status, ExitCode code,
             std::string message);
    void end_row(std::size_t row, ExitCode code, std::string message);
    /// What became of a torrent that was at work when the session stopped.
    void settle(Active& active);
    void settle_all();

    void await_signal();
    void await_max_time();
    void stop(Ending ending);
    [[nodiscard]] net::Awaitable<void> stop_session();

    net::asio::io_context& io_;
    RunSettings settings_;
    Display& display_;
    std::unique_ptr<session::Session> session_;
    boost::asio::signal_set signals_;
    net::Timer draw_timer_;
    net::Timer watch_timer_;
    net::Timer end_timer_;  // --max-time, then kStopBudget
    std::deque<Waiting> queue_;
    std::vector<Active> active_;
    std::vector<ResultRow> rows_;
    std::optional<Ending> ending_;
};

/// Ends the process. What needs an orderly end has had it; memory and sockets the system takes back
/// faster than destructors do.
[[noreturn]] void leave(ExitCode code);

}  // namespace bt::cli
