// PeerBook: the addresses of one torrent's peers, and whom to dial next. A machine: no socket, no
// clock.
//
// It holds at most kMaxKnown candidates. Dialing ramps: a burst at once, then a steady rate, faster
// as long as nobody has answered, with a bound on half-open connections; a dial that fails at once
// gives its token back, so that dead addresses hold nobody up. Failed addresses come back after a
// growing pause; banned ones never. Addresses of the user come first, then those that have given
// payload, those of trackers and of this network, the rest; within these the ones that have failed
// least; within these the canonical priority (BEP 40) once our own address is known, before that
// chance.
//
// What PEX and the DHT name is hearsay, which must not make us a weapon or fill the book: see
// add().
//
// Invariants: a known address is in exactly one of the stages ready, waiting, parked, half-open,
// connected; half-open ones and connections of either kind keep within their bounds, and so does
// what one sender has named; equal seeds and equal calls give equal answers.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "bt/core/endpoint.hpp"
#include "bt/core/time.hpp"

namespace bt::swarm {

enum class PeerSource : std::uint8_t { manual, tracker, incoming, dht, pex, lsd };

struct PeerBookSettings {
    std::uint32_t max_peers = 200;     // connections, half-open ones included
    std::uint32_t max_incoming = 200;  // of these; fewer leave room for dials, whoever comes
    std::uint32_t max_half_open = 200;
    std::uint32_t burst = 60;  // dials at once
    double dials_per_second = 50;
    std::uint32_t max_per_address = 3;  // incoming connections of one IP address
};

/// Who named an address.
struct PeerOrigin {
    PeerSource source = PeerSource::tracker;
    /// Of pex and dht: the peer or node that said so, as far as the caller knows; see add().
    std::optional<IpAddress> sender;
};

enum class CloseKind : std::uint8_t {
    refused,    // the connect failed, or timed out
    failed,     // closed before or in the handshake
    startled,   // closed without a message, having heard more than our handshake: dialed again
    useless,    // closed later, having given nothing
    worked,     // closed later, having given payload
    redundant,  // a second connection to a peer that we have; the address stays known
};

class PeerBook {
public:
    static constexpr std::size_t kMaxKnown = 2000;
    static constexpr std::size_t kMaxBanned = 2000;  // the oldest ban is lifted for a newer one
    /// Tries in a row that gave no payload; after that only a tracker, the DHT or the user naming
    /// the address again gives it one more.
    static constexpr std::uint8_t kMaxDialFailures = 6;
    /// The same of hearsay with a port below 1024.
    static constexpr std::uint8_t kMaxDoubtfulFailures = 3;
    /// One sender of hearsay has at most one part in so many of the book, and of the connections.
    static constexpr std::uint32_t kShare = 4;
    static constexpr Duration kFirstPause = std::chrono::seconds(15);  // doubles with each failure
    static constexpr Duration kWorkedPause = std::chrono::seconds(5);  // doubles while it is short
    static constexpr Duration kMaxPause = std::chrono::minutes(15);
    static constexpr Duration kRedundantPause = std::chrono::minutes(5);
    static constexpr Duration kLongConnection = std::chrono::minutes(1);
    static constexpr int kLonelyHaste = 4;  // times dials_per_second, without any connection
    static constexpr Duration kQuickFailure = std::chrono::seconds(1);  // costs no token
    static constexpr Duration kFirstDialTimeout = std::chrono::seconds(4);
    static constexpr Duration kLaterDialTimeout = std::chrono::seconds(10);

    PeerBook(PeerBookSettings settings, std::uint64_t seed);
    ~PeerBook();
    PeerBook(const PeerBook&) = delete;
    PeerBook& operator=(const PeerBook&) = delete;

    /// A candidate. Addresses that cannot name a peer (port 0, multicast, banned) are dropped.
    /// Returns true if it was new. Of hearsay (pex, dht), a second port of an address is dropped,
    /// too (BEP 11; not in local ranges), and so is our own address. With a sender, so is what that
    /// cannot know: a private address named by somebody on the Internet, this machine's by somebody
    /// elsewhere; and it keeps to the share of its sender until a better source names it or it
    /// gives payload.
    bool add(const Endpoint& endpoint, const PeerOrigin& origin, TimePoint now);
    bool add(const Endpoint& endpoint, PeerSource source, TimePoint now);

    /// The next address to dial, which counts as half-open from now on; nullopt when none may be
    /// dialed yet. Call until nullopt.
    [[nodiscard]] std::optional<Endpoint> next_to_dial(TimePoint now);
    /// When next_to_dial() can have an answer again without other news; kNever if it cannot.
    [[nodiscard]] TimePoint next_dial_time(TimePoint now) const;
    /// It has been tried since it last gave payload.
    [[nodiscard]] bool has_failed(const Endpoint& endpoint) const;
    /// How long a dial may take: short on the first try, longer on the next.
    [[nodiscard]] Duration dial_timeout(const Endpoint& endpoint) const;

    /// The dialed peer has finished its handshake.
    void on_connected(const Endpoint& endpoint, TimePoint now);
    /// A dialed connection (half-open or connected) has ended.
    void on_closed(const Endpoint& endpoint, CloseKind kind, TimePoint now);

    /// May this incoming connection stay? Counts it if so; each true is paired with
    /// on_incoming_closed.
    [[nodiscard]] bool on_incoming(const IpAddress& address, TimePoint now);
    void on_incoming_closed(const IpAddress& address, TimePoint now);

    /// This machine has got an address or a route: addresses that failed are tried again at once.
    void network_changed();

    /// Where others reach us, as several of them say: ranks by BEP 40 from now on. One a family.
    void set_own_address(const Endpoint& endpoint);

    /// The address is ours, or is reached over another connection: never dial it.
    void forget(const Endpoint& endpoint);
    void ban(const IpAddress& address);
    [[nodiscard]] bool banned(const IpAddress& address) const;

    struct Counts {
        std::uint32_t known = 0;  // candidates, connected ones included
        std::uint32_t half_open = 0;
        std::uint32_t connected = 0;       // dialed ones and incoming ones
        std::uint32_t ready = 0;           // could be dialed now if there were room
        std::uint32_t ever_connected = 0;  // addresses dialed with success, and incoming ones
        std::uint32_t banned = 0;
        bool full = false;  // no room for a dial
    };
    [[nodiscard]] Counts counts(TimePoint now) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace bt::swarm
