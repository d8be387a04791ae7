// HookDesk: which hook runs of which torrent, and what becomes of the torrent's end meanwhile.
// Owned by the Run, on the io thread.
//
// Invariants
//  - A row is closed once, by its host, and only after its hooks have ended.
//  - --on-complete runs once a row, --on-error at most once.
//  - After stop() no hook is started any more: a row that lacks one of --on-complete is told so.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "bt/metainfo/metainfo.hpp"
#include "bt/net/event.hpp"
#include "cli/exit_code.hpp"
#include "cli/hook_runner.hpp"
#include "cli/subject.hpp"

namespace bt::cli {

/// For /bin/sh; empty: none.
struct HookCommands {
    std::string on_complete;
    std::string on_error;
};

/// What a hook is told of.
struct Outcome {
    const Subject& subject;
    const HookCommands& commands;
    std::filesystem::path directory;
    std::shared_ptr<const metainfo::Metainfo> torrent;  // null: never known
    std::vector<bool> wanted;                           // files; no entry: all
};

/// With the environment and files of CLI.md.
[[nodiscard]] Hook make_hook(const Outcome& outcome, ExitCode code, const std::string& message);

class HookDesk {
public:
    using Row = std::size_t;

    class Host {
    public:
        virtual ~Host() = default;
        [[nodiscard]] virtual Outcome outcome(Row row) const = 0;
        /// The last word on a row.
        virtual void close(Row row, ExitCode code, std::string message) = 0;
    };

    HookDesk(net::asio::io_context& io, Host& host);

    /// All that is wanted is there, and the torrent goes on.
    void complete(Row row);
    /// The row has come to this end. Closes it, at once if there is nothing to run or wait for.
    void end(Row row, ExitCode code, std::string message);

    /// No hook runs or waits.
    [[nodiscard]] bool idle() const { return open_ == 0; }
    /// The run is being ended: see HookRunner::stop().
    void stop();
    /// Until idle().
    [[nodiscard]] net::Awaitable<void> join();
    /// Kills what runs still; rows that wait for it are closed.
    void abandon();

private:
    struct End {
        ExitCode code = ExitCode::ok;
        std::string message;
    };
    struct Entry {
        bool running = false;
        bool completed = false;      // --on-complete has been run
        bool erred = false;          // --on-error has been
        std::optional<Error> fault;  // of a hook
        std::optional<End> end;      // once the row has come to it
    };

    void run(Row row, ExitCode code, const std::string& message);
    void on_ended(Row row, const Result<>& verdict);
    /// Runs what is still to be run for the end of the row; else closes it.
    void conclude(Row row);

    Host& host_;
    HookRunner runner_;
    net::Event ended_;
    std::unordered_map<Row, Entry> entries_;
    std::size_t open_ = 0;
    bool stopped_ = false;
};

}  // namespace bt::cli
