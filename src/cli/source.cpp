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

/// "ftp" of "ftp://host/x"; empty if it is no URL.
std::string scheme_of(std::string_view source) {
    const auto colon = source.find("://");
    const bool is_one =
        colon != std::string_view::npos && colon > 0 &&
        std::all_of(source.begin(), source.begin() + static_cast<long>(colon),
                    [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
    return is_one ? std::string(source.substr(0, colon)) : std::string();
}

/// Why there is nothing at `source`, in the words that help most.
Error explain(const std::string& source, Error error) {
    if (const auto scheme = scheme_of(source); !scheme.empty()) {
        return fail(Errc::not_found, "a source is a file, or an http or https URL, and none of " +
                                         text::escape(scheme) + "://");
    }
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
    auto scheme = scheme_of(source);
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

namespace {

constexpr std::string_view kEnding = ".torrent";

/// A part of a path that may let its reader pose as the user: long, and of letters and digits only.
bool may_be_a_key(std::string_view part) {
    constexpr std::size_t kShortestKey = 16;
    part.remove_suffix(part.ends_with(kEnding) ? kEnding.size() : 0);
    const bool digits = part.find_first_of("0123456789") != std::string_view::npos;
    const bool plain = std::all_of(part.begin(), part.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    });
    return part.size() >= kShortestKey && digits && plain;
}

/// "http://host/.../name.torrent": of what tells where it is, the name of the .torrent.
std::string shown_url(std::string_view source) {
    const auto url = text::Url::parse(source);
    auto out = text::redact(source);
    constexpr std::string_view kHidden = "/...";
    if (!url || !out.ends_with(kHidden)) return out;
    const auto slash = url->path.rfind('/');
    const auto name = url->path.substr(slash + 1);
    if (!name.ends_with(kEnding) || may_be_a_key(name)) return out;
    if (slash == 0) out.resize(out.size() - kHidden.size());
    return out + "/" + text::escape(name);
}

}  // namespace

std::string shown_source(const std::string& source) {
    if (source == "-") return "standard input";
    // A URL or magnet link can carry a pass-key.
    if (is_url(source)) return shown_url(source);
    if (source.starts_with("magnet:")) return "magnet link";
    return text::escape(source);
}

}  // namespace bt::cli
