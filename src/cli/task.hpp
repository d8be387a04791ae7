// Task: one source of a run and what is wanted of it. A value, owned by the Run.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bt/core/result.hpp"
#include "bt/metainfo/metainfo.hpp"
#include "bt/session/session.hpp"
#include "cli/endings.hpp"
#include "cli/file_options.hpp"
#include "cli/hook_desk.hpp"
#include "cli/source.hpp"

namespace bt::cli {

/// What is wanted of a torrent. Sources that were given nothing of their own share one.
struct TaskSettings {
    session::TorrentSettings torrent;  // without its metainfo, and what follows from it
    FileOptions files;
    std::vector<std::string> excluded_trackers;
    std::string save_torrent;  // a file; empty: none
    Endings endings;
    HookCommands hooks;
};

struct Task {
    std::string source;  // as typed
    std::string name;    // escaped: what it is called until the torrent's own name is known
    std::shared_ptr<const TaskSettings> settings;
    /// Of a source that had to be read at once: standard input. Others are when their turn comes.
    std::optional<LoadedTorrent> loaded = std::nullopt;
    std::optional<metainfo::Magnet> magnet = std::nullopt;  // that the source turned out to be
};

/// Whether one of `excluded` is this URL, or "*".
[[nodiscard]] bool is_excluded(const std::string& url, const std::vector<std::string>& excluded);

/// The torrent without the trackers that `excluded` names; "*" names all.
[[nodiscard]] std::shared_ptr<const metainfo::Metainfo> without_trackers(
    std::shared_ptr<const metainfo::Metainfo> torrent, const std::vector<std::string>& excluded);

/// The settings of `torrent`, now that it is known. Errc::option.
[[nodiscard]] Result<session::TorrentSettings> torrent_settings(
    const TaskSettings& wanted, std::shared_ptr<const metainfo::Metainfo> torrent);

}  // namespace bt::cli
