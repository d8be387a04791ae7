#include "cli/save_torrent.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "bt/disk/small_file.hpp"
#include "bt/metainfo/create.hpp"
#include "bt/text/escape.hpp"
#include "cli/output.hpp"

namespace bt::cli {

Result<> save_torrent(const std::string& path, const metainfo::Metainfo& torrent, bool overwrite) {
    const auto bytes = metainfo::torrent_file(torrent);
    const auto shown = text::escape(path);
    const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (overwrite ? O_TRUNC : O_EXCL);
    const int file = ::open(path.c_str(), flags, 0666);
    if (file < 0) {
        const int error = errno;
        const auto there = disk::read_small_file(path, metainfo::kMaxTorrentBytes);
        if (there && *there == bytes) return {};
        if (error == EEXIST) {
            return fail(Errc::in_the_way, shown + " exists; --overwrite replaces it");
        }
        return fail(Errc::create_failed,
                    "cannot create " + shown + ": " + std::generic_category().message(error));
    }
    const bool written = write_all(file, as_text(bytes));
    const int error = errno;
    if (::close(file) == 0 && written) return {};
    return fail(error == ENOSPC ? Errc::no_space : Errc::io_failed,
                "cannot write " + shown + ": " + std::generic_category().message(error));
}

}  // namespace bt::cli
