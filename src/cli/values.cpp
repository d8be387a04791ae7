#include "cli/values.hpp"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <optional>

#include "bt/text/escape.hpp"
#include "bt/text/url.hpp"

namespace bt::cli {

namespace {

Error bad(std::string_view text, const std::string& expected) {
    return fail(Errc::option, "\"" + text::escape(text) + "\" is not " + expected);
}

/// All of `text` as a decimal number.
template <class T>
std::optional<T> whole_number(std::string_view text) {
    T value{};
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (ec != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// A number of at least 0 and what stands behind it.
struct Quantity {
    double number = 0;
    std::string_view unit;
};

std::optional<Quantity> quantity(std::string_view text) {
    Quantity out;
    const auto* const last = text.data() + text.size();
    const auto [end, ec] = std::from_chars(text.data(), last, out.number, std::chars_format::fixed);
    if (ec != std::errc{} || !std::isfinite(out.number) || std::signbit(out.number)) {
        return std::nullopt;
    }
    out.unit = text.substr(static_cast<std::size_t>(end - text.data()));
    return out;
}

}  // namespace

Result<std::uint32_t> parse_count(std::string_view text, std::uint32_t min, std::uint32_t max) {
    const auto value = whole_number<std::uint32_t>(text);
    if (!value || *value < min || *value > max) {
        return bad(text, "a number from " + std::to_string(min) + " to " + std::to_string(max));
    }
    return *value;
}

Result<std::uint64_t> parse_size(std::string_view text) {
    constexpr double kMaxSize = 1e18;
    constexpr std::string_view kPrefixes = "KMGT";
    const auto error = [&] { return bad(text, "a size such as 512, 256K or 1.5M"); };

    const auto value = quantity(text);
    if (!value) return error();
    auto unit = value->unit;
    double bytes = value->number;
    if (!unit.empty()) {
        const char prefix =
            unit[0] >= 'a' && unit[0] <= 'z' ? static_cast<char>(unit[0] - 'a' + 'A') : unit[0];
        const auto power = kPrefixes.find(prefix);
        if (power != std::string_view::npos) {
            bytes *= std::pow(1024.0, static_cast<double>(power + 1));
            unit.remove_prefix(1);
            if (unit == "iB") unit = {};
        }
        if (unit == "B") unit = {};
    }
    if (!unit.empty() || bytes > kMaxSize) return error();
    return static_cast<std::uint64_t>(bytes);
}

Result<std::uint64_t> parse_rate(std::string_view text) {
    const auto value = quantity(text);
    const auto rate = parse_size(text);
    if (!rate || (*rate == 0 && value->number > 0)) {
        return bad(text, "a rate in bytes/s such as 100K or 1.5M, or 0 for none");
    }
    return rate;
}

namespace {

/// A time, of which a bare number counts `bare` seconds.
Result<Duration> parse_time(std::string_view text, double bare) {
    constexpr double kMaxSeconds = 1e9;
    const auto error = [&] { return bad(text, "a time such as 90, 90s, 30m or 2h"); };

    const auto value = quantity(text);
    if (!value) return error();
    double seconds = value->number;
    if (value->unit.empty()) {
        seconds *= bare;
    } else if (value->unit == "m") {
        seconds *= 60;
    } else if (value->unit == "h") {
        seconds *= 3600;
    } else if (value->unit == "d") {
        seconds *= 86400;
    } else if (value->unit != "s") {
        return error();
    }
    if (seconds > kMaxSeconds) return error();
    return from_seconds(seconds);
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
    return parse_time(text, 1);
}

Result<Duration> parse_minutes(std::string_view text) {
    return parse_time(text, 60);
}

Result<std::optional<Duration>> parse_timeout(std::string_view text) {
    const auto time = parse_duration(text);
    if (!time) return time.error();
    return *time == Duration::zero() ? std::nullopt : std::optional(*time);
}

Result<double> parse_ratio(std::string_view text) {
    constexpr double kMaxRatio = 1e6;
    const auto value = quantity(text);
    if (!value || !value->unit.empty() || value->number > kMaxRatio) {
        return bad(text, "a ratio such as 1 or 1.5");
    }
    return value->number;
}

Result<PortRange> parse_ports(std::string_view text) {
    const auto dash = text.find('-');
    const auto first = whole_number<std::uint16_t>(text.substr(0, dash));
    const auto last =
        dash == std::string_view::npos ? first : whole_number<std::uint16_t>(text.substr(dash + 1));
    if (!first || !last || *first > *last || (*first == 0 && *last != 0)) {
        return bad(text, "a port or a range such as 6881-6889");
    }
    return PortRange{*first, *last};
}

Result<HostPort> parse_host_port(std::string_view text, std::uint16_t min_port) {
    const auto error = [&] { return bad(text, "HOST:PORT"); };
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return error();
    auto host = text.substr(0, colon);
    const auto port = whole_number<std::uint16_t>(text.substr(colon + 1));
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
    } else if (host.find_first_of("[]:") != std::string_view::npos) {
        return error();
    }
    if (host.empty() || !port || *port < min_port) return error();
    return HostPort{std::string(host), *port};
}

Result<std::string> parse_tracker(std::string_view text) {
    if (text::Url::parse(text)) return std::string(text);
    // It may hold a pass-key, wherever it is wrong.
    const bool has_scheme = text.find("://") != std::string_view::npos;
    const auto host = text.substr(0, text.find_first_of("/?"));
    return bad(has_scheme ? text::redact(text) : host, "an http, https or udp URL");
}

std::string expand_home(const std::string& path) {
    if (path != "~" && !path.starts_with("~/")) return path;
    const char* const home = std::getenv("HOME");
    if (home == nullptr || *home == '\0') return path;
    return home + path.substr(1);
}

Result<Color> parse_color(std::string_view text) {
    if (text == "auto") return Color::automatic;
    if (text == "always") return Color::always;
    if (text == "never") return Color::never;
    return bad(text, "auto, always or never");
}

}  // namespace bt::cli
