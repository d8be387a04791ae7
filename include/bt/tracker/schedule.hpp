// AnnounceSchedule: when one tracker is announced to next, and with which event (BEP 3, 31). Owned
// by whoever talks to that tracker; a machine without a clock.
//
// Invariants:
// - at most one announce is under way: begin() opens it, on_success() or on_failure() closes it;
// - `started` is the event of every announce until one has succeeded;
// - `completed` is owed from completed() until an announce with it has succeeded; a torrent that
//   was complete at start never owes it;
// - `stopped` is owed only to a tracker that has answered, and only once.
#pragma once

#include <chrono>
#include <optional>

#include "bt/core/time.hpp"
#include "bt/tracker/announce.hpp"

namespace bt::tracker {

/// The first failure waits this long; every further one twice as long, up to the maximum.
inline constexpr Duration kFirstBackOff = std::chrono::seconds(5);
inline constexpr Duration kMaxBackOff = std::chrono::minutes(15);

class AnnounceSchedule {
public:
    /// Due at `now`.
    AnnounceSchedule(bool complete_at_start, TimePoint now);

    /// When to call begin(); kNever while an announce is under way, or when the tracker has said
    /// that it never wants to be asked again.
    [[nodiscard]] TimePoint next_announce() const;
    /// An announce sets out now, with this event.
    [[nodiscard]] Event begin();

    void on_success(const AnnounceReply& reply, TimePoint now);
    void on_failure(std::optional<Duration> retry_in, TimePoint now);

    /// The download is complete.
    void completed(TimePoint now);
    /// More peers are wanted: the next announce comes as soon as the tracker's min interval allows
    /// (kMinInterval when it gave none). A tracker that fails keeps its back-off.
    void want_peers(TimePoint now);
    /// An address or route has appeared: what failed may work now. Ends a back-off, but not a wait
    /// that the tracker asked for.
    void network_changed(TimePoint now);

    /// Whether the tracker is to be told `stopped`. Ask when all else has ended; true only once.
    [[nodiscard]] bool take_stopped();

    /// Failures since the last success or change of network.
    [[nodiscard]] unsigned failures() const { return failures_; }
    [[nodiscard]] bool has_succeeded() const { return started_told_; }

private:
    [[nodiscard]] Event event() const;

    TimePoint next_;
    TimePoint soonest_;  // the tracker's min interval ends
    std::optional<Event> under_way_;
    bool started_told_ = false;
    bool stopped_told_ = false;
    bool may_complete_;  // `completed` has not been owed yet
    bool completed_owed_ = false;
    bool told_to_wait_ = false;  // BEP 31: next_ is the tracker's word
    unsigned failures_ = 0;
};

}  // namespace bt::tracker
