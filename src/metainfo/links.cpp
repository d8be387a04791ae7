#include "metainfo/links.hpp"

#include <algorithm>

#include "bt/core/endpoint.hpp"
#include "bt/metainfo/metainfo.hpp"
#include "bt/text/url.hpp"

namespace bt::metainfo {

namespace {

using bencode::Value;

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kSpace = " \t\r\n";
    const auto first = text.find_first_not_of(kSpace);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

/// Adds the tracker in `value` unless it is no good, known, or one too many.
void add_tracker(const Value& value, std::vector<std::string>& tier,
                 std::vector<std::string>& known) {
    if (known.size() == kMaxTrackers) return;
    auto url = tracker_url(value.string().value_or(""));
    if (!url || std::find(known.begin(), known.end(), *url) != known.end()) return;
    known.push_back(*url);
    tier.push_back(std::move(*url));
}

bool is_host(std::string_view host) {
    if (IpAddress::parse(host)) return true;
    const auto url = text::Url::parse("http://" + std::string(host));
    return url && url->host.size() == host.size();  // no port, path or user hides in it
}

}  // namespace

std::optional<std::string> tracker_url(std::string_view text) {
    text = trimmed(text);
    if (!text::Url::parse(text)) return std::nullopt;
    return std::string(text);
}

std::optional<std::string> web_seed_url(std::string_view text) {
    text = trimmed(text);
    if (text.size() > text::kMaxUrlBytes) return std::nullopt;
    std::string url;
    for (const char c : text) {
        if (c == ' ') {
            url += "%20";
        } else {
            url += c;
        }
    }
    const auto parsed = text::Url::parse(url);
    if (!parsed || parsed->scheme == "udp") return std::nullopt;
    return url;
}

std::vector<std::vector<std::string>> read_trackers(const Value& root) {
    std::vector<std::vector<std::string>> tiers;
    std::vector<std::string> known;
    for (const auto item : root.find("announce-list").items()) {
        std::vector<std::string> tier;
        add_tracker(item, tier, known);  // seen in the wild: a URL where a tier should be
        for (const auto url : item.items())
            add_tracker(url, tier, known);
        if (!tier.empty()) tiers.push_back(std::move(tier));
    }
    if (tiers.empty()) {
        std::vector<std::string> tier;
        add_tracker(root.find("announce"), tier, known);
        if (!tier.empty()) tiers.push_back(std::move(tier));
    }
    return tiers;
}

std::vector<std::string> read_web_seeds(const Value& root) {
    std::vector<std::string> out;
    const auto add = [&out](const Value& value) {
        if (out.size() == kMaxWebSeeds) return;
        auto url = web_seed_url(value.string().value_or(""));
        if (url && std::find(out.begin(), out.end(), *url) == out.end()) {
            out.push_back(std::move(*url));
        }
    };
    const auto list = root.find("url-list");
    add(list);  // a single one may stand without a list
    for (const auto item : list.items())
        add(item);
    return out;
}

std::vector<std::pair<std::string, std::uint16_t>> read_nodes(const Value& root) {
    std::vector<std::pair<std::string, std::uint16_t>> out;
    for (const auto item : root.find("nodes").items()) {
        if (out.size() == kMaxNodes) break;
        auto field = item.items().begin();
        const auto end = item.items().end();
        if (field == end) continue;
        const auto host = (*field).string();
        if (!host || !is_host(*host) || ++field == end) continue;
        const auto port = (*field).integer().value_or(0);
        if (port < 1 || port > 65535) continue;
        out.emplace_back(*host, static_cast<std::uint16_t>(port));
    }
    return out;
}

}  // namespace bt::metainfo
