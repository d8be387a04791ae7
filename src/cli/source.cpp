#include "cli/source.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "bt/core/bytes.hpp"
#include "bt/text/base32.hpp"
#include "bt/text/escape.hpp"
#include "bt/text/url.hpp"

namespace bt::cli {

namespace {

constexpr std::array<std::string_view, 5> kCommands{"info", "verify", "create", "seed",
                                                    "completions"};

class Descriptor {
public:
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    [[nodiscard]] int get() const { return fd_; }

private:
    int fd_;
};

Error too_large() {
    return fail(Errc::torrent, "larger than a torrent file can be (" +
                                   std::to_string(metainfo::kMaxTorrentBytes >> 20) + " MiB)");
}

Error system_failure(const char* what) {
    return fail(Errc::not_found, std::string(what) + std::strerror(errno));
}

Result<ByteVector> read_up_to_limit(int fd, std::size_t expected) {
    constexpr std::size_t kStep = 256 * 1024;
    ByteVector bytes;
    // One more than expected, so that the end of a file is seen by the first read.
    std::size_t room = expected + 1;
    for (;;) {
        const auto have = bytes.size();
        bytes.resize(have + room);
        const auto n = ::read(fd, bytes.data() + have, room);
        bytes.resize(have + (n > 0 ? static_cast<std::size_t>(n) : 0));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return system_failure("cannot be read: ");
        if (n == 0) return bytes;
        if (bytes.size() > metainfo::kMaxTorrentBytes) return too_large();
        room =
            std::max<std::size_t>(bytes.size() < expected ? expected + 1 - bytes.size() : kStep, 1);
    }
}

Result<ByteVector> read_file(const std::string& path) {
    // Without blocking, so that a FIFO is refused instead of waited for.
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (file.get() < 0) return system_failure("");
    struct stat info {};
    if (::fstat(file.get(), &info) != 0) return system_failure("");
    if (S_ISDIR(info.st_mode)) {
        return fail(Errc::not_found, "is a folder, not a .torrent file (bt create makes one)");
    }
    if (!S_ISREG(info.st_mode)) return fail(Errc::not_found, "is not a regular file");
    const auto size = static_cast<std::uint64_t>(info.st_size);
    if (size > metainfo::kMaxTorrentBytes) return too_large();
    return read_up_to_limit(file.get(), static_cast<std::size_t>(size));
}

bool is_info_hash(std::string_view text) {
    if (text.size() == 40 || text.size() == 64) return text::hex_decode(text).has_value();
    return text.size() == 32 && text::base32_decode(text).has_value();
}

/// The info-hash of a magnet link is the one part that it cannot do without (BEP 9).
bool names_a_torrent(std::string_view magnet) {
    for (const std::string_view prefix : {"xt=urn:btih:", "xt=urn:btmh:1220"}) {
        const auto at = magnet.find(prefix);
        if (at == std::string_view::npos) continue;
        const auto rest = magnet.substr(at + prefix.size());
        if (is_info_hash(rest.substr(0, rest.find('&')))) return true;
    }
    return false;
}

/// A kind of source that is understood and cannot be used, or nothing.
std::optional<Error> not_offered(std::string_view source) {
    if (source.starts_with("magnet:")) {
        if (!names_a_torrent(source)) {
            return fail(Errc::magnet, "the magnet link has no usable info-hash (xt=urn:btih:...)");
        }
        return fail(Errc::unsupported, "magnet links are not supported yet: give a .torrent file");
    }
    return std::nullopt;
}

/// Why there is nothing at `source`, in the words that help most.
Error explain(const std::string& source, Error error) {
    if (is_info_hash(source)) {
        return fail(Errc::unsupported, "info-hashes are not supported yet: give a .torrent file");
    }
    if (std::find(kCommands.begin(), kCommands.end(), source) != kCommands.end()) {
        error.message += "; if the command is meant, it comes first: bt " + source + " ...";
    }
    return error;
}

}  // namespace

LoadedTorrent load_source(const std::string& source) {
    if (const auto error = not_offered(source)) return *error;
    auto bytes = source == "-" ? read_up_to_limit(STDIN_FILENO, 0) : read_file(source);
    if (!bytes) return explain(source, bytes.error());
    if (bytes->empty()) return fail(Errc::bencode, "is empty");
    return read_torrent(*bytes);
}

LoadedTorrent read_torrent(Bytes bytes) {
    auto parsed = metainfo::parse(bytes);
    if (!parsed) return parsed.error();
    return std::make_shared<const metainfo::Metainfo>(std::move(*parsed));
}

std::string shown_source(const std::string& source) {
    if (source == "-") return "standard input";
    // A URL or magnet link can carry a pass-key.
    if (source.starts_with("http://") || source.starts_with("https://")) {
        return text::redact(std::string_view(source));
    }
    if (source.starts_with("magnet:")) return "magnet link";
    return text::escape(source);
}

}  // namespace bt::cli
