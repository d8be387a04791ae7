#include "bt/text/url.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

#include "bt/core/endpoint.hpp"
#include "bt/text/escape.hpp"
#include "bt/text/percent.hpp"

namespace bt::text {

namespace {

constexpr std::size_t kMaxHostBytes = 253;  // RFC 1035, as text

bool is_alphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

/// Browsers do the same, and an HTTP request line must be ASCII.
std::string encode_above_ascii(std::string_view text) {
    constexpr char digits[] = "0123456789ABCDEF";
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80) {
            out += c;
        } else {
            out += '%';
            out += digits[byte >> 4];
            out += digits[byte & 15];
        }
    }
    return out;
}

/// 0 for a scheme that is not offered.
std::uint16_t default_port(std::string_view scheme) {
    if (scheme == "https") return 443;
    return scheme == "http" || scheme == "udp" ? 80 : 0;
}

bool is_host_name(std::string_view host) {
    return !host.empty() && host.size() <= kMaxHostBytes &&
           std::all_of(host.begin(), host.end(), [](char c) {
               return is_alphanumeric(c) || c == '-' || c == '.' || c == '_';
           });
}

Error not_a_url(const char* why) {
    return fail(Errc::other, std::string("not a usable URL: ") + why);
}

/// Host and port out of "host", "host:port" or "[address]:port".
Result<void> parse_host_port(std::string_view text, Url& url) {
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == std::string_view::npos) return not_a_url("'[' without ']'");
        url.host = lower(text.substr(1, close - 1));
        if (url.host.find(':') == std::string::npos || !IpAddress::parse(url.host)) {
            return not_a_url("no IPv6 address in the brackets");
        }
        text.remove_prefix(close + 1);
        if (!text.empty() && text.front() != ':') return not_a_url("']' before more of the host");
    } else {
        const auto colon = text.find(':');
        url.host = lower(text.substr(0, colon));
        if (!is_host_name(url.host)) return not_a_url("no host name");
        text.remove_prefix(std::min(colon, text.size()));
    }
    url.port = default_port(url.scheme);
    if (text.size() <= 1) return {};  // RFC 3986: "host:" is "host"
    const auto digits = text.substr(1);
    const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), url.port);
    if (ec != std::errc{} || end != digits.data() + digits.size() || url.port == 0) {
        return not_a_url("the port is not 1 to 65535");
    }
    return {};
}

/// RFC 3986, 5.2.4. `path` begins with '/'.
std::string remove_dot_segments(std::string_view path) {
    std::vector<std::string_view> kept;
    bool folder = false;  // the path ends in '/'
    while (!path.empty()) {
        path.remove_prefix(1);
        const auto segment = path.substr(0, path.find('/'));
        path.remove_prefix(segment.size());
        folder = segment == "." || segment == "..";
        if (segment == "..") {
            if (!kept.empty()) kept.pop_back();
        } else if (segment != ".") {
            kept.push_back(segment);
        }
    }
    std::string out;
    for (const auto segment : kept)
        (out += '/') += segment;
    if (folder || out.empty()) out += '/';
    return out;
}

/// Shorter parts are words of everyday more often than pass-keys, and guessed soon.
constexpr std::size_t kShortestSecret = 8;

void add_secret(std::vector<std::string>& out, std::string_view part) {
    if (part.size() < kShortestSecret || part == "announce") return;
    out.emplace_back(part);
    if (auto plain = percent_decode(part); plain && *plain != part)
        out.push_back(std::move(*plain));
}

/// Calls `take` for every part of `text` between `separators`.
template <class Take>
void for_each_part(std::string_view text, std::string_view separators, Take take) {
    while (!text.empty()) {
        const auto part = text.substr(0, text.find_first_of(separators));
        text.remove_prefix(std::min(part.size() + 1, text.size()));
        take(part);
    }
}

}  // namespace

