#include "cli/tree.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
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

Error system_failure(Errc code, const fs::path& path) {
    return failure(code, path, std::error_code(errno, std::generic_category()));
}

std::vector<std::string> elements(const fs::path& relative) {
    std::vector<std::string> out;
    for (const auto& part : relative)
        out.push_back(part.native());
    return out;
}

std::optional<Tree::Stamp> stamp_of(const fs::path& path) {
    struct stat info {};
    if (::lstat(path.c_str(), &info) != 0) return std::nullopt;
    return Tree::Stamp{info.st_ino, static_cast<std::uint64_t>(info.st_size), info.st_mtim.tv_sec,
                       info.st_mtim.tv_nsec};
}

bool excluded(const fs::path& relative, const std::vector<text::Glob>& globs) {
    return std::any_of(globs.begin(), globs.end(),
                       [&](const text::Glob& glob) { return glob.matches(relative.native()); });
}

/// A file and its stamp go together until they are sorted.
struct Found {
    metainfo::NewFile file;
    Tree::Stamp stamp;
};

class Scan {
public:
    Scan(const fs::path& root, const TreeExceptions& exceptions)
        : root_(root), globs_(exceptions.globs) {
        std::error_code ec;  // one that is not there yet is in nobody's way
        if (!exceptions.own.empty()) own_ = fs::weakly_canonical(exceptions.own, ec);
    }

    Result<> folder() {
        std::error_code ec;
        fs::recursive_directory_iterator at(root_, ec);
        fs::path last = root_;
        while (!ec && at != fs::recursive_directory_iterator()) {
            last = at->path();
            const auto seen = look(at);
            if (!seen) return seen.error();
            at.increment(ec);
        }
        if (ec) return failure(Errc::open_failed, last, ec);
        std::sort(found_.begin(), found_.end(),
                  [](const Found& a, const Found& b) { return a.file.path < b.file.path; });
        std::sort(skipped_.begin(), skipped_.end());
        return {};
    }
    Result<> file(const fs::path& path, std::vector<std::string> name) {
        // Told before the hashing, not after it.
        if (::access(path.c_str(), R_OK) != 0) return system_failure(Errc::open_failed, path);
        const auto stamp = stamp_of(path);
        if (!stamp) return system_failure(Errc::open_failed, path);
        found_.push_back({{std::move(name), stamp->size}, *stamp});
        return {};
    }
    void store(Tree& tree) && {
        for (auto& [file, stamp] : found_) {
            tree.length += file.length;
            tree.files.push_back(std::move(file));
            tree.stamps.push_back(stamp);
        }
        tree.skipped = std::move(skipped_);
    }

private:
    Result<> look(fs::recursive_directory_iterator& at) {
        const auto& path = at->path();
        const auto relative = path.lexically_relative(root_);
        std::error_code ec;
        const auto status = at->symlink_status(ec);
        if (ec) return failure(Errc::open_failed, path, ec);
        if (excluded(relative, globs_)) {
            if (fs::is_directory(status)) at.disable_recursion_pending();
            return {};
        }
        if (fs::is_directory(status) || path == own_) return {};
        if (fs::is_regular_file(status)) return file(path, elements(relative));
        skipped_.push_back(relative.native());
        return {};
    }

    const fs::path& root_;
    const std::vector<text::Glob>& globs_;
    fs::path own_;
    std::vector<Found> found_;
    std::vector<std::string> skipped_;
};

}  // namespace

Result<Tree> Tree::scan(const fs::path& path, const TreeExceptions& exceptions) {
    std::error_code ec;
    const auto root = fs::canonical(path, ec);
    if (ec) return failure(Errc::not_found, path, ec);
    Tree out;
    out.parent = root.parent_path();
    out.name = root.filename().native();
    const auto status = fs::status(root, ec);
    out.single_file = fs::is_regular_file(status);
    if (!out.single_file && !fs::is_directory(status)) {
        return fail(Errc::not_found, shown(path) + " is neither a file nor a folder");
    }
    Scan scan(root, exceptions);
    const auto scanned = out.single_file ? scan.file(root, {out.name}) : scan.folder();
    if (!scanned) return scanned.error();
    std::move(scan).store(out);
    if (out.length == 0) return fail(Errc::torrent, shown(path) + " has no data to share");
    return out;
}

fs::path Tree::place(const metainfo::NewFile& file) const {
    auto out = parent / name;
    if (single_file) return out;
    for (const auto& element : file.path)
        out /= element;
    return out;
}

Result<> Tree::unchanged() const {
    for (std::size_t i = 0; i < files.size(); ++i) {
        const auto path = place(files[i]);
        const auto now = stamp_of(path);
        if (!now) return system_failure(Errc::io_failed, path);
        if (*now == stamps[i]) continue;
        return fail(Errc::io_failed, shown(path) + " was changed while it was read");
    }
    return {};
}

}  // namespace bt::cli
