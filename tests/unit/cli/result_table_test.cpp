#include "cli/result_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "cli/columns.hpp"
#include "display_names.hpp"

namespace bt::cli {
namespace {

using testing::HasSubstr;

std::vector<ResultRow> results() {
    ResultRow good;
    good.name = "debian-12.0.0-amd64-netinst.iso";
    good.status.length = 2u << 30;
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
    const auto lines = render_table(results(), 200, 100);
    ASSERT_EQ(lines.size(), 4u);
    EXPECT_THAT(lines[0].text(), testing::MatchesRegex("name +result +size +time +speed +ratio"));
    EXPECT_THAT(lines[1].text(), HasSubstr("complete"));
    EXPECT_THAT(lines[1].text(), HasSubstr("2.0 GiB"));
    EXPECT_THAT(lines[1].text(), HasSubstr("1m 04s"));
    EXPECT_THAT(lines[1].text(), HasSubstr("32.0 MiB/s"));
    EXPECT_THAT(lines[1].text(), HasSubstr("0.50"));
    EXPECT_THAT(lines[2].text(), HasSubstr("bad torrent (26)"));
    EXPECT_EQ(
        lines[3].text(),
        "2 torrents: 1 complete, 1 failed (1 bad torrent); 2.0 GiB received in 1m 40s, 20.5 MiB/s, "
        "1.0 GiB sent");
}

TEST(RenderTable, SumsUpSeveralOnly) {
    const auto rows = results();
    EXPECT_EQ(render_table({rows.data(), 1}, 200, 100).size(), 2u);
}

TEST(RenderTable, FitsEveryWidthWhateverTheNames) {
    const auto seed = std::random_device{}();
    std::mt19937 rng(seed);
    for (std::size_t width = 20; width <= 300; ++width) {
        auto rows = results();
        for (auto& row : rows)
            row.name = random_name(rng);
        for (const auto& line : render_table(rows, width, 100))
            EXPECT_LE(line.columns(), width) << "seed " << seed << ": " << line.text();
    }
}

TEST(RenderTable, FitsEveryWidth) {
    for (std::size_t width = 1; width <= 250; ++width) {
        for (const auto& line : render_table(results(), width, 100)) {
            EXPECT_LE(line.columns(), width) << line.text();
        }
    }
}

TEST(RenderTable, AlignsItsColumns) {
    const auto lines = render_table(results(), 80, 100);
    const auto before = [](const StyledText& line, const char* word) {
        return columns(std::string_view(line.text()).substr(0, line.text().find(word)));
    };
    EXPECT_EQ(before(lines[0], "result"), before(lines[1], "complete"));
}

TEST(RenderTable, TellsWhatWasNeverBegunFromWhatWasStopped) {
    auto rows = results();
    rows.resize(3, rows[0]);
    rows[1] = rows[2] = {};
    rows[1].name = "waited";
    rows[2].name = "begun";
    rows[1].code = rows[2].code = ExitCode::interrupted;
    rows[2].begun = true;
    rows[2].status.length = 8;
    rows[2].status.done = 2;
    const auto lines = render_table(rows, 80, 100);
    EXPECT_THAT(lines[2].text(), testing::MatchesRegex("waited +not started +- .*"));
    EXPECT_THAT(lines[3].text(), testing::MatchesRegex("begun +stopped at 25.0% .*"));
    EXPECT_THAT(render_sum(rows, 1),
                testing::StartsWith("3 torrents: 1 complete, 1 stopped, 1 not started; "));
}

TEST(RenderTable, WrapsTheSumBetweenWords) {
    const auto lines = render_table(results(), 40, 100);
    ASSERT_GT(lines.size(), 4u);
    EXPECT_EQ(lines[3].text(), "2 torrents: 1 complete, 1 failed (1 bad");
    EXPECT_EQ(lines[4].text(), "torrent); 2.0 GiB received in 1m 40s,");
}

TEST(RenderTable, InAFewColumnsHasNameAndResultInWords) {
    const auto rows = results();
    const auto lines = render_table({&rows[1], 1}, 20, 100);
    ASSERT_EQ(lines.size(), 2u);
    EXPECT_EQ(lines[0].text(), "broken.torrent: bad");
    EXPECT_EQ(lines[1].text(), "torrent (26)");
}

TEST(RenderSum, CountsWhatFailedByItsReason) {
    std::vector<ResultRow> rows(6);
    for (std::size_t i = 1; i < rows.size(); ++i)
        rows[i].code = i == 3 ? ExitCode::stalled : ExitCode::no_peer;
    EXPECT_EQ(render_sum(rows, 185),
              "6 torrents: 1 complete, 5 failed (4 no peer, 1 stalled); 0 B received in 3m 05s");
}

TEST(RenderSum, TellsWhatWasSeededFromWhatWasFetched) {
    std::vector<ResultRow> rows(2);
    rows[0].seeded = rows[1].seeded = true;
    EXPECT_THAT(render_sum(rows, 1), testing::StartsWith("2 torrents: 2 seeded; "));
}

TEST(RenderResult, TellsATimeOfMilliseconds) {
    auto row = results()[0];
    row.status.active_seconds = 0.0204;
    EXPECT_THAT(render_result(row), HasSubstr(" in 21ms, "));
}

TEST(RenderResult, SaysThatNothingWasSynced) {
    auto rows = results();
    rows[0].status.unsynced = true;
    EXPECT_THAT(render_result(rows[0]), HasSubstr(": complete, not synced, 2.0 GiB in"));
    EXPECT_THAT(render_table(rows, 80, 100)[1].text(), HasSubstr("complete, not synced"));
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
