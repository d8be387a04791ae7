#include "cli/torrent_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "bt/disk/small_file.hpp"
#include "bt/metainfo/metainfo.hpp"
#include "bt/text/escape.hpp"
#include "cli/output.hpp"

namespace bt::cli {

namespace {

std::string in_words(int error) {
    return std::generic_category().message(error);
}

}  // namespace

bool is_device(const std::string& path) {
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode);
}

Result<> write_torrent(const std::string& path, Bytes torrent, bool overwrite) {
    if (path == "-") {
        if (!print(as_text(torrent))) return fail(Errc::io_failed, "cannot be written");
        return {};
    }
    const auto shown = text::escape(path);
    const bool device = is_device(path);
    const int how = device ? 0 : O_CREAT | (overwrite ? O_TRUNC : O_EXCL);
    const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY | how, 0666);
    if (file < 0) {
        const int error = errno;
        const auto there = disk::read_small_file(path, metainfo::kMaxTorrentBytes);
        if (there && std::ranges::equal(*there, torrent)) return {};
        if (error == EEXIST) {
            return fail(Errc::in_the_way, shown + " exists; --overwrite replaces it");
        }
        return fail(Errc::create_failed, "cannot create " + shown + ": " + in_words(error));
    }
    const bool written = write_all(file, as_text(torrent));
    int error = errno;
    const bool closed = ::close(file) == 0;
    if (closed && written) return {};
    if (written) error = errno;
    if (!device) ::unlink(path.c_str());
    return fail(error == ENOSPC ? Errc::no_space : Errc::io_failed,
                "cannot write " + shown + ": " + in_words(error));
}

}  // namespace bt::cli
