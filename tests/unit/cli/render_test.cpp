#include "cli/render.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "cli/columns.hpp"
#include "cli/screen.hpp"
#include "display_names.hpp"

namespace bt::cli {
namespace {

using session::TorrentState;
using testing::HasSubstr;
using testing::Not;

View downloading() {
    View view;
    view.name = "debian-12.0.0-amd64-netinst.iso";
    view.status.state = TorrentState::downloading;
    view.status.length = 2u << 30;
    view.status.done = 900u << 20;
    view.status.down_rate = 12.3 * (1 << 20);
    view.status.up_rate = 345 * 1024;
    view.status.peers = 12;
    view.status.seeds = 3;
    view.status.eta_seconds = 95;
    return view;
}

std::string render_line(const View& view, std::size_t width) {
    return render_lines({&view, 1}, width).front().text();
}

/// Every kind of line there is.
std::vector<View> all_kinds() {
    std::vector<View> out(6, downloading());
    out[1].reason = "no peers: tracker.example answered \"unregistered torrent\", and so on";
    out[2].status.state = TorrentState::checking;
    out[2].status.to_check = 1u << 30;
    out[2].status.checked = 1u << 28;
    out[2].status.check_rate = 1u << 20;
    out[3].status.state = TorrentState::seeding;
    out[4].status.state = TorrentState::syncing;
    out[4].status.to_sync = 1;
    out[5].status = {};
    return out;
}

TEST(RenderLine, FitsEveryWidth) {
    for (const auto& view : all_kinds()) {
        for (std::size_t width = 0; width <= 250; ++width) {
            EXPECT_LE(columns(render_line(view, width)), width) << render_line(view, width);
        }
    }
}

TEST(RenderLine, At200ColumnsHasEverything) {
    const auto line = render_line(downloading(), 200);
    EXPECT_THAT(line, HasSubstr("debian-12.0.0-amd64-netinst.iso"));
    EXPECT_THAT(line, HasSubstr("43.9%"));
    EXPECT_THAT(line, HasSubstr("900 MiB/2.0 GiB"));
    EXPECT_THAT(line, HasSubstr("↓12.3 MiB/s"));
    EXPECT_THAT(line, HasSubstr("↑ 345 KiB/s"));
    EXPECT_THAT(line, HasSubstr("3 seeds, 12 peers"));
    EXPECT_THAT(line, HasSubstr("1m 35s left"));
    EXPECT_THAT(line, HasSubstr("━━━━"));
}

TEST(RenderLine, At80ColumnsStillHasTheTimeLeft) {
    const auto line = render_line(downloading(), 80);
    EXPECT_THAT(line, HasSubstr("debian-12"));
    EXPECT_THAT(line, HasSubstr("43.9%"));
    EXPECT_THAT(line, HasSubstr("12.3M"));
    EXPECT_THAT(line, HasSubstr("1m 35s"));
}

TEST(RenderLine, AtTheLeastWidthLosesTheFieldsOfTheRight) {
    const auto line = render_line(downloading(), kNarrow);
    EXPECT_THAT(line, HasSubstr("debian"));
    EXPECT_THAT(line, HasSubstr("43.9%"));
    EXPECT_THAT(line, Not(HasSubstr("1m 35s")));
}

TEST(RenderLines, AtTheLeastWidthNamesShrinkSoThatPercentAndSpeedFit) {
    std::vector views(5, downloading());
    for (std::size_t i = 0; i < views.size(); ++i)
        views[i].name = "a-long-name-of-" + std::to_string(i) + ".iso";
    for (const auto& line : render_screen(views, {}, kNarrow, 24)) {
        EXPECT_THAT(line.text(), HasSubstr("43.9%"));
        EXPECT_THAT(line.text(), HasSubstr("↓"));
    }
}

TEST(RenderLine, UnderItIsPercentAndSpeed) {
    EXPECT_EQ(render_line(downloading(), kNarrow - 1), "43.9%  12.3 MiB/s");
    EXPECT_EQ(render_line(downloading(), 20), "43.9%  12.3 MiB/s");
    EXPECT_EQ(render_line(downloading(), 10), "43.9%");
}

TEST(RenderLine, NeverRoundsUpToAHundred) {
    auto view = downloading();
    view.status.done = view.status.length - 1;
    EXPECT_THAT(render_line(view, 80), HasSubstr("99.9%"));
    view.status.done = view.status.length;
    EXPECT_THAT(render_line(view, 80), HasSubstr("100%"));
}

TEST(RenderLine, SaysHowFastItChecks) {
    auto view = downloading();
    view.status.state = TorrentState::checking;
    view.status.checked = 43;
    view.status.to_check = 100;
    view.status.check_rate = 1.9 * (1 << 30);
    EXPECT_THAT(render_line(view, 80), HasSubstr("checking 43%  1.9 GiB/s"));
}

TEST(RenderLine, PutsTheReasonInPlaceOfTheRates) {
    auto view = downloading();
    view.reason = "all 12 peers choke us";
    const auto line = render_line(view, 80);
    EXPECT_THAT(line, HasSubstr("all 12 peers choke us"));
    EXPECT_THAT(line, Not(HasSubstr("↓")));
}

TEST(RenderLine, ShowsNoTimeLeftThatIsNotKnown) {
    auto view = downloading();
    view.status.eta_seconds = -1;
    EXPECT_THAT(render_line(view, 200), Not(HasSubstr("left")));
}

TEST(RenderLines, HaveCommonColumns) {
    std::vector views{downloading(), downloading(), downloading()};
    views[1].name = "x";
    views[1].status.length = 1000;
    views[1].status.done = 7;
    views[2].name = "映画";
    views[2].status.eta_seconds = -1;
    for (const std::size_t width : {60u, 80u, 200u}) {
        const auto lines = render_lines(views, width);
        const auto before = [&](std::size_t i) {
            const std::string_view line = lines[i].text();
            return columns(line.substr(0, line.find("↓")));
        };
        EXPECT_EQ(before(0), before(1)) << lines[0].text() << "\n" << lines[1].text();
        EXPECT_EQ(before(0), before(2)) << lines[0].text() << "\n" << lines[2].text();
    }
}

TEST(RenderLines, FitEveryWidthWhateverTheNames) {
    const auto seed = std::random_device{}();
    std::mt19937 rng(seed);
    for (std::size_t width = 20; width <= 300; ++width) {
        auto views = all_kinds();
        for (auto& view : views)
            view.name = random_name(rng);
        for (const auto& line : render_screen(views, {}, width, 24))
            EXPECT_LE(line.columns(), width) << "seed " << seed << ": " << line.text();
    }
}

TEST(RenderLines, HaveABarAtOnePlaceWhereThereIsRoom) {
    std::vector views(3, downloading());
    views[1].name = "x";
    views[1].status.done = 0;
    views[2].status.state = TorrentState::checking;
    views[2].status.to_check = 2;
    views[2].status.checked = 1;
    const auto lines = render_lines(views, 120);
    const auto at = [&](std::size_t i, const char* bar) {
        const std::string_view line = lines[i].text();
        return columns(line.substr(0, line.find(bar)));
    };
    EXPECT_EQ(at(0, "━"), at(1, "─"));
    EXPECT_EQ(at(0, "━"), at(2, "━"));
}

TEST(RenderLines, LeaveHalfOfTheLineToAReason) {
    auto view = downloading();
    view.name = std::string(100, 'n');
    view.reason = std::string(100, 'r');
    const auto line = render_line(view, 80);
    EXPECT_GE(std::count(line.begin(), line.end(), 'r'), 38);
    EXPECT_THAT(line, HasSubstr("43.9%"));
}

TEST(RenderScreen, ShowsAllAndATotalWhereTheyFit) {
    const std::vector views(3, downloading());
    const auto lines = render_screen(views, {}, 80, 4);
    ASSERT_EQ(lines.size(), 4u);
    EXPECT_THAT(lines[3].text(), HasSubstr("total of 3"));
}

TEST(RenderScreen, NeedsNoTotalForOne) {
    EXPECT_EQ(render_screen(std::vector{downloading()}, {}, 80, 24).size(), 1u);
}

TEST(RenderScreen, CountsWhatHasNoRoom) {
    const std::vector views(15, downloading());
    const auto lines = render_screen(views, {}, 80, 5);
    ASSERT_EQ(lines.size(), 5u);
    EXPECT_EQ(lines[3].text(), "… and 12 more");
    EXPECT_THAT(lines[4].text(), HasSubstr("total of 15"));
}

TEST(RenderScreen, HasNeverMoreLinesThanRows) {
    for (std::size_t count = 0; count < 6; ++count) {
        const std::vector views(count, downloading());
        for (std::size_t rows = 1; rows < 9; ++rows)
            EXPECT_LE(render_screen(views, {}, 80, rows).size(), rows) << count;
    }
}

TEST(RenderScreen, ShowsThoseThatMoveWhereThereIsNoRoomForAll) {
    auto views = all_kinds();
    for (std::size_t i = 0; i < views.size(); ++i)
        views[i].name = "torrent " + std::to_string(i);
    std::rotate(views.begin(), views.begin() + 1, views.end());
    const auto lines = render_screen(views, {}, 80, 4);
    ASSERT_EQ(lines.size(), 4u);
    EXPECT_THAT(lines[0].text(), HasSubstr("torrent 2"));
    EXPECT_THAT(lines[1].text(), HasSubstr("torrent 0"));
}

TEST(RenderTotal, SumsUp) {
    const std::vector views{downloading(), downloading()};
    const auto total = total_of(views, {});
    EXPECT_EQ(total.status.length, std::uint64_t{4} << 30);
    EXPECT_EQ(total.status.peers, 24u);
    EXPECT_THAT(render_line(total, 200), HasSubstr("total of 2"));
    EXPECT_THAT(render_line(total, 200), HasSubstr("24.6 MiB/s"));
}

TEST(RenderTotal, CountsWhatHasEndedAndWhatWaits) {
    const std::vector views{downloading()};
    Tally tally;
    tally.torrents = 30;
    tally.complete = 4;
    tally.failed = 1;
    tally.length = 6u << 20;
    tally.length <<= 10;  // 6 GiB, all there
    const auto total = total_of(views, tally);
    EXPECT_EQ(total.name, "total of 30: 4 done, 1 failed, 24 waiting");
    EXPECT_EQ(total.status.length, std::uint64_t{8} << 30);
    EXPECT_LT(total.status.eta_seconds, 0);
    EXPECT_EQ(total.short_name, "total: 5 of 30");
}

TEST(RenderTotal, HasNoPercentWhileSizesAreUnknown) {
    const std::vector views{downloading()};
    Tally tally;
    tally.torrents = 30;
    tally.failed = 3;
    const auto line = render_screen(views, tally, 100, 24).back().text();
    EXPECT_THAT(line, testing::MatchesRegex("total: 3 of 30 +900 ?Mi?B? +↓.*"));
    EXPECT_EQ(render_screen(views, tally, 30, 24).back().text(), " 3/30  12.3 MiB/s");
    tally.torrents = 4;
    EXPECT_THAT(render_screen(views, tally, 100, 24).back().text(), HasSubstr("43.9%"));
    EXPECT_THAT(render_screen(std::vector{View{}, downloading()}, {}, 100, 24).back().text(),
                Not(HasSubstr("%")))
        << "what one of them holds is not known yet";
}

TEST(RenderTotal, StaysWhenOneOfSeveralIsLeft) {
    Tally tally;
    tally.torrents = 2;
    tally.complete = 1;
    const auto lines = render_screen(std::vector{downloading()}, tally, 80, 24);
    ASSERT_EQ(lines.size(), 2u);
    EXPECT_THAT(lines[1].text(), HasSubstr("total of 2: 1 done"));
}

TEST(RenderPlain, IsOneLineOfWords) {
    EXPECT_EQ(render_plain(downloading()),
              "debian-12.0.0-amd64-netinst.iso: downloading, 43.9%, 900 MiB of 2.0 GiB, down 12.3 "
              "MiB/s, up 345 KiB/s, 3 seeds, 12 peers, 1m 35s left");
}

TEST(RenderPlain, HasNeitherLineEndNorCarriageReturn) {
    for (const auto state :
         {TorrentState::checking, TorrentState::downloading, TorrentState::seeding,
          TorrentState::finished, TorrentState::failed, TorrentState::stopped}) {
        auto view = downloading();
        view.status.state = state;
        EXPECT_EQ(render_plain(view).find_first_of("\r\n\x1b"), std::string::npos);
    }
}

TEST(RenderLine, TellsHowFarTheSyncIs) {
    auto view = downloading();
    view.status.state = TorrentState::syncing;
    view.status.synced = 30;
    view.status.to_sync = 40;
    EXPECT_THAT(render_line(view, 80), HasSubstr("syncing 75%"));
    EXPECT_THAT(render_plain(view), HasSubstr("syncing 75%"));
}

}  // namespace
}  // namespace bt::cli
