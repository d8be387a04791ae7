#include "cli/render.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/columns.hpp"

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

TEST(RenderLine, FitsEveryWidth) {
    auto stuck = downloading();
    stuck.reason = "no peers: tracker.example answered \"unregistered torrent\", and so on";
    auto checking = downloading();
    checking.status.state = TorrentState::checking;
    auto seeding = downloading();
    seeding.status.state = TorrentState::seeding;
    auto wide = downloading();
    wide.name = "映画映画映画映画映画映画映画映画映画映画映画映画映画";
    auto syncing = downloading();
    syncing.status.state = TorrentState::syncing;
    syncing.status.to_sync = 1;
    for (const auto& view : {downloading(), stuck, checking, seeding, syncing, wide}) {
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
    EXPECT_THAT(line, HasSubstr("3/12 peers"));
    EXPECT_THAT(line, HasSubstr("1m 35s left"));
    EXPECT_THAT(line, HasSubstr("[####"));
}

TEST(RenderLine, At80ColumnsStillHasTheTimeLeft) {
    const auto line = render_line(downloading(), 80);
    EXPECT_THAT(line, HasSubstr("debian-12"));
    EXPECT_THAT(line, HasSubstr("43.9%"));
    EXPECT_THAT(line, HasSubstr("12.3M"));
    EXPECT_THAT(line, HasSubstr("1m 35s"));
}

TEST(RenderLine, At40ColumnsLosesTheFieldsOfTheRight) {
    const auto line = render_line(downloading(), 40);
    EXPECT_THAT(line, HasSubstr("debian"));
    EXPECT_THAT(line, HasSubstr("43.9%"));
    EXPECT_THAT(line, Not(HasSubstr("1m 35s")));
}

TEST(RenderLine, Under40ColumnsIsPercentAndSpeed) {
    EXPECT_EQ(render_line(downloading(), 39), "43.9%  12.3 MiB/s");
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
    EXPECT_THAT(render_line(view, 80), HasSubstr("checking 43.0%  1.9 GiB/s"));
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
        const auto before = [](const std::string& line) {
            return columns(std::string_view(line).substr(0, line.find("↓")));
        };
        EXPECT_EQ(before(lines[0]), before(lines[1])) << lines[0] << "\n" << lines[1];
        EXPECT_EQ(before(lines[0]), before(lines[2])) << lines[0] << "\n" << lines[2];
    }
}

TEST(RenderTotal, SumsUp) {
    const std::vector views{downloading(), downloading()};
    const auto total = total_of(views);
    EXPECT_EQ(total.status.length, std::uint64_t{4} << 30);
    EXPECT_EQ(total.status.peers, 24u);
    EXPECT_THAT(render_line(total, 200), HasSubstr("total of 2"));
    EXPECT_THAT(render_line(total, 200), HasSubstr("24.6 MiB/s"));
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

std::vector<ResultRow> results() {
    ResultRow good;
    good.name = "debian-12.0.0-amd64-netinst.iso";
    good.status = downloading().status;
    good.status.done = good.status.length;
    good.status.downloaded = good.status.length;
    good.status.uploaded = good.status.length / 2;
    good.status.active_seconds = 64;
    ResultRow bad;
    bad.name = "broken.torrent";
    bad.code = ExitCode::torrent;
    bad.message = "the field 'pieces' is missing from the info dictionary of the torrent";
    return {good, bad};
}

TEST(RenderTable, HasAHeadingAndARowEach) {
    const auto lines = render_table(results(), 200);
    ASSERT_EQ(lines.size(), 3u);
    EXPECT_THAT(lines[0], testing::MatchesRegex("name +result +size +time +speed +ratio"));
    EXPECT_THAT(lines[1], HasSubstr("complete"));
    EXPECT_THAT(lines[1], HasSubstr("2.0 GiB"));
    EXPECT_THAT(lines[1], HasSubstr("1m 04s"));
    EXPECT_THAT(lines[1], HasSubstr("32.0 MiB/s"));
    EXPECT_THAT(lines[1], HasSubstr("0.50"));
    EXPECT_THAT(lines[2], HasSubstr("failed (26)"));
}

TEST(RenderTable, FitsEveryWidth) {
    for (std::size_t width = 1; width <= 250; ++width) {
        for (const auto& line : render_table(results(), width)) {
            EXPECT_LE(columns(line), width) << line;
        }
    }
}

TEST(RenderTable, AlignsItsColumns) {
    const auto lines = render_table(results(), 80);
    const auto before = [](const std::string& line, const char* word) {
        return columns(std::string_view(line).substr(0, line.find(word)));
    };
    EXPECT_EQ(before(lines[0], "result"), before(lines[1], "complete"));
}

TEST(RenderResult, SaysThatNothingWasSynced) {
    auto rows = results();
    rows[0].status.unsynced = true;
    EXPECT_THAT(render_result(rows[0]), HasSubstr(": complete, not synced, 2.0 GiB in"));
    EXPECT_THAT(render_table(rows, 80)[1], HasSubstr("complete, not synced"));
}

TEST(RenderLine, TellsHowFarTheSyncIs) {
    auto view = downloading();
    view.status.state = TorrentState::syncing;
    view.status.synced = 30;
    view.status.to_sync = 40;
    EXPECT_THAT(render_line(view, 80), HasSubstr("syncing 75.0%"));
    EXPECT_THAT(render_plain(view), HasSubstr("syncing 75.0%"));
}

TEST(RenderResult, TellsTheFailure) {
    EXPECT_EQ(render_result(results()[1]),
              "broken.torrent: the field 'pieces' is missing from the info dictionary of the "
              "torrent");
}

TEST(RenderResult, TellsSizeTimeSpeedAndRatio) {
    EXPECT_EQ(render_result(results()[0]),
              "debian-12.0.0-amd64-netinst.iso: complete, 2.0 GiB in 1m 04s, 32.0 MiB/s, ratio "
              "0.50");
}

TEST(RenderResult, SaysThatThereWasNothingToDo) {
    auto row = results()[0];
    row.status.downloaded = 0;
    EXPECT_EQ(render_result(row),
              "debian-12.0.0-amd64-netinst.iso: complete, 2.0 GiB, all there already");
}

}  // namespace
}  // namespace bt::cli
