#include "cli/slots.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <vector>

namespace bt::cli {
namespace {

using namespace std::chrono_literals;
using session::TorrentState;
using session::TorrentStatus;
using testing::ElementsAre;
using Verdict = Slots::Verdict;

constexpr TimePoint kStart{1h};

TorrentStatus downloading(std::uint64_t received = 0, std::uint64_t done = 0) {
    TorrentStatus status;
    status.state = TorrentState::downloading;
    status.downloaded = received;
    status.done = done;
    status.known_peers = 1;
    return status;
}

Slots slots(unsigned jobs, bool unattended, std::size_t rows) {
    Slots out({jobs, kSlotPatience, unattended});
    for (std::size_t row = 0; row < rows; ++row)
        out.add(row);
    return out;
}

std::vector<Slots::Row> started(Slots& slots, TimePoint now) {
    std::vector<Slots::Row> out;
    while (const auto row = slots.next(now))
        out.push_back(*row);
    return out;
}

TEST(Slots, OpenAsManyAsThereAreJobsInTheOrderOfTheList) {
    auto s = slots(2, true, 3);
    EXPECT_THAT(started(s, kStart), ElementsAre(0, 1));
    s.close(0);
    EXPECT_THAT(started(s, kStart), ElementsAre(2));
}

TEST(Slots, ASeedHoldsNoSlot) {
    auto s = slots(1, true, 2);
    EXPECT_THAT(started(s, kStart), ElementsAre(0));
    TorrentStatus seeding;
    seeding.state = TorrentState::seeding;
    s.tell(0, seeding, kStart);
    EXPECT_THAT(started(s, kStart), ElementsAre(1));
}

TEST(Slots, AreBoundedHoweverManySeed) {
    auto s = slots(1000, true, 300);
    EXPECT_EQ(started(s, kStart).size(), Slots::kMostOpen);
}

TEST(Slots, AStalledTorrentYieldsWhileOthersWait) {
    auto s = slots(1, true, 2);
    EXPECT_THAT(started(s, kStart), ElementsAre(0));
    s.tell(0, downloading(), kStart);
    EXPECT_EQ(s.judge(0, {}, kStart + 59s), Verdict::go_on);
    EXPECT_EQ(s.judge(0, {}, kStart + 60s), Verdict::yield);
}

TEST(Slots, AByteIsEnoughToKeepASlot) {
    auto s = slots(1, true, 2);
    EXPECT_THAT(started(s, kStart), ElementsAre(0));
    s.tell(0, downloading(), kStart);
    s.tell(0, downloading(1), kStart + 30s);
    EXPECT_EQ(s.judge(0, {}, kStart + 89s), Verdict::go_on);
    EXPECT_EQ(s.judge(0, {}, kStart + 90s), Verdict::yield);
}

TEST(Slots, WhoYieldedIsTriedAgainAfterAllOthersAndThenGivenUp) {
    auto s = slots(1, true, 2);
    EXPECT_THAT(started(s, kStart), ElementsAre(0));
    s.tell(0, downloading(), kStart);
    s.put_back(0);
    EXPECT_THAT(started(s, kStart), ElementsAre(1));
    s.add(2);
    s.close(1);
    EXPECT_THAT(started(s, kStart), ElementsAre(0))
        << "its second turn comes before who came later";
    s.tell(0, downloading(), kStart);
    EXPECT_EQ(s.judge(0, {}, kStart + 59s), Verdict::go_on);
    EXPECT_EQ(s.judge(0, {}, kStart + 60s), Verdict::give_up) << "though another waits";
}

TEST(Slots, ATryThatGotAPieceDoesNotCount) {
    auto s = slots(1, true, 2);
    EXPECT_THAT(started(s, kStart), ElementsAre(0));
    for (int turn = 0; turn < 5; ++turn) {
        s.tell(0, downloading(100, 50), kStart);
        s.tell(0, downloading(200, 80), kStart);
        ASSERT_EQ(s.judge(0, {}, kStart + 60s), Verdict::yield) << "turn " << turn;
        s.put_back(0);
        ASSERT_THAT(started(s, kStart), ElementsAre(1));
        s.put_back(1);
        ASSERT_THAT(started(s, kStart), ElementsAre(0));
    }
}

TEST(Slots, WithNobodyWaitingATorrentHasItsTriesOnTheSpot) {
    auto s = slots(1, true, 1);
    EXPECT_THAT(started(s, kStart), ElementsAre(0));
    s.tell(0, downloading(), kStart);
    EXPECT_EQ(s.judge(0, {}, kStart + 119s), Verdict::go_on);
    EXPECT_EQ(s.judge(0, {}, kStart + 120s), Verdict::give_up);
}

TEST(Slots, AtATerminalNothingIsGivenUp) {
    auto s = slots(1, false, 2);
    EXPECT_THAT(started(s, kStart), ElementsAre(0));
    s.tell(0, downloading(), kStart);
    for (int turn = 0; turn < 4; ++turn) {
        const auto at_work = static_cast<Slots::Row>(turn % 2);
        s.tell(at_work, downloading(), kStart);
        ASSERT_EQ(s.judge(at_work, {}, kStart + 1h), Verdict::yield);
        s.put_back(at_work);
        EXPECT_THAT(started(s, kStart), ElementsAre(1 - at_work));
    }
}

TEST(Slots, AtATerminalALoneTorrentGoesOn) {
    auto s = slots(1, false, 1);
    EXPECT_THAT(started(s, kStart), ElementsAre(0));
    s.tell(0, downloading(), kStart);
    EXPECT_EQ(s.judge(0, {}, kStart + 10h), Verdict::go_on);
}

TEST(Slots, AStallTimeoutEndsALoneTorrentWhenItSays) {
    auto s = slots(1, false, 1);
    EXPECT_THAT(started(s, kStart), ElementsAre(0));
    s.tell(0, downloading(), kStart);
    EXPECT_EQ(s.judge(0, 5s, kStart + 4s), Verdict::go_on);
    EXPECT_EQ(s.judge(0, 5s, kStart + 5s), Verdict::give_up);
}

TEST(Slots, AShortStallTimeoutPassesTheSlotSooner) {
    auto s = slots(1, false, 2);
    EXPECT_THAT(started(s, kStart), ElementsAre(0));
    s.tell(0, downloading(), kStart);
    EXPECT_EQ(s.judge(0, 5s, kStart + 5s), Verdict::yield);
}

TEST(Slots, ALongStallTimeoutHoldsInTheLastTryWithoutHoldingTheSlot) {
    auto s = slots(1, true, 1);
    EXPECT_THAT(started(s, kStart), ElementsAre(0));
    s.tell(0, downloading(), kStart);
    s.add(1);
    s.put_back(0);
    EXPECT_THAT(started(s, kStart), ElementsAre(1));
    s.close(1);
    EXPECT_THAT(started(s, kStart), ElementsAre(0));
    s.tell(0, downloading(), kStart);
    s.add(2);
    EXPECT_EQ(s.judge(0, 5min, kStart + 61s), Verdict::go_on);
    EXPECT_THAT(started(s, kStart + 61s), ElementsAre(2));
    EXPECT_EQ(s.judge(0, 5min, kStart + 5min), Verdict::give_up);
}

session::TrackerStatus tracker(session::TrackerState state, std::string message = {}) {
    session::TrackerStatus out;
    out.state = state;
    out.message = std::move(message);
    return out;
}

TEST(Slots, ATorrentOfWhichNobodyIsKnownHasLessPatience) {
    using enum session::TrackerState;
    auto alone = downloading();
    alone.known_peers = 0;
    alone.trackers = {tracker(failed, "refused"), tracker(working), tracker(announcing, "refused")};
    auto s = slots(1, true, 2);
    EXPECT_THAT(started(s, kStart), ElementsAre(0));
    s.tell(0, alone, kStart);
    EXPECT_EQ(s.judge(0, {}, kStart + kNobodyPatience - 1s), Verdict::go_on);
    EXPECT_EQ(s.judge(0, {}, kStart + kNobodyPatience), Verdict::yield);
    EXPECT_EQ(s.judge(0, 5s, kStart + 5s), Verdict::yield) << "its own limit may be shorter";
    EXPECT_THAT(started(s, kStart + kNobodyPatience), ElementsAre(1)) << "it holds no slot";
    s.put_back(0);
    s.close(1);
    EXPECT_THAT(started(s, kStart), ElementsAre(0));
    s.tell(0, alone, kStart);
    EXPECT_EQ(s.judge(0, {}, kStart + kNobodyPatience - 1s), Verdict::go_on);
    EXPECT_EQ(s.judge(0, {}, kStart + kNobodyPatience), Verdict::give_up);
}

TEST(Slots, NobodyIsKnownOnlyOnceAllHaveAnswered) {
    using enum session::TrackerState;
    auto waiting = downloading();
    waiting.known_peers = 0;
    waiting.trackers = {tracker(failed, "refused"), tracker(announcing)};
    auto known = downloading();
    known.known_peers = 1;
    auto dialing = downloading();
    dialing.known_peers = 0;
    dialing.half_open = 1;
    auto connected = downloading();
    connected.known_peers = 0;
    connected.peers = 1;
    for (const auto& status : {waiting, known, dialing, connected}) {
        auto s = slots(1, true, 2);
        EXPECT_THAT(started(s, kStart), ElementsAre(0));
        s.tell(0, status, kStart);
        EXPECT_EQ(s.judge(0, {}, kStart + kSlotPatience - 1s), Verdict::go_on);
        EXPECT_EQ(s.judge(0, {}, kStart + kSlotPatience), Verdict::yield);
    }
}

TEST(Slots, BeingHeldBackByItsReaderIsNoStall) {
    auto s = slots(1, true, 2);
    EXPECT_THAT(started(s, kStart), ElementsAre(0));
    auto status = downloading();
    status.held = true;
    s.tell(0, status, kStart + 1h);
    EXPECT_EQ(s.judge(0, 5s, kStart + 1h), Verdict::go_on);
    EXPECT_EQ(s.quiet(0, kStart + 1h), 0s);
    s.tell(0, downloading(), kStart + 1h);
    EXPECT_EQ(s.judge(0, 5s, kStart + 1h + 5s), Verdict::yield) << "no longer held";
}

TEST(Slots, CheckingAndSyncingAreNoStall) {
    auto s = slots(1, true, 2);
    EXPECT_THAT(started(s, kStart), ElementsAre(0));
    TorrentStatus status;
    for (const auto state : {TorrentState::checking, TorrentState::syncing}) {
        status.state = state;
        s.tell(0, status, kStart);
        EXPECT_EQ(s.judge(0, 1s, kStart + 1h), Verdict::go_on);
    }
}

/// A list of a thousand, of which two in three never get a byte, in virtual time.
TEST(Slots, AThousandTorrentsComeToAnEnd) {
    constexpr std::size_t kRows = 1000;
    constexpr unsigned kJobs = 5;
    auto s = slots(kJobs, true, kRows);
    std::map<Slots::Row, TimePoint> open;  // since when
    std::vector<int> tries(kRows);
    std::vector<Verdict> ends(kRows, Verdict::go_on);
    auto now = kStart;
    for (; !s.idle(); now += 1s) {
        ASSERT_LT(now, kStart + 24h);
        for (auto at = open.begin(); at != open.end();) {
            const auto [row, since] = *at++;
            const bool alive = row % 3 == 0;
            const auto got = alive ? static_cast<std::uint64_t>((now - since) / 1s) : 0;
            s.tell(row, downloading(got, got), now);
            const auto verdict = got == 10 ? Verdict::give_up : s.judge(row, {}, now);
            if (verdict == Verdict::go_on) continue;
            open.erase(row);
            if (verdict == Verdict::yield) {
                s.put_back(row);
            } else {
                s.close(row);
                ends[row] = verdict;
            }
        }
        for (const auto row : started(s, now)) {
            open.emplace(row, now);
            ++tries[row];
        }
        ASSERT_LE(open.size(), kJobs);
    }
    for (std::size_t row = 0; row < kRows; ++row) {
        ASSERT_EQ(ends[row], Verdict::give_up) << row;
        ASSERT_GE(tries[row], 1) << row;
        ASSERT_LE(tries[row], row % 3 == 0 ? 1 : static_cast<int>(Slots::kTries)) << row;
    }
    // 334 of 10 s and 666 of twice 60 s, five at a time, and a second for each change of place.
    EXPECT_LT(now - kStart, 5h);
}

}  // namespace
}  // namespace bt::cli
