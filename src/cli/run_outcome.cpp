// What a run makes known of its torrents: to the display and to hooks.
#include <boost/asio/post.hpp>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "bt/session/log.hpp"
#include "cli/render.hpp"
#include "cli/run.hpp"

namespace bt::cli {

using session::TorrentState;

namespace {

bool complete(const session::TorrentStatus& status) {
    return status.state == TorrentState::finished || status.state == TorrentState::seeding;
}

}  // namespace

void Run::know(Row row, const session::TorrentSettings& wanted, std::string name) {
    const auto& torrent = *wanted.metainfo;
    auto& subject = rows_[row].subject;
    std::error_code ec;
    const auto folder = std::filesystem::absolute(wanted.directory, ec).lexically_normal();
    subject.info_hash = torrent.info_hash;
    subject.name = std::move(name);
    subject.path = (folder / torrent.name).native();
    subject.length = metainfo::chosen_length(torrent, wanted.selection);
    display_.loaded(subject, torrent, wanted.selection);
    known_[row] = {wanted.metainfo, wanted.selection};
}

void Run::on_files_complete(TorrentId torrent, std::span<const FileIndex> files) {
    boost::asio::post(io_, [this, torrent, all = std::vector(files.begin(), files.end())] {
        const auto* const active = find(torrent);
        if (active == nullptr || active->yielding) return;
        display_.files_complete(view_of(*active), *known_.at(active->row).torrent, all);
    });
}

void Run::tell_complete(Active& active) {
    const bool download = !rows_[active.row].seeded;
    if (download && !std::exchange(active.told, true)) display_.completed(view_of(active));
}

Outcome Run::outcome(Row row) const {
    const auto& settings = *tasks_[row].settings;
    const auto known = known_.find(row);
    Outcome out{rows_[row].subject, settings.hooks, settings.torrent.directory, nullptr, {}};
    if (known == known_.end()) return out;
    out.torrent = known->second.torrent;
    out.wanted = known->second.wanted;
    return out;
}

void Run::close(Row row, ExitCode code, std::string message) {
    ended_[row] = true;
    known_.erase(row);
    rows_[row].code = code;
    rows_[row].message = std::move(message);
    session::log::info("torrent=\"", rows_[row].name, "\" exit=", static_cast<int>(code), " ",
                       rows_[row].message);
    display_.ended(rows_[row]);
    if (!ending_) end_if_idle();
}

void Run::settle(Active& active) {
    const auto status = session_->status(active.id);
    if (complete(status) && !streaming_.holds(active.row)) {
        tell_complete(active);
        end(active, status, ExitCode::ok, {});
    } else if (status.state == TorrentState::failed) {
        end(active, status, exit_code(status.error.code), status.error.message);
    } else {
        const bool late = ending_ == Ending::out_of_time;
        const std::string why = late ? "out of time" : "interrupted";
        const bool unknown =
            status.state == TorrentState::metadata || status.state == TorrentState::known;
        end(active, status, late ? ExitCode::out_of_time : ExitCode::interrupted,
            unknown ? why + " before its metadata came"
                    : why + " with " + amount_done(status) +
                          " done; the same command goes on from there");
    }
}

void Run::settle_all() {
    while (!active_.empty())
        settle(active_.front());
    const bool late = ending_ == Ending::out_of_time;
    for (Row row = 0; row < rows_.size(); ++row) {
        if (ended_[row]) continue;
        const bool tried = past_.contains(row);
        end_row(row, late ? ExitCode::out_of_time : ExitCode::interrupted,
                tried ? "stalled, and not tried again" : "not started");
    }
}

}  // namespace bt::cli
