// The part of a Run that has to do with a torrent whose file goes to standard output.
#include <algorithm>

#include "cli/run.hpp"

namespace bt::cli {

bool Run::stream(Active& active, const session::TorrentSettings& torrent) {
    const auto row = active.row;
    if (!tasks_[row].settings->files.streams()) return true;
    if (streaming_.is_taken_for(row)) {
        end(active, session_->status(active.id), ExitCode::option,
            "-o - takes one torrent of a run");
        return false;
    }
    const auto verified = [this, row](std::uint64_t wanted) -> std::uint64_t {
        for (const auto& one : active_) {
            if (one.row != row || one.yielding) continue;
            session_->set_horizon(one.id, wanted);
            return session_->status(one.id).in_order;
        }
        return 0;
    };
    const auto begun = streaming_.begin(io_, row, torrent, verified, [this] { on_stream_end(); });
    if (begun) return true;
    end(active, session_->status(active.id), exit_code(begun.error().code), begun.error().message);
    return false;
}

void Run::on_stream_end() {
    const auto active = std::find_if(active_.begin(), active_.end(), [this](const Active& one) {
        return streaming_.is(one.row) && !one.yielding;
    });
    if (ending_ || active == active_.end()) return;
    const auto status = session_->status(active->id);
    if (streaming_.is_whole() && status.state != session::TorrentState::finished)
        return;  // to be confirmed
    if (streaming_.is_whole()) tell_complete(*active);
    end(*active, status, streaming_.code(), streaming_.message());
    start_next();
    end_if_idle();
}

}  // namespace bt::cli
