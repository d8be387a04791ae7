#include "cli/view.hpp"

#include <string_view>

namespace bt::cli {

std::string_view state_word(session::TorrentState state) {
    using enum session::TorrentState;
    switch (state) {
        case metadata:
        case known:
            return "metadata";
        case checking:
            return "checking";
        case downloading:
            return "downloading";
        case syncing:
            return "syncing";
        case seeding:
            return "seeding";
        case finished:
            return "finished";
        case failed:
            return "failed";
        case stopped:
            return "stopped";
    }
    return "";
}

void Tally::add(const ResultRow& row) {
    if (row.code != ExitCode::ok) {
        ++failed;
        return;
    }
    ++complete;
    length += row.status.length;
    uploaded += row.status.uploaded;
}

double ratio(const session::TorrentStatus& status) {
    if (status.done == 0) return 0;
    return static_cast<double>(status.uploaded) / static_cast<double>(status.done);
}

double average_rate(const session::TorrentStatus& status) {
    if (status.active_seconds <= 0) return 0;
    return static_cast<double>(status.downloaded) / status.active_seconds;
}

}  // namespace bt::cli
