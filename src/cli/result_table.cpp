#include "cli/result_table.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

#include "bt/text/size.hpp"
#include "cli/columns.hpp"
#include "cli/figures.hpp"

namespace bt::cli {

namespace {

constexpr std::string_view kGap = "  ";
constexpr std::size_t kLeastName = 12;
constexpr std::size_t kResult = 1;  // the column

using Cells = std::array<std::string, 6>;

/// A failure in a word or two; its message has been told when it happened.
std::string_view failure_word(ExitCode code) {
    switch (code) {
        case ExitCode::not_found:
            return "not found";
        case ExitCode::too_slow:
            return "too slow";
        case ExitCode::network:
            return "network problem";
        case ExitCode::no_space:
            return "no space";
        case ExitCode::duplicate:
            return "given twice";
        case ExitCode::in_the_way:
            return "file in the way";
        case ExitCode::open_failed:
        case ExitCode::create_failed:
        case ExitCode::io_failed:
        case ExitCode::mkdir_failed:
            return "file problem";
        case ExitCode::resolve_failed:
            return "name not resolved";
        case ExitCode::http:
        case ExitCode::http_auth:
            return "HTTP problem";
        case ExitCode::bencode:
        case ExitCode::torrent:
            return "bad torrent";
        case ExitCode::magnet:
            return "bad magnet";
        case ExitCode::mismatch:
            return "missing or bad data";
        case ExitCode::no_peer:
            return "no peer";
        case ExitCode::no_metadata:
            return "no metadata";
        case ExitCode::stalled:
            return "stalled";
        case ExitCode::hook_failed:
            return "hook failed";
        default:
            return "failed";
    }
}

std::string result_word(const ResultRow& row) {
    switch (row.code) {
        case ExitCode::ok:
            if (row.seeded) return "seeded";
            return row.status.unsynced ? "complete, not synced" : "complete";
        case ExitCode::interrupted:
        case ExitCode::out_of_time:
            if (!row.begun) return "not started";
            if (row.status.length == 0) return "stopped";
            return "stopped at " + percent(share(row.status.done, row.status.length));
        default:
            return std::string(failure_word(row.code)) + " (" +
                   std::to_string(static_cast<int>(row.code)) + ")";
    }
}

Style style_of(ExitCode code) {
    if (code == ExitCode::ok) return Style::good;
    const bool stopped = code == ExitCode::interrupted || code == ExitCode::out_of_time;
    return stopped ? Style::warning : Style::bad;
}

Cells cells_of(const ResultRow& row) {
    const auto& s = row.status;
    const bool known = s.length > 0;
    return {row.name,
            result_word(row),
            known ? text::human_size(s.length) : "-",
            known ? time_taken(s.active_seconds) : "-",
            s.downloaded > 0 ? text::human_rate(average_rate(s)) : "-",
            known ? decimal(ratio(s), 2) : "-"};
}

/// "40 no peer, 20 stalled": what failed, the most frequent first.
std::string failures_of(std::span<const ResultRow> rows) {
    std::map<std::string_view, std::size_t> counts;
    for (const auto& row : rows) {
        if (style_of(row.code) == Style::bad) ++counts[failure_word(row.code)];
    }
    std::vector<std::pair<std::string_view, std::size_t>> order(counts.begin(), counts.end());
    std::stable_sort(order.begin(), order.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    std::string out;
    for (const auto& [word, count] : order) {
        out += out.empty() ? "" : ", ";
        out.append(std::to_string(count)).append(" ").append(word);
    }
    return out;
}

/// "3 complete, 1 seeded, 2 stopped, 1 failed (1 no peer)"
std::string counts_of(std::span<const ResultRow> rows) {
    std::size_t complete = 0;
    std::size_t seeded = 0;
    std::size_t stopped = 0;
    std::size_t unbegun = 0;
    for (const auto& row : rows) {
        const auto style = style_of(row.code);
        if (style == Style::good) ++(row.seeded ? seeded : complete);
        if (style == Style::warning) ++(row.begun ? stopped : unbegun);
    }
    std::string out;
    const auto add = [&](std::size_t count, std::string_view what) {
        if (count == 0) return;
        out += out.empty() ? "" : ", ";
        out.append(std::to_string(count)).append(" ").append(what);
    };
    if (complete > 0 || seeded == 0) out = std::to_string(complete) + " complete";
    add(seeded, "seeded");
    add(stopped, "stopped");
    add(unbegun, "not started");
    const auto failed = rows.size() - complete - seeded - stopped - unbegun;
    add(failed, "failed (" + failures_of(rows) + ")");
    return out;
}

/// The widths of the columns that have room.
std::vector<std::size_t> share_out(std::span<const Cells> table, std::size_t width) {
    std::vector<std::size_t> out(std::tuple_size_v<Cells>);
    for (const auto& line : table) {
        for (std::size_t i = 0; i < line.size(); ++i)
            out[i] = std::max(out[i], columns(line[i]));
    }
    const auto others = [&] {
        std::size_t sum = 0;
        for (std::size_t i = 1; i < out.size(); ++i)
            sum += kGap.size() + out[i];
        return sum;
    };
    const auto least_name = std::min(out[0], kLeastName);
    while (out.size() > 2 && least_name + others() > width)
        out.pop_back();
    out[0] = std::clamp(width > others() ? width - others() : 0, least_name, out[0]);
    return out;
}

/// The table where a line has room for name and result; else each of them in words.
std::vector<StyledText> lines_of(std::span<const Cells> table, std::span<const ResultRow> rows,
                                 std::size_t width) {
    const auto widths = share_out(table, width);
    std::vector<StyledText> out;
    if (widths[0] + kGap.size() + widths[kResult] > width) {
        for (std::size_t i = 0; i < rows.size(); ++i) {
            for (const auto& line :
                 wrap(fit_middle(table[i + 1][0], width) + ": " + table[i + 1][kResult], width))
                out.emplace_back(line, style_of(rows[i].code));
        }
        return out;
    }
    for (std::size_t line = 0; line < table.size(); ++line) {
        const auto& cells = table[line];
        const bool heading = line == 0;
        StyledText text;
        text.append(pad_right(fit_middle(cells[0], widths[0]), widths[0]),
                    heading ? Style::strong : Style::plain);
        text.append(kGap).append(cells[kResult],
                                 heading ? Style::strong : style_of(rows[line - 1].code));
        auto end = widths[0] + kGap.size() + widths[kResult];
        for (std::size_t i = kResult + 1; i < widths.size(); ++i) {
            text.pad(end).append(kGap);
            text.append(pad_left(cells[i], widths[i]), heading ? Style::strong : Style::plain);
            end += kGap.size() + widths[i];
        }
        out.push_back(text.fit(width));
    }
    return out;
}

}  // namespace

std::string render_sum(std::span<const ResultRow> rows, double seconds) {
    std::uint64_t received = 0;
    std::uint64_t sent = 0;
    for (const auto& row : rows) {
        received += row.status.downloaded;
        sent += row.status.uploaded;
    }
    auto out = std::to_string(rows.size()) + " torrents: " + counts_of(rows) + "; " +
               text::human_size(received) + " received in " + time_taken(seconds);
    if (received > 0 && seconds > 0)
        out += ", " + text::human_rate(static_cast<double>(received) / seconds);
    return sent > 0 ? out + ", " + text::human_size(sent) + " sent" : out;
}

std::vector<StyledText> render_table(std::span<const ResultRow> rows, std::size_t width,
                                     double seconds) {
    std::vector<Cells> table{{"name", "result", "size", "time", "speed", "ratio"}};
    for (const auto& row : rows)
        table.push_back(cells_of(row));
    auto out = lines_of(table, rows, width);
    if (rows.size() < 2) return out;
    for (const auto& line : wrap(render_sum(rows, seconds), width))
        out.emplace_back(line, Style::strong);
    return out;
}

std::string render_result(const ResultRow& row) {
    const auto& s = row.status;
    if (row.code != ExitCode::ok) return row.name + ": " + row.message;
    auto out = row.name + ": " + result_word(row) + ", " + text::human_size(s.length);
    if (!row.seeded && s.downloaded == 0) return out + ", all there already";
    out += " in " + time_taken(s.active_seconds);
    if (s.downloaded > 0) out += ", " + text::human_rate(average_rate(s));
    return out + ", ratio " + decimal(ratio(s), 2);
}

}  // namespace bt::cli
