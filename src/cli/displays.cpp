#include "cli/displays.hpp"

#include <algorithm>
#include <utility>

namespace bt::cli {

void Displays::add(std::unique_ptr<Display> display) {
    parts_.push_back({std::move(display), {}});
}

void Displays::begin(std::size_t torrents) {
    for (auto& part : parts_)
        part.display->begin(torrents);
}

Duration Displays::interval() const {
    Duration out{0};
    for (const auto& part : parts_) {
        const auto own = part.display->interval();
        if (own > Duration::zero() && (out == Duration::zero() || own < out)) out = own;
    }
    return out;
}

void Displays::update(std::span<const View> views) {
    const auto step = interval();
    for (auto& part : parts_) {
        const auto own = part.display->interval();
        if (own <= Duration::zero()) continue;
        part.waited += step;
        if (part.waited < own) continue;
        part.waited -= own;
        part.display->update(views);
    }
}

void Displays::state_changed(const View& view) {
    for (auto& part : parts_)
        part.display->state_changed(view);
}

void Displays::starting(const Subject& subject) {
    for (auto& part : parts_)
        part.display->starting(subject);
}

void Displays::loaded(const Subject& subject, const metainfo::Metainfo& torrent,
                      const std::vector<bool>& wanted) {
    for (auto& part : parts_)
        part.display->loaded(subject, torrent, wanted);
}

void Displays::files_complete(const View& view, const metainfo::Metainfo& torrent,
                              std::span<const FileIndex> files) {
    for (auto& part : parts_)
        part.display->files_complete(view, torrent, files);
}

void Displays::completed(const View& view) {
    for (auto& part : parts_)
        part.display->completed(view);
}

void Displays::ended(const ResultRow& row) {
    for (auto& part : parts_)
        part.display->ended(row);
}

void Displays::finish(std::span<const ResultRow> rows) {
    for (auto& part : parts_)
        part.display->finish(rows);
}

void Displays::say(Severity severity, std::string_view line) {
    for (auto& part : parts_)
        part.display->say(severity, line);
}

void Displays::log(std::string_view line) {
    for (auto& part : parts_)
        part.display->log(line);
}

}  // namespace bt::cli
