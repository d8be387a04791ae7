// What the display knows of a torrent: values, so that drawing is a pure function of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "bt/session/session.hpp"
#include "cli/exit_code.hpp"
#include "cli/subject.hpp"

namespace bt::cli {

/// A torrent at work.
struct View {
    std::string name;  // escaped
    session::TorrentStatus status;
    std::string short_name = {};  // in place of a name that has no room; empty: it is cut
    std::string reason = {};      // why nothing moves; empty while it does
    Subject subject = {};
    std::string check = "checking";  // what hashing is called
    /// "73/200", in place of a percent that would mean nothing: not all sizes are known.
    std::string counts = {};
};

/// A torrent that has come to its end.
struct ResultRow {
    std::string name;  // escaped
    ExitCode code = ExitCode::ok;
    std::string message;  // of a failure
    bool begun = false;   // its turn came, and it was tried
    bool seeded = false;  // it was served, not downloaded
    session::TorrentStatus status;
    Subject subject = {};
};

/// What a run has beside the torrents at work: those that have ended, and how many there are in
/// all.
struct Tally {
    std::size_t torrents = 0;  // of the whole run; those neither at work nor ended wait
    std::size_t complete = 0;
    std::size_t failed = 0;
    std::uint64_t length = 0;  // of the complete ones
    std::uint64_t uploaded = 0;

    void add(const ResultRow& row);
};

/// "downloading": a state as one word.
[[nodiscard]] std::string_view state_word(session::TorrentState state);

/// Uploaded bytes for each byte of the torrent that is there; 0 when nothing is.
[[nodiscard]] double ratio(const session::TorrentStatus& status);

/// Payload bytes a second since the first one was asked for.
[[nodiscard]] double average_rate(const session::TorrentStatus& status);

}  // namespace bt::cli
