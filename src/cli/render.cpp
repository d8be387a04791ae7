#include "cli/render.hpp"

#include <algorithm>
#include <array>

#include "bt/text/size.hpp"
#include "cli/columns.hpp"
#include "cli/reason.hpp"

namespace bt::cli {

namespace {

using session::TorrentState;
using session::TorrentStatus;

constexpr std::string_view kGap = "  ";
// Columns that a name has before fields fall away, and before there is a bar. Of several torrents
// the name has to tell which is which.
constexpr std::size_t kLeastName = 18;
constexpr std::size_t kGoodName = 24;
constexpr std::size_t kTightName = 8;  // before the rate goes
constexpr std::size_t kLeastNameAlone = 12;
constexpr std::size_t kGoodNameAlone = 14;
constexpr std::size_t kLeastBar = 10;
constexpr std::size_t kMostBar = 40;

/// The fields behind the name, in the order in which they matter.
enum Field : std::size_t { kPercent, kAmount, kDown, kUp, kPeers, kLeft, kFields };

/// How much a field says, from "3s 12p" to "3 seeds, 12 peers".
enum class Detail : std::uint8_t { brief, worded, full };

/// A line before it is known how wide its columns are.
struct Row {
    std::array<std::string, kFields> fields;
    std::string words;  // in place of the fields from `words_at` on
    std::size_t words_at = kFields;
    Style style = Style::plain;  // of the words
    Style bar = Style::good;
    double part = 0;  // of the bar
    bool has_bar = false;
};

double checked_share(const TorrentStatus& status) {
    return share(status.checked, status.to_check);
}

/// "checking 43%  1.9 GiB/s  12s left"
std::string checking_words(const View& view) {
    const auto& s = view.status;
    if (s.to_check == 0) return view.check;
    auto out = view.check + " " + whole_percent(checked_share(s));
    if (s.check_rate <= 0) return out;
    out += "  " + text::human_rate(s.check_rate);
    if (s.checked >= s.to_check) return out;
    return out + "  " + time_left(static_cast<double>(s.to_check - s.checked) / s.check_rate) +
           " left";
}

class Fields {
public:
    Fields(const View& view, Detail detail)
        : s_(view.status),
          part_known_(view.counts.empty()),
          brief_(detail == Detail::brief),
          full_(detail == Detail::full) {}

    [[nodiscard]] std::array<std::string, kFields> of_download() const {
        std::array<std::string, kFields> out;
        if (part_known_) out[kPercent] = pad_left(percent(share(s_.done, s_.length)), 5);
        out[kAmount] = pad_left(size(s_.done), full_ ? 8 : 5);
        if (part_known_) out[kAmount] += "/" + size(s_.length);
        out[kDown] = "↓" + rate(s_.down_rate);
        out[kUp] = "↑" + rate(s_.up_rate);
        out[kPeers] = peers();
        if (s_.eta_seconds >= 0) out[kLeft] = time_left(s_.eta_seconds) + (brief_ ? "" : " left");
        // As wide as "12h 05m", so that the bar behind it keeps its place.
        out[kLeft] = pad_right(out[kLeft], brief_ ? 7 : 12);
        return out;
    }
    [[nodiscard]] std::array<std::string, kFields> of_seeding() const {
        std::array<std::string, kFields> out;
        if (part_known_) out[kPercent] = pad_left(percent(share(s_.done, s_.length)), 5);
        out[kAmount] = pad_left(size(s_.uploaded), full_ ? 8 : 5) + " sent";
        out[kDown] = "seeding";
        out[kUp] = "↑" + rate(s_.up_rate);
        out[kPeers] = brief_ ? std::to_string(s_.peers) + "p" : count(s_.peers, "peer");
        out[kLeft] = "ratio " + decimal(ratio(s_), 2);
        return out;
    }

private:
    [[nodiscard]] std::string size(std::uint64_t bytes) const {
        return full_ ? text::human_size(bytes) : short_size(static_cast<double>(bytes));
    }
    [[nodiscard]] std::string rate(double bytes_per_s) const {
        return full_ ? pad_left(text::human_rate(bytes_per_s), 10)
                     : pad_left(short_size(bytes_per_s), 5);
    }
    [[nodiscard]] std::string peers() const {
        if (brief_) return std::to_string(s_.seeds) + "s " + std::to_string(s_.peers) + "p";
        return count(s_.seeds, "seed") + ", " + count(s_.peers, "peer");
    }

