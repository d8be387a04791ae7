// Slots: whose turn it is. A machine: time is a parameter; owned by a Run.
//
// At most `jobs` torrents are at work at once. One that gets nothing for `patience` passes its slot
// to the next in the queue: it is stopped, goes to the end of the queue and is tried again after
// all others. One of which nobody is known, and of which nobody is left to be asked, is less
// patient: kNobodyPatience. A run that nobody watches gives a torrent kTries tries; a try that got
// a piece or more does not count. At a terminal the turns go on until the user ends them.
//
// Invariants
//  - A row is in the queue, open, or neither (leaving or ended); never twice.
//  - At most kMostOpen rows are open, of which at most `jobs` are at work or may yet be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>

#include "bt/core/time.hpp"
#include "bt/session/session.hpp"

namespace bt::cli {

/// How long a torrent in a batch has for its next byte, while others wait.
inline constexpr Duration kSlotPatience = std::chrono::seconds(60);

/// The same when nobody is known who could send it, and all who were asked have answered.
inline constexpr Duration kNobodyPatience = std::chrono::seconds(15);

struct SlotSettings {
    unsigned jobs = 5;  // those that seed not counted
    Duration patience = kSlotPatience;
    bool unattended = false;  // must come to an end by itself
};

class Slots {
public:
    using Row = std::size_t;
    static constexpr std::size_t kMostOpen = 200;
    static constexpr unsigned kTries = 2;

    enum class Verdict : std::uint8_t { go_on, yield, give_up };

    explicit Slots(SlotSettings settings) : settings_(settings) {}

    /// Behind all that wait already.
    void add(Row row) { queue_.push_back({row, 1}); }
    /// The next whose turn it is; it is open from now on.
    [[nodiscard]] std::optional<Row> next(TimePoint now);
    /// How an open torrent is doing.
    void tell(Row row, const session::TorrentStatus& status, TimePoint now);
    /// What to do with an open torrent; `limit` is its own --stall-timeout.
    [[nodiscard]] Verdict judge(Row row, std::optional<Duration> limit, TimePoint now) const;
    /// How long an open torrent has not moved.
    [[nodiscard]] Duration quiet(Row row, TimePoint now) const;
    /// It has yielded: it is open no more, and waits for another try.
    void put_back(Row row);
    /// It has ended.
    void close(Row row) { open_.erase(row); }

    [[nodiscard]] bool idle() const { return queue_.empty() && open_.empty(); }
    [[nodiscard]] std::size_t waiting() const { return queue_.size(); }

private:
    struct Waiting {
        Row row;
        unsigned tries;  // this one included
    };
    struct Open {
        unsigned tries = 1;
        session::TorrentState state = session::TorrentState::checking;
        TimePoint moved{};
        std::uint64_t bytes = 0;            // hashed, received, sent and synced when it moved last
        std::optional<std::uint64_t> done;  // when the download began
        bool gained = false;                // a piece or more in this try
        bool alone = false;                 // nobody is known, and no answer is awaited
    };
    [[nodiscard]] Duration patience_with(const Open& open) const;

    SlotSettings settings_;
    std::deque<Waiting> queue_;
    std::unordered_map<Row, Open> open_;
};

}  // namespace bt::cli
