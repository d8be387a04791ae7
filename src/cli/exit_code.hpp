// The exit statuses of the program: aria2's numbers where the meaning is the same, others from 40
// up.
#pragma once

#include <span>

#include "bt/core/result.hpp"

namespace bt::cli {

enum class ExitCode : int {
    ok = 0,
    other = 1,
    out_of_time = 2,  // --max-time
    not_found = 3,
    too_slow = 5,
    network = 6,
    interrupted = 7,
    no_space = 9,
    duplicate = 11,
    in_the_way = 13,
    open_failed = 15,
    create_failed = 16,
    io_failed = 17,
    mkdir_failed = 18,
    resolve_failed = 19,
    http = 22,
    http_auth = 24,
    bencode = 25,
    torrent = 26,
    magnet = 27,
    option = 28,
    mismatch = 32,
    mixed = 40,  // some torrents failed, for different reasons
    no_peer = 41,
    no_metadata = 42,
    stalled = 43,
    hook_failed = 44,
    second_interrupt = 130,
};

[[nodiscard]] ExitCode exit_code(Errc errc);

/// The status of a run of several torrents: ok if all succeeded; if all that failed did so for one
/// reason, that one; else mixed.
[[nodiscard]] ExitCode overall(std::span<const ExitCode> codes);

}  // namespace bt::cli
