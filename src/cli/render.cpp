#include "cli/render.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>

#include "bt/text/size.hpp"
#include "cli/columns.hpp"

namespace bt::cli {

namespace {

using session::TorrentState;
using session::TorrentStatus;

constexpr std::string_view kGap = "  ";
constexpr std::size_t kMinName = 12;
constexpr std::size_t kMinBar = 12;
constexpr std::size_t kMaxBar = 32;

std::string decimal(double value, int digits) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.*f", digits, value);
    return text.data();
}

/// How much of a whole is there, 0 to 1. 1 only when all is.
double share(std::uint64_t done, std::uint64_t total) {
    if (total == 0 || done >= total) return 1;
    return static_cast<double>(done) / static_cast<double>(total);
}

/// "45.2%": cut, not rounded, so that 100% means all.
std::string percent(double part) {
    if (part >= 1) return "100%";
    return decimal(std::floor(part * 1000) / 10, 1) + "%";
}

/// "12.3M": a size or rate in at most five columns.
std::string short_size(double bytes) {
    const auto amount = std::isfinite(bytes) && bytes > 0 ? bytes : 0;
    auto text = text::human_size(static_cast<std::uint64_t>(amount));
    const auto space = text.find(' ');
    return text.substr(0, space) + text[space + 1];
}

std::string duration(double seconds) {
    constexpr double kCountTenths = 10;
    if (seconds >= 0 && seconds < kCountTenths) return decimal(seconds, 1) + "s";
    return text::human_duration(std::chrono::seconds(static_cast<std::int64_t>(seconds)));
}

/// Whole seconds: more would be a promise.
std::string time_left(double seconds) {
    return text::human_duration(std::chrono::seconds(static_cast<std::int64_t>(seconds)));
}

double checked_share(const TorrentStatus& status) {
    return share(status.checked, status.to_check);
}

/// The fields behind the name, in the order in which they matter. `brief` is their short form.
std::vector<std::string> fields(const View& view, bool brief) {
    const auto& s = view.status;
    const auto rate = [&](double bytes_per_s) {
        return brief ? pad_left(short_size(bytes_per_s), 5)
                     : pad_left(text::human_rate(bytes_per_s), 10);
    };
    const auto size = [&](std::uint64_t bytes) {
        return brief ? short_size(static_cast<double>(bytes)) : text::human_size(bytes);
    };
    if (s.state == TorrentState::checking) {
        if (s.to_check == 0) return {"checking"};
        return {"checking " + percent(checked_share(s)), text::human_rate(s.check_rate)};
    }
    if (s.state == TorrentState::syncing) {
        if (s.to_sync == 0) return {"syncing"};
        return {"syncing " + percent(share(s.synced, s.to_sync))};
    }
    if (s.state == TorrentState::seeding) {
        return {"seeding", "↑" + rate(s.up_rate), size(s.uploaded) + " sent",
                "ratio " + decimal(ratio(s), 2), std::to_string(s.peers) + " peers"};
    }
    std::vector<std::string> out{pad_left(percent(share(s.done, s.length)), 5)};
    const auto total = size(s.length);
    const std::size_t size_width = brief ? 5 : 8;
    out.push_back(pad_left(size(s.done), size_width) + "/" + pad_right(total, size_width));
    if (!view.reason.empty()) {
        out.push_back(view.reason);
        return out;
    }
    out.push_back("↓" + rate(s.down_rate));
    out.push_back("↑" + rate(s.up_rate));
    const auto peers = std::to_string(s.seeds) + "/" + std::to_string(s.peers);
    out.push_back(pad_left(peers, 5) + (brief ? "" : " peers"));
    // As wide as "12h 05m", so that the bar behind it keeps its place.
    const auto left = s.eta_seconds >= 0 ? time_left(s.eta_seconds) : "";
    out.push_back(pad_left(left, 7) + (brief ? "" : left.empty() ? "     " : " left"));
    return out;
}

std::size_t width_of(const std::vector<std::string>& parts) {
    std::size_t out = 0;
    for (const auto& part : parts)
        out += kGap.size() + columns(part);
    return out;
}

std::string bar(double part, std::size_t width) {
    const auto inner = width - 2;
    const auto filled = static_cast<std::size_t>(part * static_cast<double>(inner));
    return "[" + std::string(filled, '#') + std::string(inner - filled, '-') + "]";
}

/// Percent and speed, for a terminal of a few columns.
std::string narrow_line(const View& view, std::size_t width) {
    const auto& s = view.status;
    const bool checking = s.state == TorrentState::checking;
    const auto part = checking ? checked_share(s) : share(s.done, s.length);
    const auto rate = checking                           ? s.check_rate
                      : s.state == TorrentState::seeding ? s.up_rate
                                                         : s.down_rate;
    const auto both = pad_left(percent(part), 5) + kGap.data() + text::human_rate(rate);
    return fit(columns(both) <= width ? both : percent(part), width);
}

/// The name in `name_width` columns, the fields that have room, and the bar if it has.
std::string line_of(const View& view, std::vector<std::string> parts, std::size_t name_width,
                    std::size_t width) {
    const bool stuck = !view.reason.empty();
    while (!stuck && parts.size() > 1 && name_width + width_of(parts) > width)
        parts.pop_back();
    auto line = pad_right(fit(view.name, name_width), name_width);
    for (const auto& part : parts)
        line.append(kGap).append(part);

    const auto used = columns(line);
    if (view.status.state == TorrentState::downloading && !stuck &&
        used + kGap.size() + kMinBar <= width) {
        const auto bar_width = std::min(width - used - kGap.size(), kMaxBar);
        line.append(kGap).append(bar(share(view.status.done, view.status.length), bar_width));
    }
    return fit(line, width);
}

/// What became of it. The message of a failure has been told when it happened.
std::string result_word(const ResultRow& row) {
    switch (row.code) {
        case ExitCode::ok:
            if (row.seeded) return "seeded";
            return row.status.unsynced ? "complete, not synced" : "complete";
        case ExitCode::interrupted:
        case ExitCode::out_of_time:
            return "stopped at " + percent(share(row.status.done, row.status.length));
        default:
            return "failed (" + std::to_string(static_cast<int>(row.code)) + ")";
    }
}

}  // namespace

