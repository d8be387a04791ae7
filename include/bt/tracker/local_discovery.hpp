// Local service discovery (BEP 14): how clients of one network find each other by multicast,
// without a tracker. Announces as bytes, and the machine that says when to send which.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "bt/core/bytes.hpp"
#include "bt/core/endpoint.hpp"
#include "bt/core/ids.hpp"
#include "bt/core/time.hpp"

namespace bt::tracker {

/// BEP 14: a larger announce might be fragmented.
inline constexpr std::size_t kMaxLocalAnnounce = 1400;
/// So that an announce of ours keeps to it; of others no more are read.
inline constexpr std::size_t kMaxLocalHashes = 20;
inline constexpr std::size_t kMaxLocalCookie = 64;
/// What a receive buffer should hold; a longer datagram is refused.
inline constexpr std::size_t kMaxLocalDatagram = 4096;

/// 239.192.152.143:6771 and [ff15::efc0:988f]:6771.
[[nodiscard]] Endpoint local_group_v4();
[[nodiscard]] Endpoint local_group_v6();

/// Whoever sends it listens at `port` of the address that it comes from, and has these torrents.
struct LocalAnnounce {
    std::uint16_t port = 0;
    std::vector<InfoHash> info_hashes;
    std::string cookie;  // foreign: any bytes of a line. Our own tells us what comes back to us
    friend bool operator==(const LocalAnnounce&, const LocalAnnounce&) = default;
};

/// The datagram for this group. 1 to kMaxLocalHashes torrents; a cookie without control bytes, of
/// at most kMaxLocalCookie.
[[nodiscard]] std::string encode_local_announce(const LocalAnnounce& announce,
                                                const Endpoint& group);
/// Nothing unless it is a BT-SEARCH with a port and an info-hash. Unknown headers and info-hashes
/// that are none are skipped, none is named twice, a long cookie is cut.
[[nodiscard]] std::optional<LocalAnnounce> parse_local_announce(Bytes datagram);

/// LocalSchedule: which torrents to announce when. A machine, owned by the session.
///
/// Invariants: between two announces there is a minute at least, whatever is added; a torrent is
/// announced soon after it was added, then each five minutes; an announce names as many torrents as
/// are due, those that have waited longest first, up to kMaxLocalHashes.
class LocalSchedule {
public:
    static constexpr Duration kInterval = std::chrono::minutes(5);
    static constexpr Duration kLeastInterval = std::chrono::minutes(1);

    /// A torrent that is not private (BEP 27). Due at once; nothing if it is known.
    void add(const InfoHash& torrent, TimePoint now);
    void remove(const InfoHash& torrent);

    /// The torrents to announce now, to every group; empty when none is due or it is too soon.
    [[nodiscard]] std::vector<InfoHash> poll(TimePoint now);
    /// When poll() has something; kNever without torrents.
    [[nodiscard]] TimePoint wake_at() const;

private:
    struct Due {
        TimePoint at;
        InfoHash torrent;
    };
    std::deque<Due> due_;  // soonest first
    TimePoint not_before_ = TimePoint::min();
};

}  // namespace bt::tracker
