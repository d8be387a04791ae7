// A run's magnet links: from the link to its metadata, and on from there.
#include <boost/asio/post.hpp>
#include <utility>

#include "bt/metainfo/create.hpp"
#include "bt/net/clock.hpp"
#include "bt/text/escape.hpp"
#include "cli/figures.hpp"
#include "cli/magnet_source.hpp"
#include "cli/metadata_cache.hpp"
#include "cli/reason.hpp"
#include "cli/run.hpp"
#include "cli/torrent_file.hpp"

namespace bt::cli {

using session::TorrentState;
using session::TorrentStatus;

void Run::begin_magnet(Row row, Result<metainfo::Magnet> parsed) {
    if (!parsed) return end_row(row, exit_code(parsed.error().code), parsed.error().message);
    auto& magnet = *parsed;
    drop_trackers(magnet, tasks_[row].settings->excluded_trackers);
    rows_[row].name = magnet_name(magnet);
    rows_[row].subject.info_hash = *magnet.info_hash;
    rows_[row].subject.name = magnet.name;
    tasks_[row].magnet = magnet;
    if (const auto kept = MetadataCache(metadata_folder()).find(*magnet.info_hash)) {
        if (auto joined = metainfo::join(magnet, *kept)) {
            return take(row, std::make_shared<const metainfo::Metainfo>(std::move(*joined)));
        }
    }
    if (const auto error = admit(row, *magnet.info_hash)) {
        return end_row(row, exit_code(error->code), error->message);
    }
    if (!open_session()) return;
    auto settings = tasks_[row].settings->torrent;
    settings.magnet = std::move(magnet);
    const auto added = session_->add(std::move(settings));
    if (!added) return end_row(row, exit_code(added.error().code), added.error().message);
    auto& active = active_.emplace_back();
    active.row = row;
    active.id = *added;
    enter_state(active, session_->status(active.id));
}

void Run::on_metadata(TorrentId torrent, std::shared_ptr<const metainfo::Metainfo> metainfo) {
    // Not from within the session's own call.
    boost::asio::post(io_, [this, torrent, metainfo = std::move(metainfo)]() mutable {
        auto* const active = find(torrent);
        if (ending_ || active == nullptr || active->yielding) return;
        MetadataCache(metadata_folder()).keep(metainfo->info_hash, metainfo->info_bytes());
        go_on(*active, std::move(metainfo));
        start_next();
        end_if_idle();
    });
}

void Run::go_on(Active& active, std::shared_ptr<const metainfo::Metainfo> metainfo) {
    const auto row = active.row;
    const auto fail_with = [&](const Error& error) {
        end(active, session_->status(active.id), exit_code(error.code), error.message);
    };
    const auto own_name = metainfo->name;
    auto wanted = settings_of(row, std::move(metainfo));
    if (!wanted) return fail_with(wanted.error());
    rows_[row].name = text::escape(own_name, kNameBytes);
    know(row, *wanted, tasks_[row].settings->files.streams() ? own_name : wanted->metainfo->name);
    if (const auto begun = session_->begin(active.id, *wanted); !begun) {
        return fail_with(begun.error());
    }
    if (!stream(active, *wanted)) return;
    enter_state(active, session_->status(active.id));
}

Result<session::TorrentSettings> Run::settings_of(
    Row row, std::shared_ptr<const metainfo::Metainfo> torrent) {
    const auto& task = tasks_[row];
    auto wanted = torrent_settings(*task.settings, std::move(torrent));
    if (!wanted) return wanted;
    wanted->magnet = task.magnet;  // which may name peers
    if (task.magnet && task.settings->files.choice.all()) select_files(*task.magnet, *wanted);
    if (const auto& file = task.settings->save_torrent; !file.empty()) {
        const auto saved =
            write_torrent(file, metainfo::torrent_file(*wanted->metainfo), wanted->overwrite);
        if (!saved) return saved.error();
    }
    return wanted;
}

void Run::give_up_metadata(Active& active, const TorrentStatus& status, bool timed_out) {
    const bool ever = status.ever_connected > 0 || past_[active.row].had_peers;
    const auto after = time_left(status.active_seconds);
    end(active, status, ever || timed_out ? ExitCode::no_metadata : ExitCode::no_peer,
        (ever ? "no metadata in " : "no peer ever answered, no metadata in ") + after + ": " +
            why_nothing_moves(status));
}

}  // namespace bt::cli
