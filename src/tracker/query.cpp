#include <algorithm>
#include <charconv>
#include <limits>
#include <string>

#include "bt/text/percent.hpp"
#include "bt/tracker/server.hpp"

namespace bt::tracker {

namespace {

/// Calls `take(name, value)` for every "name=value" of the query of `target`, both as written.
template <class Take>
void for_each_parameter(std::string_view target, Take take) {
    const auto question = target.find('?');
    if (question == std::string_view::npos) return;
    auto query = target.substr(question + 1);
    while (!query.empty()) {
        const auto one = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(one.size() + 1, query.size()));
        const auto equals = one.find('=');
        if (equals != std::string_view::npos) take(one.substr(0, equals), one.substr(equals + 1));
    }
}

/// The 20 bytes of an info-hash or peer id.
bool read_id(std::string_view value, std::array<std::byte, 20>& out) {
    const auto decoded = text::percent_decode(value);
    if (!decoded || decoded->size() != out.size()) return false;
    std::ranges::copy(as_bytes(*decoded), out.begin());
    return true;
}

template <class T>
std::optional<T> read_number(std::string_view value, int base = 10) {
    T out = 0;
    const auto* const end = value.data() + value.size();
    const auto parsed = std::from_chars(value.data(), end, out, base);
    if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
    return out;
}

Event event_of(std::string_view name) {
    if (name == "started") return Event::started;
    if (name == "completed") return Event::completed;
    return name == "stopped" ? Event::stopped : Event::none;
}

}  // namespace

Result<AnnounceRequest> parse_announce_query(std::string_view target) {
    if (target.size() > kMaxTargetBytes) return fail(Errc::protocol, "the request is too long");
    AnnounceRequest out;
    out.left = std::numeric_limits<std::uint64_t>::max();
    out.num_want = kDefaultAnswerPeers;
    bool has_hash = false;
    bool has_id = false;
    for_each_parameter(target, [&](std::string_view name, std::string_view value) {
        if (name == "info_hash") {
            has_hash = read_id(value, out.info_hash.bytes);
        } else if (name == "peer_id") {
            has_id = read_id(value, out.peer_id.bytes);
        } else if (name == "port") {
            out.port = read_number<std::uint16_t>(value).value_or(0);
        } else if (name == "uploaded") {
            out.uploaded = read_number<std::uint64_t>(value).value_or(0);
        } else if (name == "downloaded") {
            out.downloaded = read_number<std::uint64_t>(value).value_or(0);
        } else if (name == "left") {
            out.left = read_number<std::uint64_t>(value).value_or(out.left);
        } else if (name == "numwant") {
            out.num_want = read_number<std::uint32_t>(value).value_or(kDefaultAnswerPeers);
        } else if (name == "key") {
            out.key = read_number<std::uint32_t>(value, 16).value_or(0);
        } else if (name == "event") {
            out.event = event_of(value);
        }
    });
    if (!has_hash) return fail(Errc::protocol, "info_hash must be 20 bytes");
    if (!has_id) return fail(Errc::protocol, "peer_id must be 20 bytes");
    if (out.port == 0) return fail(Errc::protocol, "port must be from 1 to 65535");
    return out;
}

Result<std::vector<InfoHash>> parse_scrape_query(std::string_view target) {
    if (target.size() > kMaxTargetBytes) return fail(Errc::protocol, "the request is too long");
    std::vector<InfoHash> out;
    bool good = true;
    for_each_parameter(target, [&](std::string_view name, std::string_view value) {
        if (name != "info_hash") return;
        InfoHash hash;
        good = good && out.size() < kMaxScrapeHashes && read_id(value, hash.bytes);
        if (good) out.push_back(hash);
    });
    if (!good) return fail(Errc::protocol, "info_hash must be 20 bytes, and not too many");
    if (out.empty()) return fail(Errc::protocol, "a scrape must name an info_hash");
    return out;
}

}  // namespace bt::tracker