std::string render_line(const View& view, std::size_t width) {
    return render_lines({&view, 1}, width).front();
}

std::vector<std::string> render_lines(std::span<const View> views, std::size_t width) {
    std::vector<std::string> out;
    if (width < kNarrow) {
        for (const auto& view : views)
            out.push_back(narrow_line(view, width));
        return out;
    }
    std::size_t name = 0;
    for (const auto& view : views)
        name = std::max(name, columns(view.name));
    const auto least_name = std::min(name, kMinName);

    std::vector<std::vector<std::string>> parts;
    const auto fill = [&](bool brief) {
        parts.clear();
        std::size_t widest = 0;
        for (const auto& view : views) {
            parts.push_back(fields(view, brief));
            // A reason is cut where the line ends; other fields fall away whole.
            if (view.reason.empty()) widest = std::max(widest, width_of(parts.back()));
        }
        return widest;
    };
    auto widest = fill(false);
    if (least_name + widest > width) widest = fill(true);
    const auto room = widest < width ? width - widest : 0;
    name = std::clamp(room, least_name, name);
    for (std::size_t i = 0; i < views.size(); ++i) {
        out.push_back(line_of(views[i], std::move(parts[i]), name, width));
    }
    return out;
}

View total_of(std::span<const View> views) {
    View out;
    out.name = "total of " + std::to_string(views.size());
    auto& sum = out.status;
    sum.state = TorrentState::seeding;
    sum.eta_seconds = -1;
    for (const auto& view : views) {
        const auto& s = view.status;
        sum.length += s.length;
        sum.done += s.done;
        sum.checked += s.checked;
        sum.to_check += s.to_check;
        sum.check_rate += s.check_rate;
        sum.uploaded += s.uploaded;
        sum.down_rate += s.down_rate;
        sum.up_rate += s.up_rate;
        sum.peers += s.peers;
        sum.seeds += s.seeds;
        sum.eta_seconds = std::max(sum.eta_seconds, s.eta_seconds);
        // Downloading says more of the whole than checking, and that more than seeding.
        if (s.state == TorrentState::downloading || sum.state == TorrentState::seeding) {
            sum.state = s.state;
        }
    }
    return out;
}

