#include "bt/metainfo/rename.hpp"

#include <string>
#include <utility>
#include <vector>

#include "bt/core/assert.hpp"
#include "bt/metainfo/sanitize.hpp"

namespace bt::metainfo {

Result<std::shared_ptr<const Metainfo>> renamed(std::shared_ptr<const Metainfo> torrent,
                                                std::string_view path) {
    if (path.empty()) return fail(Errc::option, "the name is empty");
    if (path.front() == '/') {
        return fail(Errc::option, "the name is a path below the output folder: use -d for another");
    }
    std::string name;
    for (bool more = true; more;) {
        const auto slash = path.find('/');
        const auto element = path.substr(0, slash);
        more = slash != std::string_view::npos;
        path.remove_prefix(more ? slash + 1 : path.size());
        const auto safe = sanitize_name(element);
        if (element == "." || element == ".." || safe.empty()) {
            return fail(Errc::option, "the name has an empty part, or '.' or '..' in it");
        }
        if (!name.empty()) name += '/';
        name += safe;
    }
    if (name.size() > kMaxPathBytes) return fail(Errc::option, "the name is too long");
    auto out = std::make_shared<Metainfo>(*torrent);
    for (auto& file : out->files) {
        BT_ASSERT(file.path.starts_with(torrent->name));
        file.path.replace(0, torrent->name.size(), name);
    }
    out->name = std::move(name);
    return std::shared_ptr<const Metainfo>(std::move(out));
}

}  // namespace bt::metainfo
