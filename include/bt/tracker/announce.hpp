// What a client tells a tracker and what it is answered (BEP 3, 7, 15, 23, 31), whatever carries
// it. Values.
#pragma once

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bt/core/endpoint.hpp"
#include "bt/core/ids.hpp"
#include "bt/core/result.hpp"
#include "bt/core/time.hpp"

namespace bt::tracker {

/// The numbers are BEP 15's.
enum class Event : std::uint8_t { none = 0, completed = 1, started = 2, stopped = 3 };

struct AnnounceRequest {
    InfoHash info_hash;
    PeerId peer_id;
    std::uint16_t port = 0;        // where we listen
    std::uint64_t uploaded = 0;    // bytes
    std::uint64_t downloaded = 0;  // bytes
    std::uint64_t left = 0;        // bytes
    Event event = Event::none;
    std::uint32_t key = 0;  // tells the tracker that a new address is the same client
    std::uint32_t num_want = 200;
    std::string tracker_id;  // from this tracker's last reply; empty when it gave none
};

/// Peers taken from one reply; the rest is dropped.
inline constexpr std::size_t kMaxReplyPeers = 2000;
/// A longer tracker id is not kept: it has to be sent back in a URL.
inline constexpr std::size_t kMaxTrackerIdBytes = 256;

/// Intervals that a tracker gives are brought into this range; one that gives none means the
/// default.
inline constexpr Duration kMinInterval = std::chrono::seconds(60);
inline constexpr Duration kMaxInterval = std::chrono::hours(2);
inline constexpr Duration kDefaultInterval = std::chrono::minutes(30);
[[nodiscard]] Duration clamp_interval(std::int64_t seconds);

struct AnnounceReply {
    Duration interval = kDefaultInterval;
    std::optional<Duration> min_interval;
    std::string tracker_id;       // raw bytes; empty when the tracker gave none
    std::string warning;          // escaped, one line; empty when there is none
    std::vector<Endpoint> peers;  // can be connected to as far as their numbers tell
    std::uint32_t seeders = 0;    // zero when the tracker does not tell
    std::uint32_t leechers = 0;
};

/// BEP 31: a tracker that never wants to be asked again.
inline constexpr Duration kRetryNever = Duration::max();
inline constexpr Duration kMaxRetryIn = std::chrono::hours(24);

/// Error: `tracker said "..."` with the tracker's words escaped, or what was wrong with its answer.
struct AnnounceFailure {
    Error error;
    std::optional<Duration> retry_in;  // at most kMaxRetryIn, or kRetryNever
};

using AnnounceOutcome = boost::system::result<AnnounceReply, AnnounceFailure>;

[[noreturn]] inline void throw_exception_from_error(const AnnounceFailure& failure,
                                                    const boost::source_location& where) {
    bt::throw_exception_from_error(failure.error, where);
}

/// A refusal in the tracker's own words, which are foreign bytes.
[[nodiscard]] AnnounceFailure tracker_said(std::string_view words);

/// Drops the endpoints that nobody can be at, and all beyond kMaxReplyPeers.
void keep_usable_peers(std::vector<Endpoint>& peers);

}  // namespace bt::tracker
