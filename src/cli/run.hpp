// Run: the torrents of one command, from the first to the last. Owned by the command, on the io
// thread.
//
// It loads each source when its turn comes, tells the display what happens, gives up what the
// user's limits say, and turns signals into an orderly end. It ends as soon as nothing is at work
// or waiting any more. Whose turn it is, Slots decides.
//
// Invariants
//  - Every task has one row of the result, in the order in which they were added.
//  - A row is ended once; what the session tells of its torrent afterwards changes nothing.
//  - Only torrents at work are held in memory: what a task waits as is a few strings.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "bt/core/result.hpp"
#include "bt/core/time.hpp"
#include "bt/net/asio.hpp"
#include "bt/net/task_group.hpp"
#include "bt/session/session.hpp"
#include "cli/display.hpp"
#include "cli/endings.hpp"
#include "cli/exit_code.hpp"
#include "cli/hook_desk.hpp"
#include "cli/interrupts.hpp"
#include "cli/slots.hpp"
#include "cli/streaming.hpp"
#include "cli/task.hpp"
#include "cli/view.hpp"

namespace bt::cli {

struct RunSettings {
    session::SessionSettings session;
    SlotSettings slots;
    std::optional<Duration> max_time;  // the run ends
};

class Run final : private session::Observer, private HookDesk::Host {
public:
    /// Nothing has moved for so long: the display says why.
    static constexpr Duration kReasonAfter = std::chrono::seconds(10);
    /// Of a name that is shown: more than file systems have.
    static constexpr std::size_t kNameBytes = 1024;
    /// Past it an end that was asked for is no longer waited for.
    static constexpr Duration kStopBudget = std::chrono::milliseconds(2900);

    Run(net::asio::io_context& io, RunSettings settings, Display& display);

    void add(Task task);

    /// Runs all of them. After it the Run and the io context must not be torn down piece by piece:
    /// leave the process (see leave()).
    [[nodiscard]] ExitCode go();

private:
    using Row = std::size_t;
    enum class Ending : std::uint8_t { complete, interrupted, out_of_time };

    /// A torrent in the session.
    struct Active {
        Row row;
        TorrentId id;
        session::TorrentState state = session::TorrentState::checking;
        bool told = false;      // that all is there
        bool yielding = false;  // it is being stopped, to be tried again
        EndingWatch endings;
    };
    /// What its source is.
    struct Known {
        std::shared_ptr<const metainfo::Metainfo> torrent;
        metainfo::Selection wanted;
    };
    /// What earlier tries of a torrent came to.
    struct Past {
        bool had_peers = false;
        std::uint64_t downloaded = 0;
        std::uint64_t uploaded = 0;
        double active_seconds = 0;
    };

    void on_state(TorrentId torrent) override;
    void on_files_complete(TorrentId torrent, std::span<const FileIndex> files) override;
    void on_removed(TorrentId torrent) override;
    void on_metadata(TorrentId torrent,
                     std::shared_ptr<const metainfo::Metainfo> metainfo) override;

    // HookDesk::Host
    [[nodiscard]] Outcome outcome(Row row) const override;
    void close(Row row, ExitCode code, std::string message) override;

    void start_next();
    void begin(Row row);
    [[nodiscard]] net::Awaitable<void> fetch(Row row);
    void take(Row row, LoadedTorrent loaded);
    /// Asks peers for the metadata, unless it is kept from an earlier run.
    void begin_magnet(Row row, Result<metainfo::Magnet> parsed);
    /// The metadata of a magnet link has come.
    void go_on(Active& active, std::shared_ptr<const metainfo::Metainfo> metainfo);
    /// What is wanted of it, with its .torrent saved if that is wanted.
    [[nodiscard]] Result<session::TorrentSettings> settings_of(
        Row row, std::shared_ptr<const metainfo::Metainfo> torrent);
    /// Makes known what `row` names, and what it is called.
    void know(Row row, const session::TorrentSettings& wanted, std::string name);
    /// Why the run cannot have the torrent that `row` names, if so.
    [[nodiscard]] std::optional<Error> admit(Row row, const InfoHash& info_hash);
    /// False: it cannot be, and the run is over.
    [[nodiscard]] bool open_session();
    [[nodiscard]] Active* find(TorrentId torrent);
    void take_state(Active& active);
    void enter_state(Active& active, const session::TorrentStatus& status);
    void tell_complete(Active& active);
    /// Ends the run if nothing is at work or waiting.
    void end_if_idle();

    /// If its file goes to standard output (-o -), begins that. False: it has ended, since it
    /// cannot.
    [[nodiscard]] bool stream(Active& active, const session::TorrentSettings& torrent);
    void on_stream_end();

    void watch();
    void judge(Active& active);
    void yield(Active& active, const session::TorrentStatus& status);
    void give_up(Active& active, const session::TorrentStatus& status);
    /// `timed_out`: it had a time of its own.
    void give_up_metadata(Active& active, const session::TorrentStatus& status, bool timed_out);
    void draw();
    [[nodiscard]] View view_of(const Active& active);

    /// The last word on a torrent in the session, which has done with it.
    void end(Active& active, session::TorrentStatus status, ExitCode code, std::string message);
    /// The row is closed by close(), after its hook.
    void end_row(Row row, ExitCode code, std::string message);
    /// What became of what was at work or waiting when the run stopped.
    void settle_all();
    void settle(Active& active);

    void await_max_time();
    void stop(Ending ending);
    [[nodiscard]] net::Awaitable<void> stop_all();

    net::asio::io_context& io_;
    RunSettings settings_;
    Display& display_;
    std::unique_ptr<session::Session> session_;
    Interrupts interrupts_;
    net::TaskGroup fetches_;
    HookDesk hooks_;
    net::Timer draw_timer_;
    net::Timer watch_timer_;
    net::Timer end_timer_;  // --max-time, then kStopBudget
    Slots slots_;
    Streaming streaming_;
    std::vector<Task> tasks_;  // by row
    std::vector<ResultRow> rows_;
    std::vector<bool> ended_;               // by row
    std::unordered_map<Row, Known> known_;  // of rows that are at work
    std::list<Active> active_;
    std::unordered_map<Row, Past> past_;
    std::unordered_map<InfoHash, Row> seen_;
    std::optional<Ending> ending_;
};

/// Ends the process. What needs an orderly end has had it; memory and sockets the system takes back
/// faster than destructors do.
[[noreturn]] void leave(ExitCode code);

}  // namespace bt::cli