    const TorrentStatus& s_;
    bool part_known_;
    bool brief_;
    bool full_;
};

Row row_of(const View& view, Detail detail) {
    const auto& s = view.status;
    Row row;
    row.part = share(s.done, s.length);
    switch (s.state) {
        case TorrentState::checking:
            row.words = checking_words(view);
            row.words_at = 0;
            row.part = checked_share(s);
            row.has_bar = s.to_check > 0;
            row.bar = Style::busy;
            break;
        case TorrentState::syncing:
            row.words = "syncing";
            if (s.to_sync > 0) row.words += " " + whole_percent(share(s.synced, s.to_sync));
            row.words_at = 0;
            row.part = share(s.synced, s.to_sync);
            row.has_bar = s.to_sync > 0;
            row.bar = Style::busy;
            break;
        case TorrentState::metadata:
        case TorrentState::known:
            row.words = view.reason.empty() ? metadata_words(s) : view.reason;
            row.words_at = 0;
            row.part = share(s.metadata_pieces, s.metadata_of);
            row.has_bar = s.metadata_of > 0 && view.reason.empty();
            row.bar = Style::busy;
            break;
        case TorrentState::seeding:
            row.fields = Fields(view, detail).of_seeding();
            break;
        default:
            row.fields = Fields(view, detail).of_download();
            row.has_bar = view.reason.empty() && view.counts.empty();
            if (!view.reason.empty()) {
                row.words = view.reason;
                row.words_at = kDown;
                row.style = Style::warning;
            }
            break;
    }
    return row;
}

const std::string& short_name(const View& view) {
    return view.short_name.empty() ? view.name : view.short_name;
}

/// "━━━━━━╸─────": halves of a column are told apart, and both ends also without colour.
void append_bar(StyledText& line, double part, std::size_t width, Style style) {
    const auto halves = static_cast<std::size_t>(part * static_cast<double>(2 * width));
    std::string done;
    std::string rest;
    for (std::size_t i = 0; i < width; ++i) {
        if (2 * i + 1 < halves) {
            done += "━";
        } else if (2 * i < halves) {
            done += "╸";
        } else {
            rest += "─";
        }
    }
    line.append(kGap).append(done, style);
    if (!rest.empty()) line.append(rest, Style::faint);
}

/// How a group of lines shares its width.
class Layout {
public:
    Layout(std::span<const View> views, std::size_t width) : width_(width) {
        for (const auto& view : views)
            longest_name_ = std::max(longest_name_, columns(short_name(view)));
        const bool alone = views.size() == 1;
        least_name_ = std::min(alone ? kLeastNameAlone : kLeastName, longest_name_);
        good_name_ = std::min(alone ? kGoodNameAlone : kGoodName, longest_name_);
        // Words and units in full where a good name and a bar have room beside them.
        for (const auto detail : {Detail::full, Detail::worded, Detail::brief}) {
            fill(views, detail);
            const auto wish = std::min(longest_name_, kGoodName);
            if (wish + fields_width(kFields) + kGap.size() + kLeastBar <= width_) break;
        }
        share_out();
    }

    [[nodiscard]] StyledText line(std::size_t index, const View& view) const {
        const auto& row = rows_[index];
        const bool fits = columns(view.name) <= name_;
        StyledText out(fit_middle(fits ? view.name : short_name(view), name_));
        out.pad(name_);
        for (std::size_t i = 0; i < count_ && i < row.words_at; ++i) {
            // Words have the room of what tells less.
            const auto words_need = kGap.size() + columns(row.words);
            const bool tight = out.columns() + kGap.size() + widths_[i] + words_need > width_;
            if (row.words_at < kFields && i > kPercent && tight) break;
            out.append(kGap).append(aligned(row.fields[i], i));
        }
        if (row.words_at < kFields) out.append(kGap).append(row.words, row.style);
        if (row.has_bar && bar_ > 0 && out.columns() <= bar_at_) {
            out.pad(bar_at_);
            append_bar(out, row.part, bar_, row.bar);
        }
        return out.fit(width_);
    }

private:
    void fill(std::span<const View> views, Detail detail) {
        rows_.clear();
        widths_ = {};
        words_ = 0;
        for (const auto& view : views) {
            rows_.push_back(row_of(view, detail));
            const auto& row = rows_.back();
            for (std::size_t i = 0; i < std::min<std::size_t>(kFields, row.words_at); ++i)
                widths_[i] = std::max(widths_[i], columns(row.fields[i]));
            if (row.words_at < kFields) words_ = std::max(words_, columns(row.words));
        }
    }
    [[nodiscard]] std::size_t fields_width(std::size_t count) const {
        std::size_t out = 0;
        for (std::size_t i = 0; i < count; ++i)
            out += widths_[i] > 0 ? kGap.size() + widths_[i] : 0;
        return out;
    }
    [[nodiscard]] std::string aligned(const std::string& field, std::size_t i) const {
        // Numbers end in one column; amounts and times begin in one.
        const bool to_the_left = i == kAmount || i == kLeft || i == kDown;
        return to_the_left ? pad_right(field, widths_[i]) : pad_left(field, widths_[i]);
    }
    void share_out() {
        const auto drop = [this](std::size_t keep) {
            while (count_ > keep && least_name_ + fields_width(count_) > width_)
                --count_;
        };
        drop(kDown + 1);
        if (count_ == kDown + 1 && words_ == 0) least_name_ = std::min(least_name_, kTightName);
        drop(1);
        // A reason tells more than the rest of a name that is known from its beginning and end.
        const auto percent = widths_[kPercent] > 0 ? kGap.size() + widths_[kPercent] : 0;
        const auto taken = least_name_ + percent + kGap.size();
        const auto most = std::max(width_ / 2, width_ > taken ? width_ - taken : 0);
        const auto words = kGap.size() + std::min(words_, most) + percent;
        const auto others = std::max(fields_width(count_), words_ > 0 ? words : 0);
        auto room = others < width_ ? width_ - others : 0;
        const auto with_bar = kGap.size() + kLeastBar;
        const bool has_bar = count_ == kFields && room >= with_bar + good_name_;
        if (has_bar) room -= with_bar;
        name_ = std::max(least_name_, std::min(room, longest_name_));
        bar_at_ = name_ + others;
        if (has_bar) bar_ = std::min(width_ - bar_at_ - kGap.size(), kMostBar);
    }

