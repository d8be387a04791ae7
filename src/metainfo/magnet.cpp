#include "bt/metainfo/magnet.hpp"

#include <algorithm>
#include <charconv>
#include <span>

#include "bt/core/assert.hpp"
#include "bt/core/nearness.hpp"
#include "bt/text/base32.hpp"
#include "bt/text/percent.hpp"
#include "bt/text/utf8.hpp"
#include "metainfo/links.hpp"

namespace bt::metainfo {

namespace {

constexpr std::string_view kScheme = "magnet:?";
constexpr std::string_view kHashUrn = "urn:btih:";
constexpr std::string_view kMultihashUrn = "urn:btmh:";
/// Of a multihash: 0x12 is SHA-256, 0x20 its length (BEP 9).
constexpr std::string_view kSha256Prefix = "1220";
constexpr std::size_t kHexDigits = 40;
constexpr std::size_t kBase32Digits = 32;
constexpr std::size_t kHexDigitsV2 = 64;

Error bad_magnet(std::string why) {
    return fail(Errc::magnet, "not a usable magnet link: " + std::move(why));
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Takes `prefix`, in either case, off `text` if it begins so.
bool take_prefix(std::string_view& text, std::string_view prefix) {
    if (text.size() < prefix.size()) return false;
    for (std::size_t i = 0; i < prefix.size(); ++i) {
        if (lower(text[i]) != prefix[i]) return false;
    }
    text.remove_prefix(prefix.size());
    return true;
}

template <class Digest>
std::optional<Digest> digest_of(const std::optional<ByteVector>& bytes) {
    Digest out;
    if (!bytes || bytes->size() != out.size()) return std::nullopt;
    std::copy(bytes->begin(), bytes->end(), out.begin());
    return out;
}

std::optional<Sha1Digest> read_hash(std::string_view text) {
    if (text.size() == kHexDigits) return digest_of<Sha1Digest>(text::hex_decode(text));
    if (text.size() == kBase32Digits) return digest_of<Sha1Digest>(text::base32_decode(text));
    return std::nullopt;
}

std::optional<Sha256Digest> read_multihash(std::string_view text) {
    if (!take_prefix(text, kSha256Prefix) || text.size() != kHexDigitsV2) return std::nullopt;
    return digest_of<Sha256Digest>(text::hex_decode(text));
}

std::optional<Sha256Digest> read_bare_v2(std::string_view text) {
    if (text.size() == kHexDigitsV2) return digest_of<Sha256Digest>(text::hex_decode(text));
    return read_multihash(text);
}

/// A link must not make us knock at ports of this machine, or of the cloud that it runs in.
bool may_be_peer(const Endpoint& endpoint) {
    const auto near = nearness(endpoint.address);
    return endpoint.port != 0 && endpoint.address.is_unicast() &&
           (near == Nearness::internet || near == Nearness::local_network);
}

template <class T>
void add_once(std::vector<T>& to, T value, std::size_t most) {
    if (to.size() < most && std::find(to.begin(), to.end(), value) == to.end()) {
        to.push_back(std::move(value));
    }
}

std::optional<std::uint32_t> read_index(std::string_view text) {
    std::uint32_t out = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (ec != std::errc{} || end != text.data() + text.size() || out > kMaxMagnetFile) {
        return std::nullopt;
    }
    return out;
}

/// "0,2,4,6-8". A range that is none is left out.
void add_ranges(Magnet& to, std::string_view text) {
    while (!text.empty()) {
        const auto comma = text.find(',');
        const auto range = text.substr(0, comma);
        text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
        const auto dash = range.find('-');
        const auto first = read_index(range.substr(0, dash));
        const auto last =
            dash == std::string_view::npos ? first : read_index(range.substr(dash + 1));
        if (first && last && *first <= *last) {
            add_once(to.selected, std::pair(*first, *last), kMaxMagnetRanges);
        }
    }
}

/// Reads the parameters one by one; what they say of the hash is judged at the end.
class Reader {
public:
    void take(std::string_view parameter) {
        take_prefix(parameter, "amp;");  // of a link copied out of a page's source
        const auto equals = parameter.find('=');
        if (equals == std::string_view::npos) return;
        const auto key = key_of(parameter.substr(0, equals));
        std::string raw(parameter.substr(equals + 1));
        // In names, unlike in URLs, '+' is how the forms of web pages write a space.
        if (key == "dn") std::replace(raw.begin(), raw.end(), '+', ' ');
        const auto value = text::percent_decode(raw);
        if (key == "xt") any_topic_ = true;
        if (!value) return;
        if (key == "xt") {
            topic(*value);
        } else if (key == "dn") {
            name(*value);
        } else if (key == "tr") {
            if (auto url = tracker_url(*value)) {
                add_once(out_.trackers, std::move(*url), kMaxTrackers);
            }
        } else if (key == "ws") {
            if (auto url = web_seed_url(*value)) {
                add_once(out_.web_seeds, std::move(*url), kMaxWebSeeds);
            }
        } else if (key == "x.pe") {
            const auto peer = Endpoint::parse(*value);
            if (peer && may_be_peer(*peer)) add_once(out_.peers, *peer, kMaxMagnetPeers);
        } else if (key == "so") {
            add_ranges(out_, *value);
        }
    }

    Result<Magnet> finish() && {
        if (several_) return bad_magnet("it names several torrents");
        if (out_.info_hash || out_.info_hash_v2) return std::move(out_);
        if (any_topic_) {
            return bad_magnet("its 'xt' has no info-hash of 40 hex or 32 base32 digits");
        }
        return bad_magnet("it has no 'xt', which names the torrent");
    }

private:
    /// Lower case, and without the number of "tr.1".
    static std::string key_of(std::string_view raw) {
        std::string key(raw);
        std::transform(key.begin(), key.end(), key.begin(), lower);
        const auto dot = key.find('.');
        if (dot != std::string::npos && dot + 1 < key.size() &&
            key.find_first_not_of("0123456789", dot + 1) == std::string::npos) {
            key.resize(dot);
        }
        return key;
    }

    void topic(std::string_view value) {
        if (take_prefix(value, kHashUrn)) {
            const auto hash = read_hash(value);
            if (!hash) return;
            several_ = several_ || (out_.info_hash && out_.info_hash->bytes != *hash);
            out_.info_hash = InfoHash{*hash};
        } else if (take_prefix(value, kMultihashUrn)) {
            const auto hash = read_multihash(value);
            if (!hash) return;
            several_ = several_ || (out_.info_hash_v2 && *out_.info_hash_v2 != *hash);
            out_.info_hash_v2 = hash;
        }
    }

    void name(std::string_view value) {
        if (out_.name.empty()) out_.name = text::utf8_prefix(value, kMaxMagnetName);
    }

    Magnet out_;
    bool any_topic_ = false;
    bool several_ = false;
};

}  // namespace

bool is_magnet_link(std::string_view text) {
    return take_prefix(text, "magnet:");
}

bool is_bare_hash(std::string_view text) {
    return read_hash(text) || read_bare_v2(text);
}

Result<Magnet> parse_magnet(std::string_view text) {
    if (text.size() > kMaxMagnetBytes) return bad_magnet("it is longer than 64 KiB");
    if (!is_magnet_link(text)) {
        Magnet out;
        if (const auto hash = read_hash(text)) out.info_hash = InfoHash{*hash};
        out.info_hash_v2 = read_bare_v2(text);
        if (out.info_hash || out.info_hash_v2) return out;
        return bad_magnet("it is no 'magnet:?' and no info-hash");
    }
    if (!take_prefix(text, kScheme)) return bad_magnet("it does not begin with 'magnet:?'");
    text = text.substr(0, text.find('#'));
    Reader reader;
    for (;;) {
        const auto end = text.find('&');
        reader.take(text.substr(0, end));
        if (end == std::string_view::npos) return std::move(reader).finish();
        text.remove_prefix(end + 1);
    }
}

Result<InfoHash> hash_to_join(const Magnet& magnet) {
    if (magnet.info_hash) return *magnet.info_hash;
    return fail(Errc::unsupported, "magnet link of a BitTorrent v2-only torrent, not supported");
}

Result<Metainfo> join(const Magnet& magnet, Bytes info_dictionary) {
    auto torrent = parse_info_dictionary(info_dictionary);
    if (!torrent) return torrent;
    if (magnet.info_hash && torrent->info_hash != *magnet.info_hash) {
        return fail(Errc::mismatch, "the metadata is that of another torrent");
    }
    for (const auto& tracker : magnet.trackers)
        torrent->trackers.push_back({tracker});
    torrent->web_seeds = magnet.web_seeds;
    return torrent;
}

std::string to_link(const Magnet& magnet) {
    BT_ASSERT(magnet.info_hash || magnet.info_hash_v2);
    std::string out(kScheme);
    const auto put = [&out](std::string_view key, std::string_view value) {
        if (out.size() > kScheme.size()) out += '&';
        (out += key) += value;
    };
    if (magnet.info_hash) put("xt=urn:btih:", to_hex(*magnet.info_hash));
    if (magnet.info_hash_v2) put("xt=urn:btmh:1220", to_hex(*magnet.info_hash_v2));
    put("dn=", text::percent_encode(magnet.name));
    for (const auto& tracker : magnet.trackers)
        put("tr=", text::percent_encode(tracker));
    for (const auto& seed : magnet.web_seeds)
        put("ws=", text::percent_encode(seed));
    for (const auto& peer : magnet.peers)
        put("x.pe=", peer.to_string());
    std::string ranges;
    for (const auto& [first, last] : magnet.selected) {
        if (!ranges.empty()) ranges += ',';
        ranges += std::to_string(first);
        if (last != first) ranges += "-" + std::to_string(last);
    }
    if (!ranges.empty()) put("so=", ranges);
    return out;
}

std::string magnet_link(const Metainfo& torrent) {
    Magnet magnet;
    magnet.info_hash = torrent.info_hash;
    magnet.info_hash_v2 = torrent.info_hash_v2;
    magnet.name = torrent.name;
    for (const auto& tier : torrent.trackers)
        magnet.trackers.insert(magnet.trackers.end(), tier.begin(), tier.end());
    return to_link(magnet);
}

}  // namespace bt::metainfo
