#include "bt/session/announcer.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "bt/core/assert.hpp"
#include "bt/net/clock.hpp"
#include "bt/net/deadline.hpp"
#include "bt/net/services.hpp"
#include "bt/net/task_group.hpp"
#include "bt/text/escape.hpp"
#include "bt/text/url.hpp"
#include "bt/tracker/schedule.hpp"

namespace bt::session {

using net::Awaitable;
using net::now;
using tracker::Event;

namespace {

/// One tracker: its schedule, its connection and what is shown of it.
struct Tracker {
    Tracker(net::Services& services, text::Url url, const net::TrackerOptions& options)
        : client(services, std::move(url), options),
          wake(services.executor()),
          group(services.executor()) {}

    net::TrackerClient client;
    std::optional<tracker::AnnounceSchedule> schedule;  // from start()
    net::Timer wake;
    net::TaskGroup group;  // of the one coroutine that announces
    TrackerStatus* status = nullptr;
    std::string tracker_id;
    std::optional<Event> telling;  // the event of the announce that is under way
    bool owes_completed = false;
};

void show_failure(TrackerStatus& status, const std::string& message) {
    status.state = TrackerState::failed;
    status.message = text::escape(message);
}

}  // namespace

struct Announcer::State {
    State(net::Services& shared, AnnouncerSettings given, Host& owner)
        : services(shared), settings(std::move(given)), host(owner), partings(shared.executor()) {}

    void add_all();
    void add(std::size_t tier, const std::string& url, bool typed);
    void wake_all();
    [[nodiscard]] tracker::AnnounceRequest request(const Tracker& of, Event event) const;
    [[nodiscard]] Awaitable<void> run(Tracker& tracker);
    [[nodiscard]] Awaitable<void> announce_once(Tracker& tracker);
    [[nodiscard]] Awaitable<void> part(Tracker& tracker);
    void settle(Tracker& tracker, const tracker::AnnounceOutcome& outcome);

