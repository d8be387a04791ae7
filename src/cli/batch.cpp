#include "cli/batch.hpp"

#include <set>

#include "bt/text/escape.hpp"
#include "cli/options.hpp"
#include "cli/source.hpp"

namespace bt::cli {

void add_sources(Run& run, const std::vector<std::string>& sources,
                 const session::TorrentSettings& pattern,
                 const std::vector<std::string>& excluded) {
    std::set<InfoHash> seen;
    for (const auto& source : sources) {
        auto torrent = load_source(source);
        if (!torrent) {
            run.refuse(shown_source(source), torrent.error());
        } else if (!seen.insert((*torrent)->info_hash).second) {
            run.refuse(shown_source(source),
                       fail(Errc::duplicate, "the same torrent twice in one run: " +
                                                 text::escape((*torrent)->name)));
        } else {
            auto settings = pattern;
            auto name = text::escape((*torrent)->name);
            settings.metainfo = without_trackers(std::move(*torrent), excluded);
            run.add(std::move(name), std::move(settings));
        }
    }
}

}  // namespace bt::cli
