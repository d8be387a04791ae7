#include "cli/screen.hpp"

#include <algorithm>
#include <numeric>

#include "cli/columns.hpp"
#include "cli/render.hpp"

namespace bt::cli {

namespace {

using session::TorrentState;

/// What is shown first when there is no room for all.
int importance(const View& view) {
    switch (view.status.state) {
        case TorrentState::downloading:
            return view.reason.empty() ? 0 : 2;
        case TorrentState::metadata:
            return view.reason.empty() ? 1 : 2;
        case TorrentState::known:
        case TorrentState::checking:
        case TorrentState::syncing:
            return 1;
        default:
            return 3;
    }
}

/// The `room` most important of them, in their order.
std::vector<View> chosen(std::span<const View> views, std::size_t room) {
    std::vector<std::size_t> order(views.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return importance(views[a]) < importance(views[b]);
    });
    order.resize(std::min(room, order.size()));
    std::sort(order.begin(), order.end());
    std::vector<View> out;
    for (const auto index : order)
        out.push_back(views[index]);
    return out;
}

std::size_t waiting(std::size_t at_work, const Tally& tally) {
    const auto known = at_work + tally.complete + tally.failed;
    return tally.torrents > known ? tally.torrents - known : 0;
}

/// What is known of all of them adds up to a size: nothing waits, and all at work are known.
bool all_known(std::span<const View> views, std::size_t left) {
    return left == 0 && std::all_of(views.begin(), views.end(), [](const View& view) {
               return view.status.length > 0 || view.status.pieces > 0;
           });
}

/// "4 done, 1 failed, 20 waiting"; empty if there is none of them.
std::string counts(const Tally& tally, std::size_t left) {
    if (tally.complete + tally.failed + left == 0) return {};
    auto out = std::to_string(tally.complete) + " done";
    if (tally.failed > 0) out += ", " + std::to_string(tally.failed) + " failed";
    if (left > 0) out += ", " + std::to_string(left) + " waiting";
    return out;
}

}  // namespace

std::vector<StyledText> render_screen(std::span<const View> views, const Tally& tally,
                                      std::size_t width, std::size_t rows) {
    if (std::max(views.size(), tally.torrents) <= 1) return render_lines(views, width);
    const bool all = views.size() + 1 <= rows;
    const auto room = all ? views.size() : rows > 2 ? rows - 2 : 0;
    auto shown = chosen(views, room);
    shown.push_back(total_of(views, tally));
    auto out = render_lines(shown, width);
    if (!all && rows >= 2) {
        const auto hidden = "… and " + std::to_string(views.size() - room) + " more";
        out.insert(out.end() - 1, StyledText(fit(hidden, width), Style::faint));
    }
    return out;
}

View total_of(std::span<const View> views, const Tally& tally) {
    View out;
    const auto all = std::to_string(std::max(tally.torrents, views.size()));
    const auto left = waiting(views.size(), tally);
    const auto ended = tally.complete + tally.failed;
    const auto others = counts(tally, left);
    out.short_name =
        others.empty() ? "total of " + all : "total: " + std::to_string(ended) + " of " + all;
    if (!all_known(views, left)) out.counts = std::to_string(ended) + "/" + all;
    out.name = others.empty() ? out.short_name : "total of " + all + ": " + others;
    auto& sum = out.status;
    sum.state = TorrentState::seeding;
    sum.length = tally.length;
    sum.done = tally.length;
    sum.uploaded = tally.uploaded;
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
    // What waits takes a time that nobody knows, and its size is not known either.
    if (left > 0) sum.eta_seconds = -1;
    if (views.empty()) sum.state = TorrentState::downloading;
    return out;
}

}  // namespace bt::cli