Result<Url> Url::parse(std::string_view text) {
    if (text.size() > kMaxUrlBytes) return not_a_url("longer than 2048 bytes");
    if (std::any_of(text.begin(), text.end(),
                    [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; })) {
        return not_a_url("a space or control character");
    }
    const auto colon = text.find("://");
    if (colon == std::string_view::npos || colon == 0) return not_a_url("no scheme");
    Url url;
    url.scheme = lower(text.substr(0, colon));
    if (default_port(url.scheme) == 0) {
        return fail(Errc::unsupported, "not a usable URL: only http, https and udp are offered");
    }
    text.remove_prefix(colon + 3);
    text = text.substr(0, text.find('#'));

    auto authority = text.substr(0, text.find_first_of("/?"));
    text.remove_prefix(authority.size());
    if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
        url.user_info = encode_above_ascii(authority.substr(0, at));
        authority.remove_prefix(at + 1);
    }
    if (const auto parsed = parse_host_port(authority, url); !parsed) return parsed.error();

    const auto question = text.find('?');
    url.path = encode_above_ascii(text.substr(0, question));
    if (url.path.empty()) url.path = "/";
    if (question != std::string_view::npos) {
        url.has_query = true;
        url.query = encode_above_ascii(text.substr(question + 1));
    }
    if (url.to_string().size() > kMaxUrlBytes) return not_a_url("longer than 2048 bytes");
    return url;
}

bool Url::is_default_port() const {
    return port == default_port(scheme);
}

std::string Url::authority() const {
    auto out = host.find(':') == std::string::npos ? host : "[" + host + "]";
    if (!is_default_port()) out += ":" + std::to_string(port);
    return out;
}

std::string Url::target() const {
    return has_query ? path + "?" + query : path;
}

std::string Url::to_string() const {
    auto out = scheme + "://";
    if (!user_info.empty()) out += user_info + "@";
    return out + authority() + target();
}

Result<Url> resolve(const Url& base, std::string_view location) {
    const auto first = location.substr(0, location.find_first_of("/?#"));
    if (first.find(':') != std::string_view::npos) return Url::parse(location);
    if (location.size() > kMaxUrlBytes) return not_a_url("longer than 2048 bytes");
    if (location.starts_with("//")) return Url::parse(base.scheme + ":" + std::string(location));

    auto root = base.scheme + "://";
    if (!base.user_info.empty()) root += base.user_info + "@";
    root += base.authority();
    location = location.substr(0, location.find('#'));
    const auto question = std::min(location.find('?'), location.size());
    const auto path = location.substr(0, question);
    const auto query = location.substr(question);
    if (path.empty()) {
        return Url::parse(root + (query.empty() ? base.target() : base.path + std::string(query)));
    }
    const auto full = path.starts_with('/')
                          ? std::string(path)
                          : base.path.substr(0, base.path.rfind('/') + 1) + std::string(path);
    return Url::parse(root + remove_dot_segments(full) + std::string(query));
}

std::string redact(const Url& url) {
    const bool plain = url.path == "/" || url.path == "/announce";
    return escape(url.scheme + "://" + url.authority() + (plain ? url.path : "/..."), kMaxUrlBytes);
}

std::string redact(std::string_view url) {
    if (const auto parsed = Url::parse(url)) return redact(*parsed);
    const auto scheme = url.substr(0, url.find("://"));
    if (scheme.size() == url.size() || !is_host_name(scheme)) return "(no URL)";
    return escape(scheme, 32) + "://...";
}

std::string redact_in(std::string words, const Url& url) {
    constexpr std::string_view kHidden = "...";
    std::vector<std::string> secrets;
    const auto add = [&](std::string_view part) { add_secret(secrets, part); };
    for_each_part(url.path, "/", add);
    for_each_part(url.user_info, ":", add);
    for_each_part(url.query, "&;", [&](std::string_view part) {
        const auto equals = part.find('=');
        add(equals == std::string_view::npos ? part : part.substr(equals + 1));
    });
    // The longest first: it may hold another.
    std::sort(secrets.begin(), secrets.end(),
              [](const auto& a, const auto& b) { return a.size() > b.size(); });
    for (const auto& secret : secrets) {
        // On past what was put there: a secret may be made of dots itself.
        for (std::size_t at = 0; (at = words.find(secret, at)) != std::string::npos;) {
            words.replace(at, secret.size(), kHidden);
            at += kHidden.size();
        }
    }
    return words;
}

}  // namespace bt::text