    std::size_t width_;
    std::size_t longest_name_ = 0;
    std::size_t least_name_ = 0;
    std::size_t good_name_ = 0;
    std::vector<Row> rows_;
    std::array<std::size_t, kFields> widths_{};
    std::size_t words_ = 0;        // columns of the longest words
    std::size_t count_ = kFields;  // of the fields that have room
    std::size_t name_ = 0;
    std::size_t bar_at_ = 0;
    std::size_t bar_ = 0;  // columns, 0 = none
};

/// Percent and speed, for a terminal of a few columns.
StyledText narrow_line(const View& view, std::size_t width) {
    const auto& s = view.status;
    const bool checking = s.state == TorrentState::checking;
    const auto part = checking ? checked_share(s) : share(s.done, s.length);
    const auto rate = checking                           ? s.check_rate
                      : s.state == TorrentState::seeding ? s.up_rate
                                                         : s.down_rate;
    auto line = pad_left(view.counts.empty() || checking ? percent(part) : view.counts, 5);
    const auto speed = pad_left(text::human_rate(rate), 10);
    if (columns(line) + kGap.size() + columns(speed) <= width) line.append(kGap).append(speed);
    return StyledText(fit(line, width), view.reason.empty() ? Style::plain : Style::warning);
}

}  // namespace

std::vector<StyledText> render_lines(std::span<const View> views, std::size_t width) {
    std::vector<StyledText> out;
    if (width < kNarrow) {
        for (const auto& view : views)
            out.push_back(narrow_line(view, width));
        return out;
    }
    const Layout layout(views, width);
    for (std::size_t i = 0; i < views.size(); ++i)
        out.push_back(layout.line(i, views[i]));
    return out;
}

std::string render_plain(const View& view) {
    const auto& s = view.status;
    const auto amount = amount_done(s);
    auto out = view.name + ": ";
    switch (s.state) {
        case TorrentState::metadata:
        case TorrentState::known:
            return out + (view.reason.empty() ? metadata_words(s) : view.reason);
        case TorrentState::checking:
            out += view.check;
            if (s.checked > 0) out += " " + whole_percent(checked_share(s));
            if (s.check_rate > 0) out += ", " + text::human_rate(s.check_rate);
            return out;
        case TorrentState::downloading:
            out += "downloading, " + amount;
            if (!view.reason.empty()) return out + ", " + view.reason;
            if (s.peers == 0 && s.down_rate <= 0) return out;
            out +=
                ", down " + text::human_rate(s.down_rate) + ", up " + text::human_rate(s.up_rate);
            out += ", " + count(s.seeds, "seed") + ", " + count(s.peers, "peer");
            if (s.eta_seconds >= 0) out += ", " + time_left(s.eta_seconds) + " left";
            return out;
        case TorrentState::syncing:
            out += "all there, syncing";
            if (s.to_sync > 0) out += " " + whole_percent(share(s.synced, s.to_sync));
            return out;
        case TorrentState::seeding:
            return out + "seeding, up " + text::human_rate(s.up_rate) + ", " +
                   text::human_size(s.uploaded) + " sent, ratio " + decimal(ratio(s), 2) + ", " +
                   count(s.peers, "peer");
        case TorrentState::finished:
            return out + "finished, " + text::human_size(s.length);
        case TorrentState::failed:
            return out + "failed: " + s.error.message;
        case TorrentState::stopped:
            return out + "stopped, " + amount;
    }
    return out;
}

}  // namespace bt::cli