    net::Services& services;
    const AnnouncerSettings settings;
    Host& host;
    std::vector<TrackerStatus> statuses;             // in the order of the tiers
    std::vector<std::unique_ptr<Tracker>> trackers;  // of the statuses, those with a usable URL
    net::TaskGroup partings;
    bool stopping = false;
    bool complete_at_start = false;
    bool completed = false;
};

void Announcer::State::add_all() {
    std::set<std::string> typed;
    for (const auto& url : settings.typed) {
        if (typed.size() < kMaxTrackers) typed.insert(url);
    }
    statuses.reserve(kMaxTrackers);  // trackers point at their status
    std::set<std::string> seen;
    auto waiting = typed.size();
    for (std::size_t tier = 0; tier < settings.tiers.size(); ++tier) {
        for (const auto& url : settings.tiers[tier]) {
            const bool is_typed = typed.contains(url);
            const bool room = is_typed || statuses.size() + waiting < kMaxTrackers;
            if (!room || !seen.insert(url).second) continue;
            if (is_typed) --waiting;
            add(tier, url, is_typed);
        }
    }
    for (const auto& url : settings.typed) {
        if (typed.contains(url) && seen.insert(url).second) add(settings.tiers.size(), url, true);
    }
}

void Announcer::State::add(std::size_t tier, const std::string& url, bool typed) {
    auto& status = statuses.emplace_back();
    status.tier = tier;
    status.url = text::redact(url);
    auto parsed = text::Url::parse(url);
    if (!parsed) return show_failure(status, parsed.error().message);
    status.host = parsed->host;
    auto options = settings.tracker;
    options.typed = typed;
    auto& tracker =
        trackers.emplace_back(std::make_unique<Tracker>(services, std::move(*parsed), options));
    tracker->status = &status;
}

void Announcer::State::wake_all() {
    for (auto& tracker : trackers) {
        tracker->status->next_announce = tracker->schedule->next_announce();
        tracker->wake.cancel();
    }
}

tracker::AnnounceRequest Announcer::State::request(const Tracker& of, Event event) const {
    const auto counts = host.announce_counts();
    tracker::AnnounceRequest out;
    out.info_hash = settings.info_hash;
    out.peer_id = settings.peer_id;
    out.port = settings.port;
    out.uploaded = counts.uploaded;
    out.downloaded = counts.downloaded;
    out.left = counts.left;
    out.event = event;
    out.key = settings.key;
    out.num_want = stopping ? 0 : settings.num_want;
    out.tracker_id = of.tracker_id;
    return out;
}

/// The life of a tracker's coroutine, until it is cancelled or has told its last before a stop.
Awaitable<void> Announcer::State::run(Tracker& tracker) {
    while (!stopping) {
        const auto next = tracker.schedule->next_announce();
        if (now() < next) {
            // Whatever moves the time cancels the wait, and the time is looked at anew.
            tracker.wake.expires_at(net::to_steady(next));
            co_await tracker.wake.async_wait(net::kAwait);
            continue;
        }
        co_await announce_once(tracker);
    }
}

Awaitable<void> Announcer::State::announce_once(Tracker& tracker) {
    const auto event = tracker.schedule->begin();
    tracker.telling = event;
    tracker.status->state = TrackerState::announcing;
    tracker.status->next_announce = kNever;
    host.on_tracker_status();
    // Closes the announce also when it is cancelled, so that the schedule may open another.
    struct Close {
        Tracker& tracker;
        ~Close() {
            if (!tracker.telling) return;
            tracker.telling.reset();
            tracker.schedule->on_failure({}, now());
        }
    } const close{tracker};
    auto announcing = tracker.client.announce(request(tracker, event));
    const auto outcome = co_await std::move(announcing);
    settle(tracker, outcome);
}

void Announcer::State::settle(Tracker& tracker, const tracker::AnnounceOutcome& outcome) {
    const auto event = *std::exchange(tracker.telling, {});
    auto& status = *tracker.status;
    if (outcome) {
        if (event == Event::completed) tracker.owes_completed = false;
        tracker.schedule->on_success(*outcome, now());
        if (!outcome->tracker_id.empty()) tracker.tracker_id = outcome->tracker_id;
        status.state = TrackerState::working;
        status.message = text::escape(outcome->warning);
        status.peers = static_cast<std::uint32_t>(outcome->peers.size());
        status.seeders = outcome->seeders;
        status.leechers = outcome->leechers;
    } else {
        tracker.schedule->on_failure(outcome.error().retry_in, now());
        show_failure(status, outcome.error().error.message);
    }
    status.next_announce = tracker.schedule->next_announce();
    host.on_tracker_status();
    if (outcome && !outcome->peers.empty() && !stopping) host.on_tracker_peers(outcome->peers);
}

/// The last words to a tracker, after its coroutine has ended.
Awaitable<void> Announcer::State::part(Tracker& tracker) {
    co_await tracker.group.join();
    if (!tracker.schedule->take_stopped()) co_return;
    // Without it the tracker would never count a download that ends the program.
    if (tracker.owes_completed) {
        auto telling = tracker.client.announce(request(tracker, Event::completed), false);
        const auto told = co_await std::move(telling);
        if (!told) co_return;
    }
    auto telling = tracker.client.announce(request(tracker, Event::stopped), false);
    co_await std::move(telling);
}

Announcer::Announcer(net::Services& services, AnnouncerSettings settings, Host& host)
    : state_(std::make_unique<State>(services, std::move(settings), host)) {
    state_->add_all();
}

Announcer::~Announcer() = default;

void Announcer::start() {
    auto& state = *state_;
    state.complete_at_start = state.host.announce_counts().left == 0;
    for (auto& tracker : state.trackers)
        tracker->schedule.emplace(state.complete_at_start, now());
    for (auto& tracker : state.trackers)
        tracker->group.spawn(state.run(*tracker));
}

void Announcer::completed() {
    auto& state = *state_;
    if (std::exchange(state.completed, true) || state.complete_at_start || state.stopping) return;
    for (auto& tracker : state.trackers) {
        tracker->owes_completed = true;
        tracker->schedule->completed(now());
    }
    state.wake_all();
}

void Announcer::want_peers() {
    auto& state = *state_;
    if (state.stopping) return;
    for (auto& tracker : state.trackers)
        tracker->schedule->want_peers(now());
    state.wake_all();
}

void Announcer::network_changed() {
    auto& state = *state_;
    if (state.stopping) return;
    for (auto& tracker : state.trackers)
        tracker->schedule->network_changed(now());
    state.wake_all();
}

Awaitable<void> Announcer::stop(TimePoint deadline) {
    auto& state = *state_;
    if (std::exchange(state.stopping, true)) co_return;
    const auto cancel_trackers = [&state](bool all) {
        for (auto& tracker : state.trackers) {
            // A `completed` on its way may have been counted: it is waited for, not told again.
            if (all || tracker->telling != Event::completed) tracker->group.cancel();
        }
    };
    cancel_trackers(false);
    for (auto& tracker : state.trackers) {
        if (tracker->schedule) state.partings.spawn(state.part(*tracker));
    }
    const net::Deadline end(state.services.executor(), deadline, [&] {
        state.partings.cancel();
        cancel_trackers(true);
    });
    co_await state.partings.join();
    for (auto& tracker : state.trackers)
        co_await tracker->group.join();
}

std::vector<TrackerStatus> Announcer::status() const {
    return state_->statuses;
}

bool Announcer::all_failed() const {
    return std::all_of(state_->trackers.begin(), state_->trackers.end(), [](const auto& tracker) {
        const auto& schedule = tracker->schedule;
        return schedule && schedule->failures() > 0 && !schedule->has_succeeded();
    });
}

}  // namespace bt::session
