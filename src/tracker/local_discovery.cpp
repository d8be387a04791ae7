#include "bt/tracker/local_discovery.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "bt/core/assert.hpp"
#include "bt/text/base32.hpp"

namespace bt::tracker {

namespace {

constexpr std::uint16_t kPort = 6771;
constexpr std::size_t kHexDigits = 40;
constexpr std::string_view kRequest = "BT-SEARCH * HTTP/1.1";

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_word(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Takes a line off `text`, without its end.
std::string_view take_line(std::string_view& text) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return line;
}

std::uint16_t read_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), port);
    return ec == std::errc{} && end == text.data() + text.size() ? port : std::uint16_t{0};
}

void add_hash(std::vector<InfoHash>& to, std::string_view text) {
    if (text.size() != kHexDigits || to.size() == kMaxLocalHashes) return;
    const auto bytes = text::hex_decode(text);
    if (!bytes) return;
    InfoHash hash;
    std::copy(bytes->begin(), bytes->end(), hash.bytes.begin());
    if (std::find(to.begin(), to.end(), hash) == to.end()) to.push_back(hash);
}

bool is_clean(std::string_view cookie) {
    return std::none_of(cookie.begin(), cookie.end(),
                        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

}  // namespace

Endpoint local_group_v4() {
    return {IpAddress::v4({239, 192, 152, 143}), kPort};
}

Endpoint local_group_v6() {
    return {IpAddress::v6({0xff, 0x15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xef, 0xc0, 0x98, 0x8f}),
            kPort};
}

std::string encode_local_announce(const LocalAnnounce& announce, const Endpoint& group) {
    BT_ASSERT(announce.port != 0 && !announce.info_hashes.empty());
    BT_ASSERT(announce.info_hashes.size() <= kMaxLocalHashes);
    BT_ASSERT(announce.cookie.size() <= kMaxLocalCookie && is_clean(announce.cookie));
    std::string out(kRequest);
    out += "\r\nHost: " + group.to_string();
    out += "\r\nPort: " + std::to_string(announce.port);
    for (const auto& hash : announce.info_hashes)
        out += "\r\nInfohash: " + to_hex(hash);
    if (!announce.cookie.empty()) out += "\r\ncookie: " + announce.cookie;
    out += "\r\n\r\n\r\n";
    BT_ASSERT(out.size() <= kMaxLocalAnnounce);
    return out;
}

std::optional<LocalAnnounce> parse_local_announce(Bytes datagram) {
    if (datagram.size() > kMaxLocalDatagram) return std::nullopt;
    auto text = as_text(datagram);
    if (!same_word(take_line(text), kRequest)) return std::nullopt;
    LocalAnnounce out;
    while (!text.empty()) {
        const auto line = take_line(text);
        if (line.empty()) break;
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) continue;
        const auto name = trimmed(line.substr(0, colon));
        const auto value = trimmed(line.substr(colon + 1));
        if (same_word(name, "port")) {
            out.port = read_port(value);
        } else if (same_word(name, "infohash")) {
            add_hash(out.info_hashes, value);
        } else if (same_word(name, "cookie")) {
            out.cookie = value.substr(0, kMaxLocalCookie);
        }
    }
    if (out.port == 0 || out.info_hashes.empty()) return std::nullopt;
    return out;
}

void LocalSchedule::add(const InfoHash& torrent, TimePoint now) {
    const bool known = std::any_of(due_.begin(), due_.end(),
                                   [&](const Due& one) { return one.torrent == torrent; });
    if (known) return;
    const auto at =
        std::find_if(due_.begin(), due_.end(), [&](const Due& one) { return one.at > now; });
    due_.insert(at, {now, torrent});
}

void LocalSchedule::remove(const InfoHash& torrent) {
    std::erase_if(due_, [&](const Due& one) { return one.torrent == torrent; });
}

std::vector<InfoHash> LocalSchedule::poll(TimePoint now) {
    std::vector<InfoHash> out;
    if (now < not_before_) return out;
    while (out.size() < kMaxLocalHashes && !due_.empty() && due_.front().at <= now) {
        out.push_back(due_.front().torrent);
        due_.pop_front();
    }
    for (const auto& torrent : out)
        due_.push_back({now + kInterval, torrent});
    if (!out.empty()) not_before_ = now + kLeastInterval;
    return out;
}

TimePoint LocalSchedule::wake_at() const {
    return due_.empty() ? kNever : std::max(due_.front().at, not_before_);
}

}  // namespace bt::tracker
