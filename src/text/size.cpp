#include "bt/text/size.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace bt::text {

namespace {

std::string scaled(double value, const char* suffix) {
    constexpr const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    std::size_t unit = 0;
    // What would be shown as "1000" or more goes to the next unit.
    while (value >= 999.5 && unit + 1 < std::size(units)) {
        value /= 1024;
        ++unit;
    }
    char text[48];
    const int decimals = unit > 0 && value < 99.95 ? 1 : 0;
    std::snprintf(text, sizeof text, "%.*f %s%s", decimals, value, units[unit], suffix);
    return text;
}

}  // namespace

std::string human_size(std::uint64_t bytes) {
    return scaled(static_cast<double>(bytes), "");
}

std::string human_rate(double bytes_per_s) {
    return scaled(std::isfinite(bytes_per_s) ? std::max(bytes_per_s, 0.0) : 0.0, "/s");
}

std::string human_duration(std::chrono::seconds duration) {
    const long long s = std::max<long long>(duration.count(), 0);
    char text[48];
    if (s < 60) {
        std::snprintf(text, sizeof text, "%llds", s);
    } else if (s < 3600) {
        std::snprintf(text, sizeof text, "%lldm %02llds", s / 60, s % 60);
    } else if (s < 86400) {
        std::snprintf(text, sizeof text, "%lldh %02lldm", s / 3600, s % 3600 / 60);
    } else if (s < 1000LL * 86400) {
        std::snprintf(text, sizeof text, "%lldd %02lldh", s / 86400, s % 86400 / 3600);
    } else {
        return ">999d";
    }
    return text;
}

}  // namespace bt::text
