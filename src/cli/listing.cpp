#include "cli/listing.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "bt/disk/storage.hpp"
#include "bt/metainfo/create.hpp"
#include "bt/text/escape.hpp"
#include "bt/text/size.hpp"
#include "cli/columns.hpp"
#include "cli/fetch.hpp"
#include "cli/find_metadata.hpp"
#include "cli/info.hpp"
#include "cli/magnet_source.hpp"
#include "cli/output.hpp"
#include "cli/torrent_file.hpp"

namespace bt::cli {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kPathBytes = 4000;
constexpr std::size_t kSizeWidth = 10;

/// `path`, or the folder above it that is there.
fs::path nearest_folder(fs::path path) {
    std::error_code ec;
    while (!fs::is_directory(path, ec) && path.has_relative_path())
        path = path.parent_path();
    return path;
}

std::string count_of_files(const session::TorrentSettings& torrent) {
    std::size_t all = 0;
    std::size_t chosen = 0;
    const auto& files = torrent.metainfo->files;
    for (std::size_t i = 0; i < files.size(); ++i) {
        if (files[i].pad) continue;
        ++all;
        if (metainfo::is_chosen(*torrent.metainfo, torrent.selection, i)) ++chosen;
    }
    const auto total = std::to_string(all) + (all == 1 ? " file" : " files");
    return chosen == all ? total : std::to_string(chosen) + " of " + total;
}

std::string with_bytes(std::uint64_t bytes) {
    return text::human_size(bytes) + " (" + std::to_string(bytes) + " bytes)";
}

/// One source of the command.
class Listing {
public:
    Listing(const Task& task, const ListingSettings& settings) : task_(task), settings_(settings) {}

    /// `titled`: it is one of several.
    ExitCode show(bool titled) {
        const auto loaded = load();
        if (!loaded) return refuse(loaded.error());
        auto torrent = torrent_settings(*task_.settings, *loaded);
        if (!torrent) return refuse(torrent.error());
        if (magnet_ && task_.settings->files.choice.all()) select_files(*magnet_, *torrent);
        if (const auto& file = task_.settings->save_torrent; !file.empty()) {
            const auto saved =
                write_torrent(file, metainfo::torrent_file(*torrent->metainfo), torrent->overwrite);
            if (!saved) return refuse(saved.error());
        }
        if (settings_.dry_run) return foresee(*torrent);
        const auto& metainfo = *torrent->metainfo;
        if (settings_.json) return say(info_json(metainfo));
        const auto title = titled ? text::escape(metainfo.name) + ":\n" : "";
        return say(title + file_list(metainfo, torrent->selection));
    }

private:
    [[nodiscard]] LoadedTorrent load() {
        if (task_.loaded) return *task_.loaded;
        auto magnet = as_magnet(task_.source);
        if (!magnet) return load_or_fetch(task_.source, settings_.session.services);
        if (!*magnet) return magnet->error();
        magnet_ = **magnet;
        drop_trackers(*magnet_, task_.settings->excluded_trackers);
        return find_metadata(*magnet_, {settings_.session, task_.settings->torrent,
                                        task_.settings->endings.metadata_timeout});
    }
    ExitCode foresee(const session::TorrentSettings& torrent) {
        const auto forecast = look_ahead(torrent);
        if (!forecast) return refuse(forecast.error());
        const auto told = say(settings_.json ? forecast_json(task_.source, torrent, *forecast)
                                             : forecast_text(torrent, *forecast));
        if (told != ExitCode::ok || forecast->fits()) return told;
        return refuse(fail(Errc::no_space, text::human_size(forecast->to_fetch()) + " needed, " +
                                               text::human_size(forecast->free) + " free"));
    }
    ExitCode refuse(const Error& error) const {
        print_error("bt: " + task_.name + ": " + error.message);
        return exit_code(error.code);
    }
    static ExitCode say(const std::string& text) {
        return print(text) ? ExitCode::ok : ExitCode::io_failed;
    }

    const Task& task_;
    const ListingSettings& settings_;
    std::optional<metainfo::Magnet> magnet_;  // that the source turned out to be
};

}  // namespace

