#include "cli/tree.hpp"

#include <algorithm>
#include <system_error>

#include "bt/text/escape.hpp"

namespace bt::cli {

namespace fs = std::filesystem;

namespace {

std::string shown(const fs::path& path) {
    return text::escape(path.native());
}

Error failure(Errc code, const fs::path& path, const std::error_code& ec) {
    return fail(code, shown(path) + ": " + ec.message());
}

std::vector<std::string> elements(const fs::path& relative) {
    std::vector<std::string> out;
    for (const auto& part : relative)
        out.push_back(part.native());
    return out;
}

Result<> scan_folder(const fs::path& root, Tree& tree) {
    std::error_code ec;
    fs::recursive_directory_iterator at(root, ec);
    for (; !ec && at != fs::recursive_directory_iterator(); at.increment(ec)) {
        const auto status = at->symlink_status(ec);
        if (ec) break;
        const auto relative = at->path().lexically_relative(root);
        if (fs::is_directory(status)) continue;
        if (!fs::is_regular_file(status)) {
            tree.skipped.push_back(relative.native());
            continue;
        }
        const auto size = at->file_size(ec);
        if (ec) break;
        tree.files.push_back({elements(relative), size});
    }
    if (ec) return failure(Errc::open_failed, root, ec);
    std::sort(tree.files.begin(), tree.files.end(),
              [](const auto& a, const auto& b) { return a.path < b.path; });
    return {};
}

}  // namespace

Result<Tree> Tree::scan(const fs::path& path) {
    std::error_code ec;
    const auto root = fs::canonical(path, ec);
    if (ec) return failure(Errc::not_found, path, ec);
    Tree out;
    out.parent = root.parent_path();
    out.name = root.filename().native();
    const auto status = fs::status(root, ec);
    if (fs::is_regular_file(status)) {
        const auto size = fs::file_size(root, ec);
        if (ec) return failure(Errc::open_failed, path, ec);
        out.single_file = true;
        out.files.push_back({{out.name}, size});
    } else if (fs::is_directory(status)) {
        if (const auto scanned = scan_folder(root, out); !scanned) return scanned.error();
    } else {
        return fail(Errc::not_found, shown(path) + " is neither a file nor a folder");
    }
    for (const auto& file : out.files)
        out.length += file.length;
    if (out.length == 0) return fail(Errc::torrent, shown(path) + " has no data to share");
    return out;
}

}  // namespace bt::cli
