#include "bt/tracker/schedule.hpp"

#include <gtest/gtest.h>

#include "bt/core/rng.hpp"
#include "unit/tracker/samples.hpp"

namespace bt::tracker {
namespace {

using test::at;
using namespace std::chrono_literals;

AnnounceReply every(Duration interval, std::optional<Duration> least = std::nullopt) {
    AnnounceReply out;
    out.interval = interval;
    out.min_interval = least;
    return out;
}

/// A schedule whose first announce has succeeded at 0, with an interval of 1800 s.
AnnounceSchedule announced(bool complete_at_start = false,
                           std::optional<Duration> least = std::nullopt) {
    AnnounceSchedule out(complete_at_start, at(0));
    (void)out.begin();
    out.on_success(every(1800s, least), at(0));
    return out;
}

void fail_once(AnnounceSchedule& schedule, TimePoint now,
               std::optional<Duration> retry_in = std::nullopt) {
    (void)schedule.begin();
    schedule.on_failure(retry_in, now);
}

TEST(AnnounceSchedule, StartsAtOnce) {
    AnnounceSchedule schedule(false, at(7));
    EXPECT_EQ(schedule.next_announce(), at(7));
    EXPECT_EQ(schedule.begin(), Event::started);
}

TEST(AnnounceSchedule, WaitsWhileAnAnnounceIsUnderWay) {
    AnnounceSchedule schedule(false, at(0));
    (void)schedule.begin();
    EXPECT_EQ(schedule.next_announce(), kNever);
    schedule.want_peers(at(1));
    schedule.completed(at(1));
    EXPECT_EQ(schedule.next_announce(), kNever);
}

TEST(AnnounceSchedule, AnnouncesEveryInterval) {
    auto schedule = announced();
    EXPECT_EQ(schedule.next_announce(), at(1800));
    EXPECT_EQ(schedule.begin(), Event::none);
    schedule.on_success(every(900s), at(1801));
    EXPECT_EQ(schedule.next_announce(), at(2701));
    EXPECT_EQ(schedule.begin(), Event::none);
}

TEST(AnnounceSchedule, SaysStartedUntilItHasBeenHeard) {
    AnnounceSchedule schedule(false, at(0));
    fail_once(schedule, at(0));
    fail_once(schedule, at(5));
    EXPECT_EQ(schedule.begin(), Event::started);
    schedule.on_success(every(1800s), at(15));
    EXPECT_EQ(schedule.begin(), Event::none);
}

TEST(AnnounceSchedule, BacksOffFromSecondsToAQuarterOfAnHour) {
    AnnounceSchedule schedule(false, at(0));
    TimePoint now = at(0);
    for (const auto wait : {5s, 10s, 20s, 40s, 80s, 160s, 320s, 640s, 900s, 900s}) {
        fail_once(schedule, now);
        EXPECT_EQ(schedule.next_announce() - now, wait);
        now = schedule.next_announce();
    }
    for (int i = 0; i < 100; ++i)
        fail_once(schedule, now);
    EXPECT_EQ(schedule.next_announce() - now, kMaxBackOff);
}

TEST(AnnounceSchedule, ForgetsFailuresOnSuccess) {
    auto schedule = announced();
    fail_once(schedule, at(1800));
    fail_once(schedule, at(1805));
    EXPECT_EQ(schedule.failures(), 2u);
    (void)schedule.begin();
    schedule.on_success(every(1800s), at(1815));
    EXPECT_EQ(schedule.failures(), 0u);
    fail_once(schedule, at(4000));
    EXPECT_EQ(schedule.next_announce(), at(4005));
}

TEST(AnnounceSchedule, RetriesWhenTheTrackerSays) {
    AnnounceSchedule schedule(false, at(0));
    fail_once(schedule, at(0), 5min);
    EXPECT_EQ(schedule.next_announce(), at(300));
    schedule.network_changed(at(1));
    schedule.want_peers(at(1));
    schedule.completed(at(1));
    EXPECT_EQ(schedule.next_announce(), at(300));
}

TEST(AnnounceSchedule, NeverRetriesWhenTheTrackerSaysSo) {
    auto schedule = announced();
    fail_once(schedule, at(1800), kRetryNever);
    schedule.network_changed(at(1801));
    schedule.want_peers(at(1801));
    schedule.completed(at(1801));
    EXPECT_EQ(schedule.next_announce(), kNever);
    EXPECT_FALSE(schedule.take_stopped());
}

TEST(AnnounceSchedule, AsksEarlierForPeersAsTheMinIntervalAllows) {
    auto schedule = announced(false, 300s);
    schedule.want_peers(at(10));
    EXPECT_EQ(schedule.next_announce(), at(300));
    schedule.want_peers(at(400));
    EXPECT_EQ(schedule.next_announce(), at(300));
    EXPECT_EQ(schedule.begin(), Event::none);
}

TEST(AnnounceSchedule, AsksForPeersAtOnceWhenTheMinIntervalHasPassed) {
    auto schedule = announced(false, 300s);
    schedule.want_peers(at(500));
    EXPECT_EQ(schedule.next_announce(), at(500));
}

TEST(AnnounceSchedule, TakesAMinuteForAMinIntervalThatIsNotGiven) {
    auto schedule = announced();
    schedule.want_peers(at(10));
    EXPECT_EQ(schedule.next_announce(), at(60));
}

TEST(AnnounceSchedule, NeverAnnouncesLaterBecausePeersAreWanted) {
    auto schedule = announced();
    schedule.want_peers(at(1900));
    EXPECT_EQ(schedule.next_announce(), at(1800));
}

TEST(AnnounceSchedule, KeepsAMinIntervalThatIsLongerThanTheInterval) {
    AnnounceSchedule schedule(false, at(0));
    (void)schedule.begin();
    schedule.on_success(every(100s, 200s), at(0));
    EXPECT_EQ(schedule.next_announce(), at(200));
}

TEST(AnnounceSchedule, KeepsItsBackOffWhenPeersAreWanted) {
    AnnounceSchedule schedule(false, at(0));
    fail_once(schedule, at(0));
    fail_once(schedule, at(5));
    schedule.want_peers(at(6));
    EXPECT_EQ(schedule.next_announce(), at(15));
}

TEST(AnnounceSchedule, TriesAgainAtOnceWhenTheNetworkChanges) {
    AnnounceSchedule schedule(false, at(0));
    for (int i = 0; i < 20; ++i)
        fail_once(schedule, at(0));
    schedule.network_changed(at(30));
    EXPECT_EQ(schedule.next_announce(), at(30));
    fail_once(schedule, at(30));
    EXPECT_EQ(schedule.next_announce(), at(35));
}

TEST(AnnounceSchedule, LeavesAHealthyTrackerAloneWhenTheNetworkChanges) {
    auto schedule = announced();
    schedule.network_changed(at(30));
    EXPECT_EQ(schedule.next_announce(), at(1800));
}

TEST(AnnounceSchedule, SaysCompletedAtOnceAndOnce) {
    auto schedule = announced();
    schedule.completed(at(20));
    EXPECT_EQ(schedule.next_announce(), at(20));
    EXPECT_EQ(schedule.begin(), Event::completed);
    schedule.on_success(every(1800s), at(21));
    EXPECT_EQ(schedule.next_announce(), at(1821));
    schedule.completed(at(30));
    EXPECT_EQ(schedule.next_announce(), at(1821));
    EXPECT_EQ(schedule.begin(), Event::none);
}

TEST(AnnounceSchedule, NeverSaysCompletedOfATorrentThatWasCompleteAtStart) {
    auto schedule = announced(true);
    schedule.completed(at(20));
    EXPECT_EQ(schedule.next_announce(), at(1800));
    EXPECT_EQ(schedule.begin(), Event::none);
}

TEST(AnnounceSchedule, SaysCompletedAgainUntilItHasBeenHeard) {
    auto schedule = announced();
    schedule.completed(at(20));
    fail_once(schedule, at(20));
    EXPECT_EQ(schedule.next_announce(), at(25));
    EXPECT_EQ(schedule.begin(), Event::completed);
}

TEST(AnnounceSchedule, SaysStartedBeforeCompleted) {
    AnnounceSchedule schedule(false, at(0));
    EXPECT_EQ(schedule.begin(), Event::started);
    schedule.completed(at(1));
    schedule.on_success(every(1800s), at(2));
    EXPECT_EQ(schedule.next_announce(), at(2));
    EXPECT_EQ(schedule.begin(), Event::completed);
}

TEST(AnnounceSchedule, OwesStoppedToATrackerThatHasAnswered) {
    auto schedule = announced();
    EXPECT_TRUE(schedule.take_stopped());
    EXPECT_FALSE(schedule.take_stopped());
}

TEST(AnnounceSchedule, OwesNoStoppedToATrackerThatNeverAnswered) {
    AnnounceSchedule schedule(false, at(0));
    EXPECT_FALSE(schedule.take_stopped());
    fail_once(schedule, at(0));
    EXPECT_FALSE(schedule.take_stopped());
}

TEST(AnnounceSchedule, OwesStoppedWhileAnAnnounceIsUnderWay) {
    auto schedule = announced();
    (void)schedule.begin();
    EXPECT_TRUE(schedule.take_stopped());
}

TEST(AnnounceSchedule, KeepsItsPromisesWhateverHappens) {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        SCOPED_TRACE(seed);
        Rng rng(seed);
        AnnounceSchedule schedule(false, at(0));
        TimePoint now = at(0);
        bool started = false;
        int completed = 0;
        for (int i = 0; i < 500; ++i) {
            now += std::chrono::seconds(random_below(rng, 100));
            const auto what = random_below(rng, 10);
            if (what == 0) schedule.want_peers(now);
            if (what == 1) schedule.completed(now);
            if (what == 2) schedule.network_changed(now);
            if (schedule.next_announce() > now) continue;
            const auto event = schedule.begin();
            ASSERT_EQ(event == Event::started, !started);
            ASSERT_NE(event, Event::stopped);
            if (random_below(rng, 3) == 0) {
                schedule.on_failure(std::nullopt, now);
                ASSERT_LE(schedule.next_announce(), now + kMaxBackOff);
                ASSERT_GE(schedule.next_announce(), now + kFirstBackOff);
            } else {
                started = true;
                completed += event == Event::completed;
                schedule.on_success(every(900s, 60s), now);
                ASSERT_LE(schedule.next_announce(), now + 900s);
            }
        }
        EXPECT_EQ(completed, 1);
        EXPECT_EQ(schedule.take_stopped(), started);
    }
}

}  // namespace
}  // namespace bt::tracker
