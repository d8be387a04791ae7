#include "cli/json_display.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <optional>
#include <string>

#include "bt/net/clock.hpp"
#include "cli/output.hpp"

namespace bt::cli {

namespace {

using Need = EventStream::Need;

events::Time wall_time() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration<double>(now).count();
}

bool cut_short(std::span<const ResultRow> rows) {
    return std::any_of(rows.begin(), rows.end(), [](const ResultRow& row) {
        return row.code == ExitCode::interrupted || row.code == ExitCode::out_of_time;
    });
}

}  // namespace

void JsonDisplay::starting(const Subject& subject) {
    stream_.put(events::start(wall_time(), subject), Need::order);
}

void JsonDisplay::loaded(const Subject& subject, const metainfo::Metainfo& torrent,
                         const std::vector<bool>& wanted) {
    stream_.put(events::metadata(wall_time(), subject, torrent, wanted), Need::order);
    if (subject.info_hash) checking_[*subject.info_hash] = net::now();
}

void JsonDisplay::update(std::span<const View> views) {
    for (const auto& view : views)
        stream_.put(events::progress(wall_time(), view.subject, view.status), Need::latest);
}

void JsonDisplay::state_changed(const View& view) {
    if (view.status.state != session::TorrentState::checking) tell_checked(view);
}

void JsonDisplay::tell_checked(const View& view) {
    if (!view.subject.info_hash) return;
    const auto since = checking_.find(*view.subject.info_hash);
    if (since == checking_.end()) return;
    const auto seconds = to_seconds(net::now() - since->second);
    stream_.put(events::checked(wall_time(), view.subject, view.status, seconds), Need::order);
    checking_.erase(since);
}

void JsonDisplay::files_complete(const View& view, const metainfo::Metainfo& torrent,
                                 std::span<const FileIndex> files) {
    tell_checked(view);
    for (const auto file : files)
        stream_.put(events::file_complete(wall_time(), view.subject, torrent, file), Need::order);
}

void JsonDisplay::completed(const View& view) {
    tell_checked(view);
    stream_.put(events::complete(wall_time(), view.subject, view.status), Need::always);
}

void JsonDisplay::ended(const ResultRow& row) {
    // The twin of a torrent that is given twice is at work still.
    if (row.subject.info_hash && row.code != ExitCode::duplicate)
        checking_.erase(*row.subject.info_hash);
    if (row.code != ExitCode::ok) stream_.put(events::error(wall_time(), row), Need::always);
}

void JsonDisplay::finish(std::span<const ResultRow> rows) {
    stream_.put(events::summary(wall_time(), rows), Need::always);
    stream_.flush(cut_short(rows) ? std::optional<Duration>(kLastWords) : std::nullopt);
    if (const int error = stream_.error(); error != 0) {
        print_error(std::string("bt: standard output: ") + std::strerror(error));
    }
    if (const auto lost = stream_.left_out(); lost > 0) {
        print_error("bt: standard output was not read: " + std::to_string(lost) +
                    " events were left out");
    }
}

}  // namespace bt::cli
