// Endings: what ends a torrent beside its being whole, as the user said it, and the machine that
// finds out that it is so. One EndingWatch a torrent, owned by its Run; time is a parameter.
//
// Invariants
//  - The speed is judged over the last kSpeedWindow of downloading, never over less.
//  - Nothing is concluded while a torrent is being checked or synced, or held back by its reader.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "bt/core/time.hpp"
#include "bt/session/session.hpp"

namespace bt::cli {

struct Endings {
    std::optional<Duration> stall_timeout;     // without a byte
    std::optional<Duration> metadata_timeout;  // of a magnet link, until its metadata is there
    std::uint64_t lowest_speed = 0;            // bytes/s; 0 = any will do
    // Of seeding; whichever comes first. Without either it goes on.
    std::optional<double> seed_ratio;  // uploaded in this run for each byte of the torrent
    std::optional<Duration> seed_time;
};

class EndingWatch {
public:
    static constexpr Duration kSpeedWindow = std::chrono::seconds(60);
    enum class Verdict : std::uint8_t { go_on, too_slow, seeded };

    /// To be asked every second or more often.
    [[nodiscard]] Verdict judge(const Endings& endings, const session::TorrentStatus& status,
                                TimePoint now);
    /// Bytes/s over the window, as last judged.
    [[nodiscard]] double speed() const { return speed_; }

private:
    struct Sample {
        TimePoint at;
        std::uint64_t bytes;
    };
    [[nodiscard]] bool too_slow(std::uint64_t lowest, std::uint64_t downloaded, TimePoint now);
    [[nodiscard]] bool seeded(const Endings& endings, const session::TorrentStatus& status,
                              TimePoint now);

    std::deque<Sample> samples_;  // of downloading: one a judgement, none but the first out of date
    double speed_ = 0;
    std::optional<TimePoint> seeding_since_;
};

}  // namespace bt::cli
