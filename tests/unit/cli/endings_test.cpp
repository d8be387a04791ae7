#include "cli/endings.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace bt::cli {
namespace {

using namespace std::chrono_literals;
using session::TorrentState;
using session::TorrentStatus;
using Verdict = EndingWatch::Verdict;

constexpr TimePoint kStart{1h};

TorrentStatus in(TorrentState state) {
    TorrentStatus status;
    status.state = state;
    status.length = 1000;
    return status;
}

/// The second of the first verdict other than go_on, when `bytes_in` tells what is there after so
/// many seconds; -1 if none in ten minutes.
int second_of_verdict(const Endings& endings, auto bytes_in) {
    EndingWatch watch;
    auto status = in(TorrentState::downloading);
    for (int second = 0; second < 600; ++second) {
        status.downloaded = static_cast<std::uint64_t>(bytes_in(second));
        if (watch.judge(endings, status, kStart + second * 1s) != Verdict::go_on) return second;
    }
    return -1;
}

TEST(EndingWatch, ASlowTorrentIsGivenAMinute) {
    Endings endings;
    endings.lowest_speed = 100;
    EXPECT_EQ(second_of_verdict(endings, [](int s) { return s * 99; }), 60);
    EXPECT_EQ(second_of_verdict(endings, [](int s) { return s * 100; }), -1);
}

TEST(EndingWatch, TheSpeedIsTheAverageOfTheLastMinute) {
    Endings endings;
    endings.lowest_speed = 100;
    // A burst counts for as long as it lies in the window.
    EXPECT_EQ(second_of_verdict(endings, [](int s) { return s < 30 ? 0 : 6000; }), 90);
    EXPECT_EQ(second_of_verdict(endings, [](int s) { return std::min(s, 200) * 200; }), 231);
}

TEST(EndingWatch, WithoutALimitAnySpeedWillDo) {
    EXPECT_EQ(second_of_verdict({}, [](int) { return 0; }), -1);
}

TEST(EndingWatch, WhoIsHeldBackByItsReaderIsNotSlow) {
    Endings endings;
    endings.lowest_speed = 100;
    EndingWatch watch;
    auto status = in(TorrentState::downloading);
    EXPECT_EQ(watch.judge(endings, status, kStart), Verdict::go_on);
    status.held = true;
    EXPECT_EQ(watch.judge(endings, status, kStart + 100s), Verdict::go_on);
    status.held = false;
    EXPECT_EQ(watch.judge(endings, status, kStart + 101s), Verdict::go_on);
    EXPECT_EQ(watch.judge(endings, status, kStart + 160s), Verdict::go_on);
    EXPECT_EQ(watch.judge(endings, status, kStart + 161s), Verdict::too_slow);
}

TEST(EndingWatch, TheMinuteBeginsAgainAfterACheck) {
    Endings endings;
    endings.lowest_speed = 100;
    EndingWatch watch;
    EXPECT_EQ(watch.judge(endings, in(TorrentState::downloading), kStart), Verdict::go_on);
    EXPECT_EQ(watch.judge(endings, in(TorrentState::checking), kStart + 100s), Verdict::go_on);
    EXPECT_EQ(watch.judge(endings, in(TorrentState::downloading), kStart + 101s), Verdict::go_on);
    EXPECT_EQ(watch.judge(endings, in(TorrentState::downloading), kStart + 161s),
              Verdict::too_slow);
}

TEST(EndingWatch, ASeedEndsAtItsRatio) {
    Endings endings;
    endings.seed_ratio = 1.5;
    EndingWatch watch;
    auto status = in(TorrentState::seeding);
    status.uploaded = 1499;
    EXPECT_EQ(watch.judge(endings, status, kStart), Verdict::go_on);
    status.uploaded = 1500;
    EXPECT_EQ(watch.judge(endings, status, kStart), Verdict::seeded);
}

TEST(EndingWatch, ASeedEndsAtItsTimeCountedFromItsBeginning) {
    Endings endings;
    endings.seed_time = 90s;
    EndingWatch watch;
    EXPECT_EQ(watch.judge(endings, in(TorrentState::downloading), kStart), Verdict::go_on);
    EXPECT_EQ(watch.judge(endings, in(TorrentState::seeding), kStart + 100s), Verdict::go_on);
    EXPECT_EQ(watch.judge(endings, in(TorrentState::seeding), kStart + 189s), Verdict::go_on);
    EXPECT_EQ(watch.judge(endings, in(TorrentState::seeding), kStart + 190s), Verdict::seeded);
}

TEST(EndingWatch, OfRatioAndTimeWhicheverComesFirst) {
    Endings endings;
    endings.seed_ratio = 10;
    endings.seed_time = 5s;
    EndingWatch watch;
    EXPECT_EQ(watch.judge(endings, in(TorrentState::seeding), kStart), Verdict::go_on);
    EXPECT_EQ(watch.judge(endings, in(TorrentState::seeding), kStart + 5s), Verdict::seeded);
    endings.seed_time = 1h;
    auto status = in(TorrentState::seeding);
    status.uploaded = 10'000;
    EXPECT_EQ(EndingWatch().judge(endings, status, kStart), Verdict::seeded);
}

TEST(EndingWatch, ASeedWithoutABoundGoesOn) {
    EndingWatch watch;
    EXPECT_EQ(watch.judge({}, in(TorrentState::seeding), kStart), Verdict::go_on);
    EXPECT_EQ(watch.judge({}, in(TorrentState::seeding), kStart + 1000h), Verdict::go_on);
}

}  // namespace
}  // namespace bt::cli
