// MetadataFetch: gets the info dictionary of a torrent of which only the hash is known, from many
// peers at once (BEP 9). A machine: no socket, no clock. Owned by the torrent until it is complete.
//
//     on a handshake: fetch.on_peer(...); on messages: fetch.on_data(...), fetch.on_reject(...)
//     at fetch.wake_at(): fetch.on_timeout(now)
//     after each: send fetch.take_requests(), act on fetch.take_verdicts()
//
// Peers may lie about the size and about every byte, be silent or reject for ever. Each size that
// one names is fetched from those that name it. When what many have sent does not hash to the
// info-hash, that size is in doubt: from then on a few peers are tried at a time, each for all of
// it, and one whose own bytes do not hash is a liar.
//
// Invariants
//  - One honest peer is enough, whoever else takes part; there is no last try.
//  - Memory grows with the bytes that have arrived, up to kMaxHeldBytes, and with the peers; never
//    by a number that a peer names.
//  - At most kMaxOutstanding requests are unanswered at a peer, and it is asked for nothing while
//  it
//    pauses after a reject or a silence.
//  - A peer is called a liar for its own bytes alone: they failed the hash, or differ from those
//    that passed it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "bt/core/bytes.hpp"
#include "bt/core/endpoint.hpp"
#include "bt/core/ids.hpp"
#include "bt/core/time.hpp"
#include "bt/swarm/connection.hpp"

namespace bt::swarm {

struct MetadataRequest {
    ConnectionId peer;
    std::uint32_t piece = 0;
    friend bool operator==(const MetadataRequest&, const MetadataRequest&) = default;
};

struct MetadataVerdict {
    enum class Kind : std::uint8_t {
        broken,  // sends pieces that do not fit the size it has named: to be disconnected
        liar,    // sends wrong bytes: to be banned. It may have gone long ago
    };
    ConnectionId peer;
    IpAddress address;
    Kind kind = Kind::liar;
};

/// Of the size that most peers name.
struct MetadataProgress {
    std::uint32_t pieces = 0;   // that have arrived
    std::uint32_t of = 0;       // 0: nobody has named a size
    std::uint32_t holders = 0;  // peers that say they have the metadata, of whatever size
};

class MetadataFetch {
public:
    static constexpr std::uint32_t kMaxSize = 32u << 20;  // bytes; who names more is not asked
    static constexpr std::size_t kMaxHeldBytes = 64u << 20;
    static constexpr std::size_t kMaxPeers = 512;          // further ones are not asked
    static constexpr std::uint32_t kFirstOutstanding = 8;  // requests; one more for each answer
    static constexpr std::uint32_t kMaxOutstanding = 32;
    /// A piece that has not come is asked of one more peer after this,
    static constexpr Duration kRepeatAfter = std::chrono::milliseconds(300);
    /// up to so many; of further ones more slowly.
    static constexpr std::size_t kQuickHolders = 3;
    static constexpr Duration kRepeatSlowly = std::chrono::seconds(1);
    /// A peer that owes answers and gives none for so long is paused.
    static constexpr Duration kPatience = std::chrono::seconds(10);
    static constexpr Duration kFirstPause = std::chrono::seconds(1);  // doubles each time
    static constexpr Duration kMaxPause = std::chrono::minutes(1);
    /// Of a size in doubt: peers tried at a time, and for how long if others wait for their turn,
    /// the second if they are silent.
    static constexpr std::size_t kTriedAtOnce = 4;
    static constexpr Duration kTurn = std::chrono::seconds(15);
    static constexpr Duration kSilentTurn = std::chrono::seconds(2);
    static constexpr std::uint32_t kMaxMisfits = 3;  // pieces that do not fit, from one peer
    static constexpr std::uint32_t kMaxRenames = 8;  // changes of the size that one peer names
    static constexpr std::size_t kMaxOrphans = 4;    // sizes kept for their bytes without a peer

    explicit MetadataFetch(const InfoHash& info_hash);
    ~MetadataFetch();
    MetadataFetch(const MetadataFetch&) = delete;
    MetadataFetch& operator=(const MetadataFetch&) = delete;

    /// The peer speaks ut_metadata and has named this size in its extended handshake; 0 when it has
    /// named none, as those do that have no metadata. To be called again when it names another.
    void on_peer(ConnectionId peer, const IpAddress& address, std::uint64_t named_size,
                 TimePoint now);
    void on_peer_gone(ConnectionId peer, TimePoint now);
    /// Foreign numbers and bytes: what was not asked for is ignored.
    void on_data(ConnectionId peer, std::uint32_t piece, std::optional<std::uint64_t> total_size,
                 Bytes payload, TimePoint now);
    void on_reject(ConnectionId peer, std::uint32_t piece, TimePoint now);
    /// To be called at wake_at(); calls without need are harmless.
    void on_timeout(TimePoint now);
    /// kNever when only news can help.
    [[nodiscard]] TimePoint wake_at() const;

    /// What is to be sent and done since the last call.
    [[nodiscard]] std::vector<MetadataRequest> take_requests();
    [[nodiscard]] std::vector<MetadataVerdict> take_verdicts();

    /// The info dictionary has come and hashes to the info-hash. Nothing is asked from then on.
    [[nodiscard]] bool complete() const;
    /// Once, when complete.
    [[nodiscard]] ByteVector take_metadata();
    [[nodiscard]] MetadataProgress progress() const;
    /// Bytes that are held for pieces, at most kMaxHeldBytes.
    [[nodiscard]] std::size_t held_bytes() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace bt::swarm
