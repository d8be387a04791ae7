#include "cli/source.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>

#include "bt/core/bytes.hpp"
#include "bt/metainfo/magnet.hpp"
#include "bt/text/escape.hpp"
#include "bt/text/url.hpp"
#include "cli/read_file.hpp"

namespace bt::cli {

namespace {

constexpr std::array<std::string_view, 5> kCommands{"info", "verify", "create", "seed",
                                                    "completions"};

Error too_large() {
    return fail(Errc::torrent, "larger than a torrent file can be (" +
                                   std::to_string(metainfo::kMaxTorrentBytes >> 20) + " MiB)");
}

/// Why there is nothing at `source`, in the words that help most.
Error explain(const std::string& source, Error error) {
    std::error_code ec;
    if (std::filesystem::is_directory(source, ec)) {
        error.message += ", not a .torrent file (bt create makes one)";
    }
    if (std::find(kCommands.begin(), kCommands.end(), source) != kCommands.end()) {
        error.message += "; if the command is meant, it comes first: bt " + source + " ...";
    }
    return error;
}

}  // namespace

bool is_url(std::string_view source) {
    const auto colon = source.find("://");
    if (colon == std::string_view::npos) return false;
    std::string scheme(source.substr(0, colon));
    std::transform(scheme.begin(), scheme.end(), scheme.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return scheme == "http" || scheme == "https";
}

LoadedTorrent load_source(const std::string& source) {
    if (metainfo::is_magnet_link(source)) {
        return fail(Errc::unsupported,
                    "a magnet link does not tell what the data is: a .torrent "
                    "file is needed");
    }
    const auto bytes = read_whole(source, metainfo::kMaxTorrentBytes, too_large(), Pipes::refused);
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
    if (is_url(source)) {
        return text::redact(std::string_view(source));
    }
    if (source.starts_with("magnet:")) return "magnet link";
    return text::escape(source);
}

}  // namespace bt::cli