std::string amount_done(const TorrentStatus& status) {
    return percent(share(status.done, status.length)) + ", " + text::human_size(status.done) +
           " of " + text::human_size(status.length);
}

std::string render_plain(const View& view) {
    const auto& s = view.status;
    const auto amount = amount_done(s);
    auto out = view.name + ": ";
    switch (s.state) {
        case TorrentState::checking:
            out += "checking";
            if (s.checked > 0) out += " " + percent(checked_share(s));
            if (s.check_rate > 0) out += ", " + text::human_rate(s.check_rate);
            return out;
        case TorrentState::downloading:
            out += "downloading, " + amount;
            if (!view.reason.empty()) return out + ", " + view.reason;
            if (s.peers == 0 && s.down_rate <= 0) return out;
            out +=
                ", down " + text::human_rate(s.down_rate) + ", up " + text::human_rate(s.up_rate);
            out += ", " + std::to_string(s.seeds) + " seeds, " + std::to_string(s.peers) + " peers";
            if (s.eta_seconds >= 0) out += ", " + time_left(s.eta_seconds) + " left";
            return out;
        case TorrentState::syncing:
            out += "all there, syncing";
            if (s.to_sync > 0) out += " " + percent(share(s.synced, s.to_sync));
            return out;
        case TorrentState::seeding:
            return out + "seeding, up " + text::human_rate(s.up_rate) + ", " +
                   text::human_size(s.uploaded) + " sent, ratio " + decimal(ratio(s), 2) + ", " +
                   std::to_string(s.peers) + " peers";
        case TorrentState::finished:
            return out + "finished, " + text::human_size(s.length);
        case TorrentState::failed:
            return out + "failed: " + s.error.message;
        case TorrentState::stopped:
            return out + "stopped, " + amount;
    }
    return out;
}

std::vector<std::string> render_table(std::span<const ResultRow> rows, std::size_t width) {
    std::vector<std::array<std::string, 6>> cells{
        {"name", "result", "size", "time", "speed", "ratio"}};
    for (const auto& row : rows) {
        const auto& s = row.status;
        const bool known = s.length > 0;
        cells.push_back({row.name, result_word(row), known ? text::human_size(s.length) : "-",
                         known ? duration(s.active_seconds) : "-",
                         s.downloaded > 0 ? text::human_rate(average_rate(s)) : "-",
                         known ? decimal(ratio(s), 2) : "-"});
    }
    std::array<std::size_t, 6> widths{};
    for (const auto& line : cells) {
        for (std::size_t i = 0; i < line.size(); ++i) {
            widths[i] = std::max(widths[i], columns(line[i]));
        }
    }
    const auto total = [&](std::size_t count, std::size_t name) {
        auto sum = name;
        for (std::size_t i = 1; i < count; ++i)
            sum += kGap.size() + widths[i];
        return sum;
    };
    const auto least_name = std::min(widths[0], kMinName);
    auto count = widths.size();
    while (count > 2 && total(count, least_name) > width)
        --count;
    const auto others = total(count, 0);
    widths[0] = std::clamp(width > others ? width - others : 0, least_name, widths[0]);

    std::vector<std::string> out;
    for (const auto& line : cells) {
        std::string text = pad_right(fit(line[0], widths[0]), widths[0]);
        text.append(kGap).append(pad_right(fit(line[1], widths[1]), widths[1]));
        for (std::size_t i = 2; i < count; ++i)
            text.append(kGap).append(pad_left(line[i], widths[i]));
        while (text.ends_with(' '))
            text.pop_back();
        out.push_back(fit(text, width));
    }
    return out;
}

std::string render_result(const ResultRow& row) {
    const auto& s = row.status;
    if (row.code != ExitCode::ok) return row.name + ": " + row.message;
    auto out = row.name + ": " + result_word(row) + ", " + text::human_size(s.length);
    if (!row.seeded && s.downloaded == 0) return out + ", all there already";
    out += " in " + duration(s.active_seconds);
    if (s.downloaded > 0) out += ", " + text::human_rate(average_rate(s));
    return out + ", ratio " + decimal(ratio(s), 2);
}

}  // namespace bt::cli
