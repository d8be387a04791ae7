#include "cli/figures.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>

#include "bt/text/size.hpp"

namespace bt::cli {

std::string decimal(double value, int digits) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.*f", digits, value);
    return text.data();
}

double share(std::uint64_t done, std::uint64_t total) {
    if (total == 0 || done >= total) return 1;
    return static_cast<double>(done) / static_cast<double>(total);
}

std::string percent(double part) {
    if (part >= 1) return "100%";
    return decimal(std::floor(part * 1000) / 10, 1) + "%";
}

std::string whole_percent(double part) {
    return decimal(std::floor(part * 100), 0) + "%";
}

std::string short_size(double bytes) {
    const auto amount = std::isfinite(bytes) && bytes > 0 ? bytes : 0;
    auto text = text::human_size(static_cast<std::uint64_t>(amount));
    const auto space = text.find(' ');
    return text.substr(0, space) + text[space + 1];
}

std::string time_left(double seconds) {
    return text::human_duration(std::chrono::seconds(static_cast<std::int64_t>(seconds)));
}

std::string time_taken(double seconds) {
    constexpr double kCountTenths = 10;
    constexpr double kTenth = 0.1;
    if (seconds >= 0 && seconds < kTenth) {
        return decimal(std::max(1.0, std::ceil(seconds * 1000)), 0) + "ms";
    }
    if (seconds >= 0 && seconds < kCountTenths) return decimal(seconds, 1) + "s";
    return time_left(seconds);
}

std::string count(std::uint64_t n, const std::string& noun) {
    return std::to_string(n) + " " + noun + (n == 1 ? "" : "s");
}

std::string amount_done(const session::TorrentStatus& status) {
    return percent(share(status.done, status.length)) + ", " + text::human_size(status.done) +
           " of " + text::human_size(status.length);
}

}  // namespace bt::cli
