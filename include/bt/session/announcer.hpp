// Announcer: tells all trackers of one torrent about us, and brings back peers. Owned by a torrent,
// on the io thread.
//
// Every tracker of every tier has a coroutine of its own, so that none waits for another (BEP 12's
// order is kept only as the order of the status). HTTP and HTTPS (BEP 3, 7, 23, 31), UDP (BEP 15,
// 41).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "bt/core/endpoint.hpp"
#include "bt/core/ids.hpp"
#include "bt/core/time.hpp"
#include "bt/net/asio.hpp"
#include "bt/net/tracker_client.hpp"

namespace bt::session {

/// Trackers of one torrent that are asked; the rest of a longer list is left out.
inline constexpr std::size_t kMaxTrackers = 100;

/// True counts at the moment of an announce, in bytes.
struct AnnounceCounts {
    std::uint64_t uploaded = 0;
    std::uint64_t downloaded = 0;
    std::uint64_t left = 0;
};

struct AnnouncerSettings {
    InfoHash info_hash;
    PeerId peer_id;
    std::uint32_t key = 0;   // tells the tracker that a new address is the same client
    std::uint16_t port = 0;  // where we listen
    std::uint32_t num_want = 200;
    std::vector<std::vector<std::string>> tiers;  // of the torrent, whose author is a stranger
    /// What the user has typed: a further tier, and never left out for want of room. A URL that is
    /// also in the tiers is asked once, with the user's word for it.
    std::vector<std::string> typed;
    net::TrackerOptions tracker;  // `typed` is set for each by itself
};

enum class TrackerState : std::uint8_t { idle, announcing, working, failed };

struct TrackerStatus {
    std::string url;  // without query and passkey: fit to be shown
    std::string host;
    std::size_t tier = 0;
    TrackerState state = TrackerState::idle;
    std::string message;      // last failure or warning, escaped, at most 200 bytes
    std::uint32_t peers = 0;  // in the last answer
    std::uint32_t seeders = 0;
    std::uint32_t leechers = 0;
    TimePoint next_announce = kNever;
};

class Announcer {
public:
    class Host {
    public:
        virtual ~Host() = default;
        [[nodiscard]] virtual AnnounceCounts announce_counts() const = 0;
        /// Peers of one answer, filtered of addresses that cannot be peers.
        virtual void on_tracker_peers(std::span<const Endpoint> peers) = 0;
        /// A tracker's status has changed.
        virtual void on_tracker_status() = 0;
    };

    /// `services` and `host` outlive the announcer.
    Announcer(net::Services& services, AnnouncerSettings settings, Host& host);
    /// stop() has returned, or start() was never called.
    ~Announcer();

    /// Announces `started` to all trackers at once. A torrent with nothing left by now is one that
    /// was complete at start.
    void start();
    /// Announces `completed`, once; not for a torrent that was complete at start.
    void completed();
    /// Asks again for peers, as soon as each tracker's min interval allows.
    void want_peers();
    /// This machine has got an address or a route: trackers that failed are tried again at once.
    void network_changed();
    /// Ends all announces, tells `stopped` (and a `completed` that is still owed) to the trackers
    /// that answered, without looking up a name, and returns when they have been told or at
    /// `deadline`, whichever is first.
    [[nodiscard]] net::Awaitable<void> stop(TimePoint deadline);

    [[nodiscard]] std::vector<TrackerStatus> status() const;
    /// Every tracker has been tried and none has answered; true if there is none.
    [[nodiscard]] bool all_failed() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace bt::session
