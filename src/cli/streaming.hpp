// Streaming: the one torrent of a run whose file goes to standard output (-o -). Owned by a Run, on
// the io thread.
//
// The data lies in a hidden file of the output folder, `.<info-hash>.stream`: kept when the run is
// interrupted, so that the same command need not fetch it again, and removed when all has been
// written or nobody takes it any more.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "bt/core/result.hpp"
#include "bt/session/session.hpp"
#include "cli/exit_code.hpp"
#include "cli/stream.hpp"

namespace bt::cli {

class Streaming {
public:
    using Row = std::size_t;

    /// A row of this run streams already, and another cannot.
    [[nodiscard]] bool is_taken_for(Row row) const { return row_ && *row_ != row; }
    /// Begins to stream the file that `torrent` wants; a second call for the row goes on.
    [[nodiscard]] Result<> begin(net::asio::io_context& io, Row row,
                                 const session::TorrentSettings& torrent, Stream::Verified verified,
                                 std::function<void()> on_end);

    [[nodiscard]] bool is(Row row) const { return row_ == row; }
    [[nodiscard]] std::optional<Row> row() const { return row_; }
    /// The row is not at its end yet when its torrent is.
    [[nodiscard]] bool holds(Row row) const { return is(row) && !is_whole(); }
    [[nodiscard]] bool is_whole() const;
    /// Of a stream that has ended: what its row ends with.
    [[nodiscard]] ExitCode code() const;
    [[nodiscard]] std::string message() const;
    /// "1.2 GiB of 3.4 GiB written".
    [[nodiscard]] std::string progress() const;
    /// Removes the data if nobody will want it. The session has stopped.
    void clean_up() const;

private:
    std::optional<Row> row_;
    std::unique_ptr<Stream> stream_;
    std::filesystem::path directory_;
    std::string name_;
    std::string hex_;  // of the info-hash
};

}  // namespace bt::cli