std::string file_list(const metainfo::Metainfo& torrent, const std::vector<bool>& wanted) {
    const bool some =
        std::any_of(wanted.begin(), wanted.end(), [](const bool one) { return !one; });
    const auto index_width = std::to_string(torrent.files.size()).size();
    std::string out;
    for (std::size_t i = 0; i < torrent.files.size(); ++i) {
        const auto& file = torrent.files[i];
        if (file.pad) continue;
        if (some) out += metainfo::is_chosen(torrent, wanted, i) ? "* " : "  ";
        out += pad_left(std::to_string(i + 1), index_width) +
               pad_left(text::human_size(file.length), kSizeWidth) + "  " +
               text::escape(file.path, kPathBytes) + "\n";
    }
    return out;
}

Result<Forecast> look_ahead(const session::TorrentSettings& torrent) {
    Forecast out;
    std::error_code ec;
    out.directory = fs::absolute(torrent.directory, ec).lexically_normal();
    out.length = metainfo::chosen_length(*torrent.metainfo, torrent.selection);
    const auto space = fs::space(nearest_folder(out.directory), ec);
    out.free = ec ? 0 : space.available;
    if (!fs::is_directory(out.directory, ec)) return out;
    const auto storage =
        disk::Storage::open(torrent.metainfo, out.directory, disk::Access::read_only);
    if (!storage) return storage.error();
    const auto states = (*storage)->inspect();
    if (!states) return states.error();
    for (std::size_t i = 0; i < states->size(); ++i) {
        const auto& file = torrent.metainfo->files[i];
        const auto& state = (*states)[i];
        if (!state.exists || !metainfo::is_chosen(*torrent.metainfo, torrent.selection, i))
            continue;
        // A file that is being downloaded has holes.
        out.on_disk += std::min({file.length, state.size, state.allocated});
    }
    return out;
}

std::string forecast_text(const session::TorrentSettings& torrent, const Forecast& forecast) {
    const auto line = [](std::string_view key, const std::string& value) {
        return pad_right(key, 10) + value + "\n";
    };
    const auto& metainfo = *torrent.metainfo;
    return text::escape(metainfo.name) + ": " + count_of_files(torrent) + "\n" +
           file_list(metainfo, torrent.selection) + line("size", with_bytes(forecast.length)) +
           line("on disk", text::human_size(forecast.on_disk) + ", not checked") +
           line("to fetch", with_bytes(forecast.to_fetch())) +
           line("free", text::human_size(forecast.free) + " in '" +
                            text::escape(forecast.directory.native()) + "'");
}

std::string forecast_json(const std::string& source, const session::TorrentSettings& torrent,
                          const Forecast& forecast) {
    const auto& metainfo = *torrent.metainfo;
    std::string files;
    for (std::size_t i = 0; i < metainfo.files.size(); ++i) {
        const auto& file = metainfo.files[i];
        if (file.pad) continue;
        if (!files.empty()) files += ',';
        files += "{\"index\":" + std::to_string(i + 1) +
                 ",\"path\":" + text::json_string(file.path) +
                 ",\"length\":" + std::to_string(file.length) + ",\"selected\":" +
                 (metainfo::is_chosen(metainfo, torrent.selection, i) ? "true}" : "false}");
    }
    const auto path = (forecast.directory / metainfo.name).native();
    return "{\"source\":" + text::json_string(source) +
           ",\"info_hash\":" + text::json_string(to_hex(metainfo.info_hash)) +
           ",\"name\":" + text::json_string(metainfo.name) +
           ",\"path\":" + text::json_string(path) +
           ",\"length\":" + std::to_string(forecast.length) +
           ",\"on_disk\":" + std::to_string(forecast.on_disk) +
           ",\"to_fetch\":" + std::to_string(forecast.to_fetch()) +
           ",\"free\":" + std::to_string(forecast.free) +
           ",\"fits\":" + (forecast.fits() ? "true" : "false") + ",\"files\":[" + files + "]}\n";
}

ExitCode list_sources(const std::vector<Task>& tasks, const ListingSettings& settings) {
    std::vector<ExitCode> codes;
    for (const auto& task : tasks)
        codes.push_back(Listing(task, settings).show(tasks.size() > 1));
    return overall(codes);
}

}  // namespace bt::cli
