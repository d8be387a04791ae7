#include "bt/tracker/http.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <string_view>

#include "bt/bencode/document.hpp"
#include "bt/text/compact_peers.hpp"
#include "bt/text/escape.hpp"
#include "bt/text/percent.hpp"

namespace bt::tracker {

namespace {

/// Enough for kMaxReplyPeers dictionaries of three entries, and no more than 2 MB of tokens.
constexpr bencode::Rules kReplyRules{
    .depth = 16, .tokens = 100'000, .leading_zeros = false, .duplicate_keys = true};

std::string_view name_of(Event event) {
    switch (event) {
        case Event::completed:
            return "completed";
        case Event::started:
            return "started";
        case Event::stopped:
            return "stopped";
        case Event::none:
            break;
    }
    return {};
}

std::string hex_of(std::uint32_t number) {
    std::array<std::byte, sizeof number> bytes;
    write_be(bytes.data(), number);
    return to_hex(Bytes(bytes));
}

/// BEP 31: minutes or "never"; its examples write the minutes as a string.
std::optional<Duration> retry_in(const bencode::Value& value) {
    auto minutes = value.integer();
    if (const auto text = value.string()) {
        if (*text == "never") return kRetryNever;
        std::int64_t number = 0;
        const auto end = text->data() + text->size();
        const auto parsed = std::from_chars(text->data(), end, number);
        if (parsed.ec == std::errc() && parsed.ptr == end) minutes = number;
    }
    if (!minutes || *minutes <= 0) return std::nullopt;
    constexpr auto most = std::chrono::duration_cast<std::chrono::minutes>(kMaxRetryIn).count();
    return std::chrono::minutes(std::min<std::int64_t>(*minutes, most));
}

std::uint32_t count(const bencode::Value& value) {
    return static_cast<std::uint32_t>(
        std::clamp<std::int64_t>(value.integer().value_or(0), 0, 0xffffffff));
}

/// BEP 3's list of dictionaries. A host name in place of an address is left out.
std::vector<Endpoint> listed_peers(const bencode::Value& list) {
    std::vector<Endpoint> out;
    for (const auto& peer : list.items()) {
        if (out.size() == kMaxReplyPeers) break;
        const auto ip = peer.find("ip").string();
        const auto port = peer.find("port").integer();
        if (!ip || !port || *port < 1 || *port > 65535) continue;
        if (const auto address = IpAddress::parse(*ip)) {
            out.push_back({*address, static_cast<std::uint16_t>(*port)});
        }
    }
    return out;
}

std::vector<Endpoint> peers_of(const bencode::Value& reply) {
    const auto value = reply.find("peers");
    auto out = listed_peers(value);
    if (const auto compact = value.bytes()) out = text::parse_compact_v4(*compact, kMaxReplyPeers);
    if (const auto compact = reply.find("peers6").bytes()) {
        std::ranges::copy(text::parse_compact_v6(*compact, kMaxReplyPeers),
                          std::back_inserter(out));
    }
    keep_usable_peers(out);
    return out;
}

}  // namespace

std::string announce_target(const text::Url& url, const AnnounceRequest& request) {
    auto out = url.path + "?";
    if (!url.query.empty()) out += url.query + "&";
    out += "info_hash=" + text::percent_encode(as_text(request.info_hash.bytes));
    out += "&peer_id=" + text::percent_encode(as_text(request.peer_id.bytes));
    out += "&port=" + std::to_string(request.port);
    out += "&uploaded=" + std::to_string(request.uploaded);
    out += "&downloaded=" + std::to_string(request.downloaded);
    out += "&left=" + std::to_string(request.left);
    out += "&compact=1&numwant=" + std::to_string(request.num_want);
    out += "&key=" + hex_of(request.key);
    if (request.event != Event::none) out.append("&event=").append(name_of(request.event));
    if (!request.tracker_id.empty()) {
        out += "&trackerid=" + text::percent_encode(request.tracker_id);
    }
    return out;
}

AnnounceOutcome parse_http_reply(Bytes body) {
    const auto document = bencode::Document::parse(body, kReplyRules);
    if (!document || !document->root().is_dictionary()) {
        return AnnounceFailure{
            fail(Errc::protocol, "the tracker's answer is not a bencoded dictionary"), {}};
    }
    const auto root = document->root();
    if (const auto reason = root.find("failure reason").string()) {
        auto failure = tracker_said(*reason);
        failure.retry_in = retry_in(root.find("retry in"));
        return failure;
    }
    const auto interval = root.find("interval").integer();
    if (!interval && !root.find("peers") && !root.find("peers6")) {
        return AnnounceFailure{
            fail(Errc::protocol, "the tracker's answer holds neither peers nor an interval"), {}};
    }
    AnnounceReply out;
    if (interval) out.interval = clamp_interval(*interval);
    if (const auto least = root.find("min interval").integer()) {
        out.min_interval = clamp_interval(*least);
    }
    const auto id = root.find("tracker id").string().value_or("");
    if (id.size() <= kMaxTrackerIdBytes) out.tracker_id = id;
    out.warning = text::escape(root.find("warning message").string().value_or(""));
    out.seeders = count(root.find("complete"));
    out.leechers = count(root.find("incomplete"));
    out.peers = peers_of(root);
    return out;
}

}  // namespace bt::tracker
