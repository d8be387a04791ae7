// bt -S and bt --dry-run: what a download would fetch, told and not fetched.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "bt/core/result.hpp"
#include "bt/metainfo/metainfo.hpp"
#include "bt/session/session.hpp"
#include "cli/exit_code.hpp"
#include "cli/task.hpp"

namespace bt::cli {

/// What a download comes to. Pure but for look_ahead().
struct Forecast {
    std::filesystem::path directory;  // absolute
    std::uint64_t length = 0;         // bytes of the files that are wanted
    std::uint64_t on_disk = 0;        // of those, there already; not checked
    std::uint64_t free = 0;           // bytes on the file system

    [[nodiscard]] std::uint64_t to_fetch() const { return length - on_disk; }
    [[nodiscard]] bool fits() const { return to_fetch() <= free; }
};

/// A line for each file with index, size and path; those that are `wanted` are marked, unless all
/// are. Pad files are left out. Escaped.
[[nodiscard]] std::string file_list(const metainfo::Metainfo& torrent,
                                    const std::vector<bool>& wanted);

/// Looks at the disk, and changes nothing. Errc::open_failed, io_failed.
[[nodiscard]] Result<Forecast> look_ahead(const session::TorrentSettings& torrent);
[[nodiscard]] std::string forecast_text(const session::TorrentSettings& torrent,
                                        const Forecast& forecast);
/// One JSON object and a line end.
[[nodiscard]] std::string forecast_json(const std::string& source,
                                        const session::TorrentSettings& torrent,
                                        const Forecast& forecast);

struct ListingSettings {
    bool dry_run = false;  // else the files are listed
    bool json = false;
    session::SessionSettings session;
};

/// The command. The status is that of the sources, as of a download.
[[nodiscard]] ExitCode list_sources(const std::vector<Task>& tasks,
                                    const ListingSettings& settings);

}  // namespace bt::cli
